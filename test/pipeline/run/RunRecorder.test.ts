import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import * as RunDirectoryLayer from "../../../src/layers/run/RunDirectory.ts"
import { RunDirectory } from "../../../src/pipeline/run/RunDirectory.ts"
import * as RunRecorder from "../../../src/pipeline/run/RunRecorder.ts"
import type { StepEnded } from "../../../src/pipeline/train/Event.ts"
import * as FitOptions from "../../../src/pipeline/train/FitOptions.ts"
import * as Trainer from "../../../src/pipeline/train/Trainer.ts"
import {
  FakeDevice,
  MemoryCheckpoints,
  RecordingLogger,
  ScriptedTask,
  TinyTask
} from "../../../src/testing/index.ts"

const step: StepEnded = {
  _tag: "StepEnded",
  epoch: 2,
  batch: 3,
  batches: 9,
  step: 21,
  optimized: true,
  loss: 0.5,
  parts: { probability: 0.3 },
  learningRate: 0.002,
  gradientNorm: 1.5,
  samples: 4,
  seconds: 0.3,
  dataSeconds: 0.1
}

describe("RunRecorder", () => {
  it("logs the learning rate with the loss of a step, its parts, the gradient's norm and the pace", () => {
    assert.deepStrictEqual(RunRecorder.stepScalars(step), {
      "train/loss": 0.5,
      "train/loss_probability": 0.3,
      "train/gradient_norm": 1.5,
      learning_rate: 0.002,
      epoch: 2,
      samples_per_second: 10
    })
  })

  it("gives no rate for a step that was shorter than the clock can measure", () => {
    assert.notProperty(RunRecorder.stepScalars({ ...step, seconds: 0, dataSeconds: 0 }), "samples_per_second")
  })

  it.effect("keeps the steps, the last and best metrics and the checkpoints of any task in run.json", () =>
    Effect.gen(function* () {
      const path = yield* FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped())
      const directory = RunDirectoryLayer.layer({ path, resume: false, kind: "train", seed: 1, command: [] })
      const data = {
        train: TinyTask.dataset({ seed: 1, batches: 4, batchSize: 2 }),
        val: TinyTask.dataset({ seed: 2, batches: 1, batchSize: 2 })
      }
      const task = ScriptedTask.over(TinyTask.make(), (n) => ({ mae: [3, 1, 2][n] ?? 0 }))
      const options = FitOptions.make({ maxEpochs: 3, retention: FitOptions.keepBest("val/mae", "min") })
      const recording = RecordingLogger.make()
      const { steps, metrics, checkpoints } = yield* Trainer.fit(task, data, options).pipe(
        Stream.tap(RunRecorder.make(2)),
        Stream.runDrain,
        Effect.andThen(RunDirectory.use(({ record }) => record)),
        Effect.provide([directory, recording.layer, FakeDevice.layer(), MemoryCheckpoints.layer])
      )
      assert.strictEqual(steps, 12)
      assert.deepInclude(metrics, { "val/mae": 2, "best/val/mae": 1 })
      assert.deepStrictEqual([...checkpoints].toSorted(), ["best-1.0000", "last"])
      assert.deepStrictEqual(
        recording.scalar("train/loss").map(([at]) => at),
        [2, 4, 6, 8, 10, 12]
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
