import { assert, describe, it } from "@effect/vitest"
import type { Model } from "../../../src/pipeline/nn/Model.ts"
import * as ModelSummary from "../../../src/pipeline/run/ModelSummary.ts"

const spec = (name: string, shape: ReadonlyArray<number>, trainable = true) => ({
  name,
  shape,
  trainable,
  decay: trainable,
  init: () => new Float32Array(0)
})

const model: Model = {
  name: "net",
  parameters: [
    spec("encoder.conv.weight", [3, 3, 3, 64]),
    spec("encoder.norm.mean", [64], false),
    spec("head.weight", [64, 1000]),
    spec("scale", [])
  ]
}

describe("ModelSummary", () => {
  it("gathers tensors by the first word of their names, and totals", () => {
    assert.deepStrictEqual(ModelSummary.lines(model, 1), [
      "part     shape       trainable  fixed",
      "-------  ----------  ---------  -----",
      "encoder  2 tensors       1,728     64",
      "head     [64, 1000]     64,000      0",
      "scale    []                  1      0",
      "net: 65,729 trainable, 64 fixed, 0.263 MB"
    ])
  })

  it("lists every tensor at depth -1, and parts of parts at 2", () => {
    const names = (depth: number) => ModelSummary.parts(model, depth).map(({ name }) => name)
    assert.deepStrictEqual(names(-1), ["encoder.conv.weight", "encoder.norm.mean", "head.weight", "scale"])
    assert.deepStrictEqual(names(2), ["encoder.conv", "encoder.norm", "head.weight", "scale"])
  })
})
