/** A model of tfjs-layers computes as a net what the package itself computes, and declares the same in every process. */
import { assert, describe, it } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import * as tfl from "@tensorflow/tfjs-layers"
import * as Effect from "effect/Effect"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as LayersModel from "../../../../src/pipeline/nn/layersModel/LayersModel.ts"
import * as Model from "../../../../src/pipeline/nn/Model.ts"
import { deviceOf } from "../../tiny.ts"
import { branches, everything, plain } from "./models.ts"

const x = HostTensor.make(
  Float32Array.from({ length: 15 }, (_, i) => Math.sin(3 * i)),
  [5, 3]
)

/** Values on a device of a model's parameters. */
const variablesOf = (tf: typeof TF, model: Model.Model, seed: number): Model.Variables => {
  const values = Model.initial(model, seed)
  const upload = (trainable: boolean) =>
    Object.fromEntries(
      model.parameters
        .filter((spec) => spec.trainable === trainable)
        .map(({ name }) => [name, HostTensor.upload(tf, values[name] ?? x)])
    )
  return { params: upload(true), buffers: upload(false) }
}

const close = (found: ArrayLike<number>, wanted: ArrayLike<number>, what: string) => {
  assert.strictEqual(found.length, wanted.length, what)
  for (let i = 0; i < found.length; i++) {
    const [a = Number.NaN, b = Number.NaN] = [found[i], wanted[i]]
    assert.isAtMost(Math.abs(a - b), 1e-5 * Math.max(1, Math.abs(b)), `${what} at ${i}: ${a} and ${b}`)
  }
}

const isTensor = (output: unknown): output is TF.Tensor => output instanceof Object && "dataId" in output

const tensorOf = (output: unknown): TF.Tensor => {
  if (isTensor(output)) return output
  throw new Error("no tensor")
}

describe("names and first values", () => {
  it("are the same whenever the model is built, and those of the layers", () => {
    const declared = () =>
      LayersModel.make("everything", tfl, everything).parameters.map(({ name, shape, trainable, decay }) => ({
        name,
        shape,
        trainable,
        decay
      }))
    const first = declared()
    tfl.layers.dense({ units: 1 })
    assert.deepStrictEqual(declared(), first)
    assert.deepStrictEqual(
      first.map(({ name }) => name),
      [
        "dense.kernel",
        "dense.bias",
        "batch_normalization.gamma",
        "batch_normalization.beta",
        "batch_normalization.moving_mean",
        "batch_normalization.moving_variance",
        "bidirectional.forward.kernel",
        "bidirectional.forward.recurrent_kernel",
        "bidirectional.forward.bias",
        "bidirectional.backward.kernel",
        "bidirectional.backward.recurrent_kernel",
        "bidirectional.backward.bias",
        "dense_1.kernel",
        "dense_1.bias"
      ]
    )
    assert.deepStrictEqual(
      first.filter(({ trainable }) => !trainable).map(({ name }) => name),
      ["batch_normalization.moving_mean", "batch_normalization.moving_variance"]
    )
    assert.deepStrictEqual(
      first.filter(({ decay }) => decay).map(({ name }) => name),
      first.filter(({ name }) => name.endsWith("kernel")).map(({ name }) => name)
    )
  })

  it("name layers within models, and leave frozen layers out of training", () => {
    const { parameters } = LayersModel.make("branches", tfl, branches)
    assert.sameMembers(
      parameters.map(({ name, trainable }) => `${name}${trainable ? "" : " -"}`),
      [
        "conv2d.kernel",
        "conv2d.bias",
        "frozen.kernel -",
        "frozen.bias -",
        "sequential.conv.kernel",
        "sequential.conv.bias",
        "sequential.batch_normalization.beta",
        "sequential.batch_normalization.moving_mean -",
        "sequential.batch_normalization.moving_variance -",
        "dense.kernel",
        "dense.bias"
      ]
    )
  })
})

describe("passes", () => {
  it.effect("evaluate as the package predicts, with the values of a model that is there", () =>
    Effect.gen(function* () {
      const device = yield* Device
      for (const build of [everything, branches]) {
        const original = build()
        const net = yield* LayersModel.fromModel("copy", tfl, original)
        const both = yield* device.run("evaluate", (tf) => {
          const input = HostTensor.upload(tf, x)
          const wanted = tensorOf(original.apply(input, { training: false }))
          return tf.stack([net.evaluate({ tf }, variablesOf(tf, net, 1), input), wanted])
        })
        const values = yield* device.read(both)
        close(values.subarray(0, 5), values.subarray(5), "output")
        original.dispose()
        both.dispose()
      }
    }).pipe(Effect.provide(deviceOf("cpu")))
  )

  it.effect("train as the package does: gradients of all weights, and moving averages", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const original = plain()
      const net = yield* LayersModel.fromModel("copy", tfl, original)
      const read = (tensors: Model.Params) =>
        Effect.forEach(Object.entries(tensors), ([name, tensor]) =>
          Effect.map(device.read(tensor), (values) => [name, values] as const)
        )
      const found = yield* device.run("ours", (tf) => {
        const { params, buffers } = variablesOf(tf, net, 1)
        const names = Object.keys(params)
        const kept: { buffers: Model.Params } = { buffers: {} }
        const loss = (...values: ReadonlyArray<TF.Tensor>) => {
          const variables = {
            params: Object.fromEntries(names.map((name, i) => [name, values[i] ?? tf.scalar(0)])),
            buffers
          }
          const { output, buffers: after } = net.train(
            { tf, seed: 1, counter: 0 },
            variables,
            HostTensor.upload(tf, x)
          )
          kept.buffers = Object.fromEntries(
            Object.entries(after).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))])
          )
          return tf.add<TF.Scalar>(tf.mean(tf.square(output)), net.penalty({ tf }, variables))
        }
        const { grads } = tf.valueAndGrads(loss)(Object.values(params))
        return {
          ...Object.fromEntries(names.map((name, i) => [name, grads[i] ?? tf.scalar(0)])),
          ...kept.buffers
        }
      })
      const wanted = yield* device.run("the package", (tf) => {
        const { grads } = tf.variableGrads(() => {
          const output = tensorOf(original.apply(HostTensor.upload(tf, x), { training: true }))
          const losses = original.calculateLosses()
          return tf.addN([tf.mean<TF.Scalar>(tf.square(output)), ...losses])
        })
        const moved = original.weights.filter(({ name }) => name.includes("moving"))
        const all = [
          ...Object.entries(grads),
          ...moved.map((weight) => [weight.name, tf.clone(weight.read())] as const)
        ]
        return Object.fromEntries(all)
      })
      const ours = new Map(yield* read(found))
      const theirs = yield* read(wanted)
      assert.strictEqual(ours.size, theirs.length)
      for (const [name, values] of theirs) {
        const [, layer, weight] = /^(.*)\/(\w+?)(?:_\d+)?$/.exec(name) ?? []
        const own = `${(layer ?? "").replace(/_[A-Z]\w*\d+$/, "")}.${weight}`
        close(ours.get(own) ?? [], values, name)
      }
      original.dispose()
    }).pipe(Effect.provide(deviceOf("cpu")))
  )

  it.effect("train a normalisation without scale, which the package cannot, as one whose scale is 1", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const build = (scale: boolean) => () =>
        tfl.sequential({ layers: [tfl.layers.batchNormalization({ scale, inputShape: [3], name: "norm" })] })
      const trained = (scale: boolean) => {
        const net = LayersModel.make("norm", tfl, build(scale))
        return device
          .run("train", (tf) => {
            const variables = variablesOf(tf, net, 1)
            return net.train({ tf, seed: 1, counter: 0 }, variables, HostTensor.upload(tf, x)).output
          })
          .pipe(Effect.flatMap(device.read))
      }
      assert.deepStrictEqual(yield* trained(false), yield* trained(true))
    }).pipe(Effect.provide(deviceOf("cpu")))
  )
})
