import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestConsole } from "effect/testing"
import * as App from "../../../../src/cli/App.ts"

const fixture = (name: string) => join(import.meta.dirname, "fixtures", name)
const parametrized = fixture("parametrized.ts")

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "anneal-parameters-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The lines that `anneal …` prints to standard output. */
const anneal = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    yield* App.run(args)
    return (yield* TestConsole.logLines).map(String).join("\n").split("\n")
  }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer), { local: true }))

const refusal = (...args: ReadonlyArray<string>) =>
  Effect.map(Effect.flip(anneal("pipeline", "outline", parametrized, ...args)), (error) =>
    error instanceof Error ? error.message : String(error)
  )

describe("parameters of a pipeline", () => {
  it.live("changes them by key=value, nested ones by a dotted key, and keeps their defaults", () =>
    Effect.gen(function* () {
      const cache = join(yield* temporary, "cache")
      const run = (...args: ReadonlyArray<string>) =>
        anneal("pipeline", "run", parametrized, ...args, "--cache", cache)
      assert.deepStrictEqual(yield* run("from=1"), ["[1,2,3]"])
      assert.deepStrictEqual(yield* run("from=1", "data.size=2", "order=down"), ["[1,0]"])
      assert.deepStrictEqual(yield* run("from=1", "note=kept"), ["[1,2,3]"])
      const outline = yield* anneal(
        "pipeline",
        "outline",
        parametrized,
        "from=1",
        "data.size=4",
        "--cache",
        cache
      )
      assert.match(
        outline[0] ?? "",
        /^count {2}from=1 size=4 order=up {2}runs: size changed from 3 to 4|^count/
      )
      assert.strictEqual(outline.at(-1), "1 of 1 stages would run")
    })
  )

  it.live("lists them beneath the stages", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* anneal("pipeline", "show", parametrized, "from=-1"), [
        "count",
        "",
        "parameters",
        "  from=-1",
        "  order=up",
        "  data.size=3"
      ])
    })
  )

  it.live(
    "refuses what is unknown, missing or wrong, with the nearest key, all values at once and their places",
    () =>
      Effect.gen(function* () {
        assert.strictEqual(
          yield* refusal("form=1"),
          [
            "the parameters: from: it has no value yet (???). Set it with from=VALUE.",
            'override "form=1": form: there is no such key (did you mean "from"?). Known keys: from, order, data, note.'
          ].join("\n")
        )
        const both = yield* refusal("from=many", "data.size=1.5")
        assert.match(both, /from=many[^]*found "many"/)
        assert.match(both, /data\.size=1\.5[^]*found 1\.5/)
        const several = yield* refusal("from=1,2")
        assert.match(several, /several values are ambiguous here/)
        assert.notInclude(several, "multirun")
      })
  )

  it.live("refuses key=value for a pipeline without parameters", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(anneal("pipeline", "show", fixture("pipeline.ts"), "epochs=3"))
      assert.match(String(error), /epochs=3: this pipeline has no parameters\. Export one that has them/)
    })
  )

  it.live("completes keys, and values that can be listed", () =>
    Effect.gen(function* () {
      const completed = (...words: ReadonlyArray<string>) =>
        anneal("complete", "bash", "pipeline", "run", parametrized, ...words)
      assert.deepStrictEqual(yield* completed(""), ["data.", "from=", "order="])
      assert.deepStrictEqual(yield* completed("from=1", "data."), ["data.size="])
      assert.deepStrictEqual(yield* completed("order="), ["order=up", "order=down"])
    })
  )
})
