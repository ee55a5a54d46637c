import { assert, describe, it } from "@effect/vitest"
import * as Profile from "../../../src/pipeline/run/Profile.ts"

const step = {
  _tag: "StepEnded",
  epoch: 0,
  batch: 1,
  batches: 2,
  step: 1,
  optimized: true,
  loss: 1,
  parts: {},
  learningRate: 0.1,
  gradientNorm: 1,
  samples: 4,
  seconds: 0.5,
  dataSeconds: 0.25
} as const

describe("Profile", () => {
  it("adds the times of events to their phases", () => {
    const ended = {
      _tag: "EvaluationEnded",
      kind: "val",
      epoch: 0,
      step: 1,
      metrics: {},
      state: undefined,
      seconds: 2
    } as const
    const profile = [step, step, ended].reduce(Profile.watch, Profile.empty)
    assert.deepStrictEqual(Profile.seconds(Profile.add(profile, "logging", 0.125)), {
      data: 0.5,
      step: 1,
      validation: 2,
      checkpoint: 0,
      logging: 0.125
    })
  })

  it("lists the phases, longest first, with what no phase accounts for", () => {
    const lines = Profile.lines([step, step].reduce(Profile.watch, Profile.empty), 2)
    assert.deepStrictEqual(lines, [
      "phase       calls  total s  mean ms  share",
      "----------  -----  -------  -------  -----",
      "step            2     1.00    500.0   50 %",
      "data            2     0.50    250.0   25 %",
      "validation      0     0.00        -    0 %",
      "checkpoint      0     0.00        -    0 %",
      "logging         0     0.00        -    0 %",
      "other           1     0.50    500.0   25 %"
    ])
  })
})
