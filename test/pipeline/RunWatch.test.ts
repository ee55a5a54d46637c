import { assert, describe, it } from "@effect/vitest"
import type { StepEnded } from "../../src/pipeline/Event.ts"
import * as RunWatch from "../../src/runs/RunWatch.ts"

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

describe("RunWatch", () => {
  it("logs the learning rate with the loss of a step, its parts, the gradient's norm and the pace", () => {
    assert.deepStrictEqual(RunWatch.stepScalars(step), {
      "train/loss": 0.5,
      "train/loss_probability": 0.3,
      "train/gradient_norm": 1.5,
      learning_rate: 0.002,
      epoch: 2,
      images_per_second: 10
    })
  })
})
