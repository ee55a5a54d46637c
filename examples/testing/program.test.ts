/** Tests of a training program: they take milliseconds and need no TensorFlow.js. */
import { assert, describe, it } from "@effect/vitest"
import {
  FakeDevice,
  Faults,
  MemoryCheckpoints,
  RecordingLogger,
  ScriptedTask,
  TinyTask
} from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { program } from "./program.ts"

const data = {
  train: TinyTask.dataset({ seed: 1, batches: 4, batchSize: 2 }),
  val: TinyTask.dataset({ seed: 2, batches: 1, batchSize: 2 })
}

/** A task with these accuracies, one for each validation. */
const reaching = (...accuracies: ReadonlyArray<number>) =>
  ScriptedTask.over(TinyTask.make(), (n) => ({ accuracy: accuracies[n] ?? accuracies.at(-1) ?? 0 }))

describe("the training program", () => {
  it.effect("stops when accuracy no longer improves, and keeps the best", () =>
    Effect.gen(function* () {
      const [logger, checkpoints] = [RecordingLogger.make(), MemoryCheckpoints.make()]
      const reason = yield* program(reaching(0.5, 0.8, 0.7, 0.6, 0.9), data).pipe(
        Effect.provide(Layer.mergeAll(FakeDevice.layer(), logger.layer, checkpoints.layer))
      )
      assert.include(reason, "early stopping")
      assert.deepStrictEqual([...checkpoints.stored.keys()].toSorted(), ["best-0.8000", "last"])
      assert.strictEqual(logger.scalar("train/loss").length, 4)
      assert.strictEqual(logger.status(), "done")
    })
  )

  it.effect("reports the failure to the logger if the loss is not a number", () =>
    Effect.gen(function* () {
      const logger = RecordingLogger.make()
      const device = FakeDevice.layer({ loss: [1, 0.9, Number.NaN] })
      const error = yield* Effect.flip(program(reaching(0.5), data)).pipe(
        Effect.provide(Layer.mergeAll(device, logger.layer, MemoryCheckpoints.layer))
      )
      assert.strictEqual(error._tag, "Diverged")
      assert.strictEqual(logger.status(), "failed")
    })
  )

  it.effect("resumes from the last checkpoint after the disk was full", () =>
    Effect.gen(function* () {
      const checkpoints = MemoryCheckpoints.make()
      const full = Layer.provide(Faults.failSave({ nth: 5 }), checkpoints.layer)
      const doubles = Layer.merge(FakeDevice.layer(), RecordingLogger.silent)
      const first = yield* Effect.flip(program(reaching(0.1, 0.2, 0.3), data)).pipe(
        Effect.provide(Layer.merge(doubles, full))
      )
      assert.strictEqual(first._tag, "CheckpointError")
      const reason = yield* program(reaching(0.4, 0.4), data, "last").pipe(
        Effect.provide(Layer.merge(doubles, checkpoints.layer))
      )
      assert.include(reason, "early stopping")
    })
  )
})
