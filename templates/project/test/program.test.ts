/** Tests of the training program with doubles: they take milliseconds and need no TensorFlow.js. */
import { assert, describe, it } from "@effect/vitest"
import { FakeDevice, Faults, MemoryCheckpoints, ScriptedTask } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { task } from "../src/classifier.ts"
import * as Points from "../src/points.ts"
import { program, reason } from "../src/program.ts"

const data = {
  train: Points.dataset({ seed: 1, batches: 4, batchSize: 2 }),
  val: Points.dataset({ seed: 2, batches: 1, batchSize: 2 })
}

/** The same task with these accuracies, one for each evaluated batch, and so for each validation. */
const reaching = (...accuracies: ReadonlyArray<number>) =>
  ScriptedTask.over(task, (n) => ({ accuracy: accuracies[n] ?? 0 }))

describe("the training program", () => {
  it.effect("keeps the best weights and stops when accuracy no longer improves", () =>
    Effect.gen(function* () {
      const checkpoints = MemoryCheckpoints.make()
      const why = yield* reason(program(reaching(0.5, 0.8, 0.7), data)).pipe(
        Effect.provide(Layer.merge(FakeDevice.layer(), checkpoints.layer))
      )
      assert.include(why, "early stopping")
      assert.deepStrictEqual([...checkpoints.stored.keys()].toSorted(), ["best-0.8000", "last"])
    })
  )

  it.effect("fails when the loss is not a number", () =>
    Effect.gen(function* () {
      const device = FakeDevice.layer({ loss: [1, 0.9, Number.NaN] })
      const error = yield* Effect.flip(reason(program(task, data))).pipe(
        Effect.provide(Layer.merge(device, MemoryCheckpoints.layer))
      )
      assert.strictEqual(error._tag, "Diverged")
    })
  )

  it.effect("resumes from the last checkpoint after the disk was full", () =>
    Effect.gen(function* () {
      const checkpoints = MemoryCheckpoints.make()
      const full = Layer.provide(Faults.failSave({ nth: 3 }), checkpoints.layer)
      const error = yield* Effect.flip(reason(program(reaching(0.1, 0.2), data))).pipe(
        Effect.provide(Layer.merge(FakeDevice.layer(), full))
      )
      assert.strictEqual(error._tag, "CheckpointError")
      const why = yield* reason(program(reaching(0.4), data, "last")).pipe(
        Effect.provide(Layer.merge(FakeDevice.layer(), checkpoints.layer))
      )
      assert.include(why, "early stopping")
    })
  )
})
