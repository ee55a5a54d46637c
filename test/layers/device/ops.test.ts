/** The fused operations of an engine against their composed reference. */
import { assert, describe, it } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as CompositeOps from "../../../src/layers/device/CompositeOps.ts"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device, type DeviceOps, type Tf } from "../../../src/pipeline/Device.ts"
import * as Optimizer from "../../../src/pipeline/Optimizer.ts"
import { values } from "./cases.ts"
import { difference } from "./evaluate.ts"

const layer = DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true" })

const floats = (tensor: Tensor): Float32Array => Float32Array.from(tensor.dataSync())

interface Setting {
  readonly channels: number
  readonly activation: "linear" | "relu"
  /** Added to every value, to see what a mean far from 0 costs. */
  readonly offset: number
}

const settings: ReadonlyArray<Setting> = [1, 3, 8, 17, 32].flatMap((channels) =>
  (["linear", "relu"] as const).flatMap((activation) =>
    [0, 100].map((offset) => ({ channels, activation, offset }))
  )
)

const batchNorm = (tf: Tf, ops: DeviceOps, { channels, activation, offset }: Setting) =>
  tf.tidy(() => {
    const shape: [number, number, number, number] = [2, 9, 7, channels]
    const x = tf.add(tf.tensor4d(values({ shape }, 1), shape), offset)
    const gamma = tf.tensor1d(values({ shape: [channels], low: 0.5, high: 1.5 }, 2))
    const beta = tf.tensor1d(values({ shape: [channels] }, 3))
    const weights = tf.tensor4d(values({ shape }, 4), shape)
    const inputs = [x, gamma, beta]
    const apply = (...[a = x, b = gamma, c = beta]: Array<Tensor>) =>
      ops.batchNormTrain(
        tf.reshape(a, shape),
        tf.reshape(b, [channels]),
        tf.reshape(c, [channels]),
        1e-5,
        activation
      )
    const { y, mean, variance } = apply(...inputs)
    const loss = (...args: Array<Tensor>) => tf.sum(tf.mul(apply(...args).y, weights))
    return [y, mean, variance, ...tf.grads(loss)(inputs)].map(floats)
  })

const adamSteps = (tf: Tf, ops: Pick<DeviceOps, "adam">, optimizer: Optimizer.Optimizer, size: number) =>
  tf.tidy(() => {
    let parameter: Tensor = tf.tensor1d(values({ shape: [size] }, 1))
    let slots: ReadonlyArray<Tensor> = []
    for (let step = 1; step <= 4; step++) {
      const gradient = tf.tensor1d(values({ shape: [size] }, 10 + step))
      const update = { tf, ops, parameter, gradient, slots, step, learningRate: 0.01, weightDecay: 0.1 }
      const [updated] = Optimizer.updateAll(optimizer, [update]).updated
      if (updated === undefined) throw new Error("no update")
      parameter = updated.parameter
      slots = updated.slots
    }
    return [parameter, ...slots].map(floats)
  })

describe("adam", () => {
  it.layer(layer)("on wasm", (it) => {
    for (const make of [Optimizer.adam, Optimizer.adamW]) {
      for (const size of [1, 3, 4, 37]) {
        it.effect(`agrees with the composed formula: ${make.name}, ${size} values`, () =>
          Effect.gen(function* () {
            const { tf, ops } = yield* Device
            assert.isDefined(ops.adam)
            const optimizer = make({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1 })
            const wanted = adamSteps(tf, {}, optimizer, size)
            adamSteps(tf, ops, optimizer, size).forEach((part, index) => {
              assert.isBelow(difference(part, wanted[index] ?? new Float32Array()), 1e-6)
            })
          })
        )
      }
    }
  })
})

describe("globalNorm", () => {
  it.layer(layer)("on wasm", (it) => {
    for (const limit of [undefined, 1, 1000]) {
      it.effect(
        `agrees with the composed formula: ${limit === undefined ? "no limit" : `limit ${limit}`}`,
        () =>
          Effect.gen(function* () {
            const { tf, ops } = yield* Device
            assert.isDefined(ops.globalNorm)
            const before = tf.memory().numTensors
            tf.tidy(() => {
              const gradients = [[5], [3, 7], [1037], []].map((shape, seed) =>
                tf.tensor(values({ shape }, seed), shape)
              )
              const { norm, gradients: scaled } = ops.globalNorm?.(gradients, limit) ?? {
                norm: tf.scalar(0),
                gradients
              }
              const wanted = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))))
              assert.isBelow(difference(floats(norm), floats(wanted)), 1e-6)
              const factor = Math.min(
                (limit ?? Number.POSITIVE_INFINITY) / (Number(floats(wanted)[0]) + 1e-6),
                1
              )
              scaled.forEach((gradient, index) => {
                const expected = tf.mul(gradients[index] ?? tf.scalar(0), factor)
                assert.isBelow(difference(floats(gradient), floats(expected)), 1e-6)
                assert.deepStrictEqual(gradient.shape, expected.shape)
              })
            })
            assert.strictEqual(tf.memory().numTensors, before)
          })
      )
    }
  })
})

const names = ["y", "mean", "variance", "by x", "by gamma", "by beta"]

describe("batchNormTrain", () => {
  it.layer(layer)("on wasm", (it) => {
    for (const setting of settings) {
      const { channels, activation, offset } = setting
      it.effect(
        `agrees with its reference: ${channels} channels, ${activation}, values around ${offset}`,
        () =>
          Effect.gen(function* () {
            const { tf, ops } = yield* Device
            const before = tf.memory().numTensors
            const actual = batchNorm(tf, ops, setting)
            const wanted = batchNorm(tf, CompositeOps.make(tf), setting)
            actual.forEach((part, index) => {
              const tolerance = offset === 0 ? 3e-5 : 1e-3
              assert.isBelow(difference(part, wanted[index] ?? new Float32Array()), tolerance, names[index])
            })
            assert.deepStrictEqual(batchNorm(tf, ops, setting), actual)
            assert.strictEqual(tf.memory().numTensors, before)
          })
      )
    }
  })
})
