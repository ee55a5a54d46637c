/** Nets with a declared input: their layers are traced once, each seen, and nothing is left on the device. */
import { assert, layer } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as Backbone from "../../../src/pipeline/nn/backbone/Backbone.ts"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
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

layer(DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true" }))(
  "ResNet-18",
  (it) => {
    it.effect("has the multiply-adds and parameters that PyTorch's hooks count for torchvision's", () =>
      Effect.gen(function* () {
        const module = Backbone.resnet18({ classes: 1000 })
        const calls = yield* traced(Nn.model("resnet18", module, { input: [224, 224, 3] }))
        // The outputs of each Conv2d and Linear, times the inputs that each output sees.
        assert.strictEqual(
          calls.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
          1_814_073_344
        )
        const trained = module.parameters.filter(({ trainable }) => trainable)
        assert.strictEqual(
          trained.reduce((sum, { shape }) => sum + HostTensor.sizeOf(shape), 0),
          11_689_512
        )
      })
    )
  }
)

interface Two {
  readonly a: TF.Tensor2D
  readonly b: TF.Tensor2D
}
