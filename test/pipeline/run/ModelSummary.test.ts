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

  describe("with the calls of its layers", () => {
    const call = (name: string, kind: string, output: ReadonlyArray<number>, multiplyAdds = 0) => ({
      name,
      kind,
      input: [],
      output,
      multiplyAdds
    })
    const calls = [
      call("encoder.conv", "conv2d", [1, 16, 16, 64], 442_368),
      call("encoder.norm", "batchNorm", [1, 16, 16, 64]),
      call("head", "dense", [1, 1000], 64_000),
      call("head", "dense", [1, 1000], 64_000)
    ]

    it("shows layers by name, with shapes, multiply-adds of all calls and totals", () => {
      assert.deepStrictEqual(ModelSummary.lines(model, 1, calls), [
        "layer    kind      output           trainable  fixed  multiply-adds",
        "-------  --------  ---------------  ---------  -----  -------------",
        "encoder  2 layers  [1, 16, 16, 64]      1,728     64        442,368",
        "head     dense     [1, 1000]           64,000      0        128,000",
        "scale                                       1      0              0",
        "net: 65,729 trainable, 64 fixed, 0.263 MB, 570.368 k multiply-adds per sample"
      ])
    })

    it("counts each value once, at any depth", () => {
      for (const depth of [-1, 0, 1, 2, 9]) {
        const shown = ModelSummary.layers(model, calls, depth)
        const sum = (of: "trainable" | "fixed" | "multiplyAdds") =>
          shown.reduce((all, part) => all + part[of], 0)
        assert.deepStrictEqual([sum("trainable"), sum("fixed"), sum("multiplyAdds")], [65_729, 64, 570_368])
      }
    })

    it("cuts long names at their beginning, to fit into 100 columns", () => {
      const name = `encoder.${"layers.".repeat(20)}last`
      const deep = { name: "deep", parameters: [spec(`${name}.weight`, [64, 1000])] }
      const lines = ModelSummary.lines(deep, -1, [call(name, "dense", [1, 1000], 64_000)])
      assert.isAtMost(Math.max(...lines.map((line) => line.length)), 100)
      assert.match(lines[2] ?? "", /^….*layers\.last {2}dense/)
    })
  })
})
