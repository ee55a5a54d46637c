/** What the types of a net say: ranks flow through it, and parts that do not fit are refused. */
import type * as TF from "@tensorflow/tfjs-core"
import { describe, expectTypeOf, it } from "vitest"
import * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"

const conv = Nn.conv2d({ inputs: 3, outputs: 8, kernel: 3 })
const wide = Nn.conv2d({ inputs: 8, outputs: 8, kernel: 3 })
const dense = Nn.dense({ inputs: 8, outputs: 4 })
const pool: Nn.Module<TF.Tensor4D, TF.Tensor2D> = {
  parameters: [],
  apply: ({ tf }, x) => tf.mean<TF.Tensor2D>(x, [1, 2])
}

describe("the types of nets", () => {
  it("carry ranks through a list", () => {
    expectTypeOf(Nn.sequential([conv, Nn.batchNorm(8), Nn.relu, pool, dense])).toEqualTypeOf<
      Nn.Module<TF.Tensor4D, TF.Tensor2D>
    >()
    expectTypeOf(Nn.sequential([dense, Nn.relu])).toEqualTypeOf<Nn.Same>()
  })

  it("refuse a part that does not take what the one before it gives", () => {
    // @ts-expect-error -- a convolution takes no `[batch, channels]`
    expectTypeOf(() => Nn.sequential([pool, conv])).toBeFunction()
  })

  it("know the parts of a record and of an array", () => {
    expectTypeOf(Nn.sequential({ conv, norm: Nn.batchNorm(8), relu: Nn.relu })).toEqualTypeOf<
      Nn.Module<TF.Tensor4D, TF.Tensor4D>
    >()
    expectTypeOf(Nn.sequential({ dense, relu: Nn.relu })).toEqualTypeOf<Nn.Same>()
    expectTypeOf(Nn.sequential([1, 2].map(() => wide))).toEqualTypeOf<Nn.Module<TF.Tensor4D, TF.Tensor4D>>()
  })

  it("bind the parts of a struct", () => {
    const net = Nn.struct({ conv, pool, heads: [dense, dense] }, (parts, x: TF.Tensor4D) => {
      expectTypeOf(parts.conv).toEqualTypeOf<(x: TF.Tensor4D) => TF.Tensor4D>()
      const pooled = parts.pool(parts.conv(x))
      return parts.heads.map((head) => head(pooled))
    })
    expectTypeOf(net).toEqualTypeOf<Nn.Module<TF.Tensor4D, Array<TF.Tensor2D>>>()
    expectTypeOf(Nn.model("net", net)).toEqualTypeOf<Nn.Net<TF.Tensor4D, Array<TF.Tensor2D>>>()
    expectTypeOf(Nn.model("mlp", Nn.sequential([dense, Nn.relu]))).toEqualTypeOf<Nn.SameNet>()
  })
})
