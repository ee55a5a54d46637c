import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestConsole } from "effect/testing"
import * as App from "../../../../src/cli/App.ts"

const fixture = (name: string) => join(import.meta.dirname, "fixtures", name)

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "anneal-pipeline-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Runs `anneal pipeline …` over a cache and gives what it printed to standard output. */
const pipeline = (cache: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    yield* App.run(["pipeline", ...args, "--cache", cache])
    return (yield* TestConsole.logLines).map(String).join("\n").split("\n")
  }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer), { local: true }))

const show = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    yield* App.run(["pipeline", "show", ...args])
    return (yield* TestConsole.logLines).map(String).join("\n").split("\n")
  }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer), { local: true }))

describe("anneal pipeline", () => {
  it.live("plans, runs once, and says that there is nothing to do", () =>
    Effect.gen(function* () {
      const cache = join(yield* temporary, "cache")
      assert.deepStrictEqual(yield* pipeline(cache, "plan", fixture("pipeline.ts")), [
        "write  runs: never run  runs: input values waits for draw",
        "└─ values: draw  count=4  runs: never run",
        "2 of 2 stages would run"
      ])
      const [made = ""] = yield* pipeline(cache, "run", fixture("pipeline.ts"))
      const digest = /"digest":"sha256:([0-9a-f]{64})"/.exec(made)?.[1] ?? ""
      assert.strictEqual(digest.length, 64)
      const after = yield* pipeline(cache, "plan", fixture("pipeline.ts"))
      assert.strictEqual(after.at(-1), "nothing to do: all 2 stages are in the cache")
      const lineage = yield* pipeline(cache, "lineage", digest.slice(0, 10))
      assert.match(lineage[0] ?? "", /^write {2}version 1, /)
      assert.match(lineage[0] ?? "", /anneal \d.* made values\.txt/)
      assert.match(lineage[1] ?? "", /^└─ values: draw {2}count=4 /)
      const file = join(cache, "objects", digest.slice(0, 2), `${digest.slice(2)}.txt`)
      assert.deepStrictEqual(yield* pipeline(cache, "lineage", file), lineage)
      assert.deepStrictEqual(yield* pipeline(cache, "verify"), ["1 file or folder intact, 7 B"])
      rmSync(file)
      const broken = yield* Effect.flip(Effect.sandbox(pipeline(cache, "verify")))
      assert.match(
        Cause.pretty(broken),
        /0 files or folders are damaged, and 1 are missing\. Run the pipeline again/
      )
      for (const _ of ["asked", "asked again"]) {
        const listed = (yield* pipeline(cache, "prune", "--keep-last", "0")).join()
        assert.match(listed, /^2 results would be removed and 0 kept; .*would be removed/)
      }
      assert.match(
        (yield* pipeline(cache, "prune", "--keep-last", "0", "--yes")).join(),
        /^2 results removed and 0 kept/
      )
    })
  )

  it.live("draws the pipeline that is named, to a file", () =>
    Effect.gen(function* () {
      const out = join(yield* temporary, "drawn.svg")
      assert.deepStrictEqual(yield* show(fixture("pipeline.ts"), "--export", "values"), ["draw"])
      yield* show(fixture("pipeline.ts"), "--format", "svg", "--out", out)
      assert.match(readFileSync(out, "utf8"), /^<svg .*<\/svg>\s*$/s)
    })
  )

  it.live("refuses a module without the pipeline, with its cure", () =>
    Effect.gen(function* () {
      const message = (file: string, ...args: ReadonlyArray<string>) =>
        Effect.map(Effect.flip(show(fixture(file), ...args)), (error) =>
          error instanceof Error ? error.message : String(error)
        )
      assert.match(
        yield* message("nowhere.ts"),
        /nowhere\.ts: the file does not exist\. Name a TypeScript or JavaScript module that exports a pipeline/
      )
      assert.match(
        yield* message("noPipeline.ts"),
        /it exports no pipeline\. Export one: `export const project/
      )
      assert.match(
        yield* message("pipeline.ts", "--export", "other"),
        /exports no pipeline "other". Name one with --export: (values, default|default, values)/
      )
    })
  )
})
