import { assert, layer } from "@effect/vitest"
import type { Scalar, Tensor4D } from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import type { Model } from "../../../../src/pipeline/nn/Model.ts"
import type { ForwardContext, StepContext } from "../../../../src/pipeline/nn/Pass.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as Dbnet from "../../../../src/tasks/textDetection/model/Dbnet.ts"
import { cpu, number, numbers, variables } from "../Tensors.ts"

const small: Dbnet.DbnetOptions = { stem: 4, widths: [4, 8], blocks: 1, neck: 4, head: 4 }

const images = (batch: number, height: number, width: number) => {
  const random = Random.make(8)
  return HostTensor.make(
    Float32Array.from({ length: batch * height * width * 3 }, () => random.int(256)),
    [batch, height, width, 3]
  )
}

const step = (context: ForwardContext): StepContext => ({ ...context, seed: 1, counter: 0 })

const trainable = (model: Model) =>
  model.parameters
    .filter((spec) => spec.trainable)
    .reduce((sum, spec) => sum + HostTensor.sizeOf(spec.shape), 0)

layer(cpu)("Dbnet", (it) => {
  const upload = Effect.fnUntraced(function* (batch: number, height: number, width: number) {
    const { tf } = yield* Device
    return tf.tensor4d(images(batch, height, width).data, [batch, height, width, 3], "float32")
  })

  it.effect("predicts both maps at the input's resolution, finite, and knows its multiple", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const model = Dbnet.make("small", small)
      assert.strictEqual(model.multiple, 8)
      const { output } = model.train(step({ tf, ops }), variables(tf, model, 1), yield* upload(2, 16, 24))
      for (const logits of [output.probability, output.threshold]) {
        assert.deepStrictEqual(logits.shape, [2, 16, 24, 1])
        assert.isTrue(numbers(logits).every(Number.isFinite))
      }
    })
  )

  it.effect("starts by taking few pixels for text", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const model = Dbnet.make("small", small)
      const [values, input] = [variables(tf, model, 1), yield* upload(1, 32, 32)]
      const trained = model.train(step({ tf, ops }), values, input).output
      for (const { probability } of [trained, model.evaluate({ tf, ops }, values, input)]) {
        assert.closeTo(number(tf.mean(tf.sigmoid(probability))), 0.05, 0.03)
        assert.isBelow(number(tf.max(tf.sigmoid(probability))), 0.3)
      }
    })
  )

  it.effect("names each parameter once, of the size its shape says, and decays only filters", () =>
    Effect.sync(() => {
      const model = Dbnet.make("dbnet", Dbnet.dbnet)
      const names = model.parameters.map((spec) => spec.name)
      assert.strictEqual(new Set(names).size, names.length)
      for (const spec of model.parameters) {
        assert.strictEqual(spec.init(Random.make(1)).length, HostTensor.sizeOf(spec.shape), spec.name)
        assert.strictEqual(spec.decay, spec.name.endsWith(".weight"), spec.name)
        assert.strictEqual(spec.trainable, !/\.(mean|variance)$/.test(spec.name), spec.name)
      }
    })
  )

  it.effect("has the sizes that its presets promise", () =>
    Effect.sync(() => {
      assert.closeTo(trainable(Dbnet.make("dbnet", Dbnet.dbnet)), 0.3e6, 0.02e6)
      assert.closeTo(trainable(Dbnet.make("tiny", Dbnet.dbnetTiny)), 0.08e6, 0.02e6)
      assert.deepStrictEqual(Schema.decodeUnknownSync(Dbnet.DbnetOptions)({}), Dbnet.dbnet)
    })
  )

  it.effect("moves every running statistic in training, a tenth of the way", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const model = Dbnet.make("small", small)
      const values = variables(tf, model, 1)
      const input = yield* upload(1, 16, 16)
      const { buffers } = model.train(step({ tf, ops }), values, input)
      assert.deepStrictEqual(Object.keys(buffers).sort(), Object.keys(values.buffers).sort())
      const centred = tf.sub<Tensor4D>(input, [...Dbnet.normalisation.mean])
      const normalised = tf.div<Tensor4D>(centred, [...Dbnet.normalisation.deviation])
      const stem = values.params["encoder.stem.weight"]
      if (stem === undefined) return assert.fail("no stem")
      const convolved = tf.conv2d(normalised, tf.reshape(stem, [3, 3, 3, 4]), 2, "same")
      const { mean, variance } = tf.moments(convolved, [0, 1, 2])
      for (const [i, value] of numbers(mean).entries()) {
        assert.closeTo(numbers(buffers["encoder.stem.mean"] ?? mean)[i] ?? Number.NaN, 0.1 * value, 1e-5)
      }
      for (const [i, value] of numbers(variance).entries()) {
        const moved = numbers(buffers["encoder.stem.variance"] ?? variance)[i]
        assert.closeTo(moved ?? Number.NaN, 0.9 + 0.1 * value, 1e-4)
      }
    })
  )

  it.effect("evaluates with folded filters to what training saw, once the statistics are the batch's", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const model = Dbnet.make("small", small)
      const input = yield* upload(2, 16, 16)
      const { params, buffers: first } = variables(tf, model, 3)
      const trained = model.train(step({ tf, ops }), { params, buffers: first }, input).output
      // Layer by layer the statistics settle on the batch's own: 0.9 to the 200th is nothing.
      let buffers = first
      for (let i = 0; i < 200; i++) {
        buffers = model.train(step({ tf, ops }), { params, buffers }, input).buffers
      }
      const values = { params, buffers }
      const evaluated = model.evaluate({ tf, ops }, values, input)
      const probability = model.probability({ tf, ops }, values, input)
      for (const [i, value] of numbers(trained.probability).entries()) {
        assert.closeTo(numbers(evaluated.probability)[i] ?? Number.NaN, value, 1e-3)
        assert.closeTo(numbers(probability)[i] ?? Number.NaN, 1 / (1 + Math.exp(-value)), 1e-4)
      }
    })
  )

  it.effect("derives every kind of parameter as finite differences say", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const model = Dbnet.make("small", small)
      const input = yield* upload(1, 16, 16)
      const values = variables(tf, model, 2)
      const weights = tf.randomNormal([1, 16, 16, 1], 0, 1, "float32", 6)
      const lossWith = (params: typeof values.params) => {
        const { probability, threshold } = model.train(step({ tf, ops }), { ...values, params }, input).output
        return tf.sum<Scalar>(tf.mul(tf.add(tf.sigmoid(probability), tf.sigmoid(threshold)), weights))
      }
      const names = Object.keys(values.params)
      const derive = tf.grads((...tensors) =>
        lossWith(Object.fromEntries(names.map((name, i) => [name, tensors[i] ?? tf.scalar(0)])))
      )
      const gradients = derive(names.map((name) => values.params[name] ?? tf.scalar(0)))
      // Steps long enough for float32, and short enough to cross no ReLU's kink.
      for (const [name, step] of [
        ["encoder.stem.weight", 5e-4],
        ["encoder.stage1.block1.shortcut.weight", 1e-2],
        ["encoder.stage2.block1.second.gamma", 1e-2],
        ["neck.lateral2.beta", 1e-2],
        ["head.hidden.weight", 2e-3],
        ["head.probability.weight", 1e-2],
        ["head.threshold.bias", 1e-2]
      ] as const) {
        const tensor = values.params[name]
        const seen = numbers(gradients[names.indexOf(name)] ?? tf.scalar(0))
        if (tensor === undefined) return assert.fail(name)
        // Along the gradient itself, where the change is largest against float32's rounding.
        const direction = tf.tensor([...seen], tensor.shape)
        const length = Math.sqrt(seen.reduce((sum, value) => sum + value * value, 0))
        const at = (by: number) =>
          number(lossWith({ ...values.params, [name]: tf.add(tensor, tf.mul(direction, by / length)) }))
        assert.closeTo((at(step) - at(-step)) / (2 * step) / length, 1, 0.01, name)
      }
    })
  )
})
