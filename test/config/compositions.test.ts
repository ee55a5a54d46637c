import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Config from "../../src/config/Config.ts"
import { type Composition, sections } from "./compositions.ts"
import * as memory from "./memory.ts"

const runtime = { cwd: "/w", now: new Date(0), env: {}, jobName: "app" }

const compose = ({ files, overrides = [] }: Composition) =>
  Config.compose({ searchPath: ["conf"], configName: "config", overrides, runtime }).pipe(
    Effect.provide(
      memory.layer(
        Object.fromEntries(Object.entries(files).map(([name, text]) => [`/w/conf/${name}.yaml`, text]))
      )
    ),
    Effect.result
  )

for (const [name, cases] of Object.entries(sections)) {
  describe(`compose: ${name}`, () => {
    for (const one of cases) {
      it.effect(one.about, () =>
        Effect.gen(function* () {
          const composed = yield* compose(one)
          if (Result.isSuccess(composed)) assert.strictEqual(Config.toYaml(composed.success.config), one.yaml)
          else {
            const { _tag, message } = composed.failure
            const [tag, part = ""] = one.error ?? []
            assert.strictEqual(_tag, tag, message)
            assert.include(message, part)
          }
        })
      )
    }
  })
}
