/** The fused operations of an engine against their composed reference. */
import { assert, describe, it } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as CompositeOps from "../../../src/layers/device/CompositeOps.ts"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device, type DeviceOps, type Tf } from "../../../src/pipeline/device/Device.ts"
import * as Optimizer from "../../../src/pipeline/optim/Optimizer.ts"
import * as BatchNorm from "./batchNorm.ts"
import { values } from "./cases.ts"
import { difference } from "./evaluate.ts"

const layer = DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true" })

const settings = [1, 3, 8, 17, 32].flatMap((channels) =>
  (["linear", "relu"] as const).flatMap((activation) =>
    [0, 100].map((offset): BatchNorm.Setting => ({ shape: [2, 9, 7, channels], activation, offset }))
  )
)

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
    return [parameter, ...slots].map(BatchNorm.floats)
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
              assert.isBelow(difference(BatchNorm.floats(norm), BatchNorm.floats(wanted)), 1e-6)
              const factor = Math.min(
                (limit ?? Number.POSITIVE_INFINITY) / (Number(BatchNorm.floats(wanted)[0]) + 1e-6),
                1
              )
              scaled.forEach((gradient, index) => {
                const expected = tf.mul(gradients[index] ?? tf.scalar(0), factor)
                assert.isBelow(difference(BatchNorm.floats(gradient), BatchNorm.floats(expected)), 1e-6)
                assert.deepStrictEqual(gradient.shape, expected.shape)
              })
            })
            assert.strictEqual(tf.memory().numTensors, before)
          })
      )
    }
  })
})

describe("batchNormTrain", () => {
  it.layer(layer)("on wasm", (it) => {
    for (const setting of settings) {
      const { shape, activation, offset } = setting
      it.effect(`agrees with its reference: [${shape}], ${activation}, values around ${offset}`, () =>
        BatchNorm.agrees(
          setting,
          (tf) => BatchNorm.run(tf, CompositeOps.make(tf), setting),
          offset === 0 ? 3e-5 : 1e-3
        )
      )
    }
  })
})
