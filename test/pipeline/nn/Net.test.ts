/** Nets with a declared input: their layers are traced once, each seen, and nothing is left on the device. */
import { assert, layer } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"
import type { Model } from "../../../src/pipeline/nn/Model.ts"
import { cpu } from "../../tasks/textDetection/Tensors.ts"

const body = Nn.sequential({
  conv: Nn.conv2d({ inputs: 3, outputs: 8, kernel: 3, stride: 2, padding: 1, bias: false }),
  norm: Nn.batchNorm(8),
  relu: Nn.relu,
  depthwise: Nn.conv2d({ inputs: 8, outputs: 8, kernel: 5, groups: 8 })
})

const picture = Nn.struct(
  { body, pool: Nn.globalAveragePool, head: Nn.dense({ inputs: 8, outputs: 10 }) },
  ({ body, pool, head }, x: TF.Tensor4D) => head(pool(body(x)))
)

const traced = (model: Model) =>
  Effect.gen(function* () {
    const { compute, ops } = yield* Device
    assert.isDefined(model.trace)
    return yield* compute("trace", (tf) => model.trace?.({ tf, ops }) ?? [])
  })

layer(cpu)("Net", (it) => {
  it.effect("gives every layer's shape and multiply-adds, those too that are computed as one", () =>
    Effect.gen(function* () {
      const calls = yield* traced(Nn.model("net", picture, { input: [16, 12, 3] }))
      assert.deepStrictEqual(
        calls.map(({ name, kind, output, multiplyAdds }) => [name, kind, output, multiplyAdds]),
        [
          ["body.conv", "conv2d", [1, 8, 6, 8], 8 * 6 * 8 * (3 * 3 * 3)],
          ["body.norm", "batchNorm", [1, 8, 6, 8], 0],
          ["body.relu", "relu", [1, 8, 6, 8], 0],
          ["body.depthwise", "conv2d", [1, 8, 6, 8], 8 * 6 * 8 * (5 * 5)],
          ["pool", "globalAveragePool", [1, 8], 0],
          ["head", "dense", [1, 10], 8 * 10]
        ]
      )
    })
  )

  it.effect("takes an input that a function makes: several tensors, or indices", () =>
    Effect.gen(function* () {
      const two = Nn.struct({ out: Nn.dense({ inputs: 5, outputs: 2 }) }, ({ out }, { a, b }: Two, { tf }) =>
        out(tf.concat([a, tf.cast(b, "float32")], 1))
      )
      const net = Nn.model("net", two, {
        input: (tf) => ({ a: tf.zeros<TF.Rank.R2>([1, 3]), b: tf.zeros<TF.Rank.R2>([1, 2], "int32") })
      })
      assert.deepStrictEqual(
        (yield* traced(net)).map(({ name, input }) => ({ name, input })),
        [{ name: "out", input: [1, 5] }]
      )
    })
  )

  it.effect("leaves nothing on the device, whether the layers fit or not", () =>
    Effect.gen(function* () {
      const { memory } = yield* Device
      const before = (yield* memory).numTensors
      yield* traced(Nn.model("net", picture, { input: [16, 12, 3] }))
      const error = yield* Effect.flip(traced(Nn.model("net", picture, { input: [16, 12, 4] })))
      assert.strictEqual(
        error.message,
        "trace: layer body.conv (conv2d) was given [1, 16, 12, 4], but takes [batch, height, width, 3]. " +
          "Change what comes before it, or the sizes it is made with."
      )
      assert.strictEqual((yield* memory).numTensors, before)
    })
  )

  it("has no trace without an input", () => {
    assert.isUndefined(Nn.model("net", picture).trace)
  })
})

interface Two {
  readonly a: TF.Tensor2D
  readonly b: TF.Tensor2D
}
