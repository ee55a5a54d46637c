import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { RunDirectory } from "../../src/pipeline/run/RunDirectory.ts"
import { MemoryRunDirectory } from "../../src/testing/index.ts"

/** A program of one's own: writes a report and records a metric. */
const program = Effect.gen(function* () {
  const directory = yield* RunDirectory
  yield* directory.write("reports/summary.txt", "all is well")
  yield* directory.write("figure.png", Uint8Array.of(1, 2))
  yield* directory.update({ metrics: { "val/accuracy": 0.9 }, steps: 12 })
  return yield* directory.file("reports/more.txt")
})

describe("MemoryRunDirectory", () => {
  it.effect("keeps the files that were written, and the record that would be run.json", () =>
    Effect.gen(function* () {
      const directory = MemoryRunDirectory.make({ seed: 7, kind: "test" })
      const path = yield* program.pipe(Effect.provide(directory.layer))
      assert.strictEqual(path, `${directory.service.path}/reports/more.txt`)
      assert.deepStrictEqual([...directory.files.keys()], ["reports/summary.txt", "figure.png"])
      assert.strictEqual(directory.files.get("reports/summary.txt"), "all is well")
      assert.deepInclude(directory.record(), {
        seed: 7,
        kind: "test",
        metrics: { "val/accuracy": 0.9 },
        status: "done",
        steps: 12
      })
    })
  )

  it.effect("refuses a file outside, as the one on disk does", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        RunDirectory.use(({ write }) => write("../elsewhere.txt", "")).pipe(
          Effect.provide(MemoryRunDirectory.layer)
        )
      )
      assert.match(error.message, /"\.\.\/elsewhere\.txt" lies outside of the run directory/)
    })
  )

  it.effect("records how the run ended, unless the program did", () =>
    Effect.gen(function* () {
      const failing = MemoryRunDirectory.make()
      yield* Effect.exit(Effect.provide(Effect.fail(new Cause.NoSuchElementError("no data")), failing.layer))
      assert.deepInclude(failing.record(), { status: "failed", error: "no data" })
      const stopped = MemoryRunDirectory.make()
      const fiber = yield* Effect.forkChild(Effect.provide(Effect.never, stopped.layer), {
        startImmediately: true
      })
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(stopped.record().status, "interrupted")
      const said = MemoryRunDirectory.make()
      yield* RunDirectory.use(({ update }) => update({ status: "interrupted" })).pipe(
        Effect.provide(said.layer)
      )
      assert.strictEqual(said.record().status, "interrupted")
    })
  )
})
