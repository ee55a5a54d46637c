import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Yaml from "../../src/config/yaml/Yaml.ts"
import * as corpus from "./corpus.ts"
import * as Fuzz from "./Fuzz.ts"
import * as FuzzText from "./FuzzText.ts"

/** The long form, with the conformance vectors as corpus, is bench/fuzz-config.ts. */
const holds = (target: Fuzz.Target, texts: ReadonlyArray<string>, times: number, seed: number) => {
  const next = FuzzText.texts(texts, seed)
  for (const text of corpus.hostile(2000)) assert.strictEqual(target.run(text), undefined, text.slice(0, 50))
  for (let left = times; left > 0; left--) {
    const text = next()
    assert.strictEqual(target.run(text), undefined, JSON.stringify(text))
  }
}

describe("any text is a value or a typed error", () => {
  it("for the override parser", () => holds(Fuzz.overrides, corpus.overrides, 4000, 1))

  it("for each rule of the grammar", () => holds(Fuzz.grammar, corpus.overrides, 1000, 2))

  it("for the interpolation parser", () => holds(Fuzz.interpolations, corpus.interpolations, 2000, 3))

  it.effect("for the YAML reader", () =>
    Effect.map(Yaml.reader, (read) => holds(Fuzz.yaml(read), corpus.yaml, 1500, 4))
  )

  it.effect("for the resolution of interpolations", () =>
    Effect.gen(function* () {
      const read = yield* Yaml.reader
      const next = FuzzText.texts(corpus.resolutions, 5)
      for (let left = 1500; left > 0; left--) {
        const text = next()
        assert.strictEqual(yield* Fuzz.resolution(read, text), undefined, JSON.stringify(text))
      }
    })
  )

  it.effect("for the composition with an override", () =>
    Effect.gen(function* () {
      const run = yield* Fuzz.composition
      const sources = [FuzzText.assignments(6), FuzzText.texts(corpus.overrides, 7)]
      for (const next of sources) {
        for (let left = 150; left > 0; left--) {
          const text = next()
          assert.strictEqual(yield* run(text), undefined, JSON.stringify(text))
        }
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
