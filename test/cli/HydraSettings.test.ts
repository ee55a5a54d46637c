import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HydraSettings from "../../src/cli/HydraSettings.ts"
import * as Config from "../../src/config/Config.ts"
import * as memory from "../config/memory.ts"

const messages = (text: string, ...overrides: ReadonlyArray<string>) =>
  Config.compose({
    searchPath: ["conf"],
    configName: "config",
    overrides,
    runtime: { cwd: "/w", now: new Date(0), env: {}, jobName: "train" }
  }).pipe(
    Effect.provide(memory.layer({ "/w/conf/config.yaml": text })),
    Effect.map((composed) => HydraSettings.warnings(composed).map(({ message }) => message))
  )

describe("HydraSettings", () => {
  it.effect("warns of settings that mean nothing here, where they are asked for", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* messages(
          "hydra:\n  job:\n    chdir: true\n",
          "+hydra.callbacks.mine.x=1",
          "+hydra.job.env_set.A=b"
        ),
        [
          'conf/config.yaml:3:5: nothing reads "hydra.job.chdir".',
          'override "+hydra.job.env_set.A=b": nothing reads "hydra.job.env_set".',
          'override "+hydra.callbacks.mine.x=1": nothing reads "hydra.callbacks".'
        ]
      )
    })
  )

  it.effect("says nothing where they are not, or ask for nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* messages("a: 1\n"), [])
      assert.deepStrictEqual(yield* messages("a: 1\n", "hydra.job.chdir=false"), [])
    })
  )
})
