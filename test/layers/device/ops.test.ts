/** The fused operations of an engine against their composed reference. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as CompositeOps from "../../../src/layers/device/CompositeOps.ts"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as Adam from "./adam.ts"
import * as BatchNorm from "./batchNorm.ts"
import { values } from "./cases.ts"
import * as Dense from "./dense.ts"
import { difference } from "./evaluate.ts"

const layerOf = (accelerator: "wasm" | "cpu") =>
  DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" })
const layer = layerOf("wasm")

const settings = [1, 3, 8, 17, 32].flatMap((channels) =>
  (["linear", "relu"] as const).flatMap((activation) =>
    [0, 100].map((offset): BatchNorm.Setting => ({ shape: [2, 9, 7, channels], activation, offset }))
  )
)

describe("adam", () => {
  it.layer(layer)("on wasm", (it) => {
    for (const setting of Adam.settings) {
      it.effect(`agrees with the composed formula: ${Adam.nameOf(setting)}`, () => Adam.agrees(setting))
    }
  })
})

for (const accelerator of ["cpu", "wasm"] as const) {
  describe("dense", () => {
    it.layer(layerOf(accelerator))(`on ${accelerator}`, (it) => {
      for (const setting of Dense.settings) {
        it.effect(`agrees with double precision: ${Dense.nameOf(setting)}`, () => Dense.agrees(setting))
      }
    })
  })
}

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
