/** Against PyTorch and torchvision; `reference/torch_reference.py` says how torch.json was made. */
import { assert, layer } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import type { Model, ParameterSpec, Variables } from "../../../../src/pipeline/nn/Model.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as Cnn from "../../../../src/tasks/imageClassification/model/Cnn.ts"
import * as Resnet18 from "../../../../src/tasks/imageClassification/model/Resnet18.ts"
import { cpu, numbers, variables } from "../../textDetection/Tensors.ts"
import reference from "../reference/torch.json" with { type: "json" }

/** As `value` in the script: in [-1, 1), of a name's length and a place. */
const valueOf = (name: string, i: number): number => {
  const x = 43758.5453 * Math.sin(12.9898 * i + name.length)
  return 2 * (x - Math.floor(x)) - 1
}

/** As `filled` in the script. */
const filled = ({ name, shape }: ParameterSpec): Float32Array => {
  const spread = Math.sqrt(6 / HostTensor.sizeOf(shape.slice(0, -1)))
  const form = (value: number): number => {
    if (name.endsWith("running_var")) return 1 + 0.5 * value
    if (name.endsWith("running_mean") || name.endsWith("bias")) return 0.1 * value
    return shape.length === 1 ? 1 + 0.1 * value : value * spread
  }
  return Float32Array.from({ length: HostTensor.sizeOf(shape) }, (_, i) => form(valueOf(name, i)))
}

const filledVariables = (tf: typeof TF, model: Model): Variables => {
  const those = (trainable: boolean) =>
    Object.fromEntries(
      model.parameters
        .filter((spec) => spec.trainable === trainable)
        .map((spec) => [spec.name, HostTensor.upload(tf, { data: filled(spec), shape: spec.shape })])
    )
  return { params: those(true), buffers: those(false) }
}

const trainable = (model: Model): number =>
  model.parameters
    .filter((spec) => spec.trainable)
    .reduce((sum, spec) => sum + HostTensor.sizeOf(spec.shape), 0)

layer(cpu)("Nets", (it) => {
  it.effect("ResNet-18 has torchvision's parameters, by number, name and shape", () =>
    Effect.sync(() => {
      const net = Resnet18.make({ stem: "imagenet", dropout: 0 }, { channels: 3, classes: 1000 })
      assert.strictEqual(reference.parameters, 11_689_512)
      assert.strictEqual(trainable(net), reference.parameters)
      const shapes = (pairs: ReadonlyArray<ReadonlyArray<unknown>>) => Object.fromEntries(pairs)
      assert.deepStrictEqual(
        shapes(net.parameters.map(({ name, shape }) => [name, [...shape]])),
        shapes(reference.names)
      )
    })
  )

  for (const stem of ["imagenet", "small"] as const) {
    it.effect(`ResNet-18 with the stem ${stem} gives PyTorch's logits`, () =>
      Effect.gen(function* () {
        const { tf, ops } = yield* Device
        const { side, logits } = reference.resnet[stem]
        const net = Resnet18.make({ stem, dropout: 0 }, { channels: 3, classes: 5 })
        const images = Float32Array.from({ length: 2 * side * side * 3 }, (_, i) => valueOf("images", i))
        const seen = net.apply({ tf, ops }, filledVariables(tf, net), tf.tensor4d(images, [2, side, side, 3]))
        assert.deepStrictEqual(seen.logits.shape, [2, 5])
        for (const [i, value] of numbers(seen.logits).entries()) {
          assert.closeTo(value, logits[i] ?? Number.NaN, 1e-5 * Math.max(...logits.map(Math.abs)))
        }
        assert.deepStrictEqual(seen.buffers, {})
      })
    )
  }

  it.effect("the small net halves a picture of any size once a stage, and trains its statistics", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Cnn.make({ widths: [4, 8], blocks: 2, dropout: 0 }, { channels: 1, classes: 3 })
      const held = variables(tf, net, 1)
      for (const side of [5, 8]) {
        const seen = net.apply({ tf, ops }, held, tf.ones([2, side, side, 1]), { seed: 1, counter: 0 })
        assert.deepStrictEqual(seen.logits.shape, [2, 3])
        assert.deepStrictEqual(Object.keys(seen.buffers), Object.keys(held.buffers))
      }
      // 9·(1·4 + 4·4 + 4·8 + 8·8) filters, a scale and an offset for each of 24 channels, 8·3 + 3 at the end.
      assert.strictEqual(trainable(net), 9 * 116 + 48 + 27)
    })
  )

  it.effect("drops features in training alone, the same for the same counter", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Cnn.make({ widths: [16], blocks: 1, dropout: 0.5 }, { channels: 1, classes: 4 })
      const held = variables(tf, net, 1)
      const images = tf.tensor4d(
        Float32Array.from({ length: 2 * 64 }, () => 0).map((_, i) => Random.make(i).float()),
        [2, 8, 8, 1]
      )
      const run = (draw?: { seed: number; counter: number }) =>
        numbers(net.apply({ tf, ops }, held, images, draw).logits)
      assert.deepStrictEqual(run({ seed: 1, counter: 7 }), run({ seed: 1, counter: 7 }))
      assert.notDeepEqual(run({ seed: 1, counter: 7 }), run({ seed: 1, counter: 8 }))
      assert.deepStrictEqual(run(), run())
    })
  )
})
