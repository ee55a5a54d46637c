/** What the native engine does beyond the contract suite: its fused batch norm, its types, its memory, its threads. */
import { existsSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as DeviceLayer from "../../../../src/layers/device/Device.ts"
import * as Native from "../../../../src/layers/device/engines/Native.ts"
import * as NativeHome from "../../../../src/layers/device/native/NativeHome.ts"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as Adam from "../adam.ts"
import * as BatchNorm from "../batchNorm.ts"
import * as Dense from "../dense.ts"

const layer = DeviceLayer.layer({ accelerator: "native", devices: 1, strategy: "auto", precision: "32-true" })
const presence = await Effect.runPromise(Native.make("native").probe)
const suite = presence.present ? describe : describe.skip

const settings: ReadonlyArray<BatchNorm.Setting> = [
  [2, 9, 7, 1],
  [2, 9, 7, 3],
  [4, 16, 16, 17],
  [4, 16, 16, 32],
  [1, 1, 1, 4]
].flatMap(([n = 1, h = 1, w = 1, c = 1]) =>
  // At a corner of ReLU the last bit decides, so it is looked at where the bits agree.
  (
    [
      ["linear", 0],
      ["relu", 0],
      ["linear", 100]
    ] as const
  ).map(([activation, offset]): BatchNorm.Setting => ({ shape: [n, h, w, c], activation, offset }))
)

/** The same in double precision, by Ioffe and Szegedy (2015), of the float32 values that the engine is given. */
const exact = (setting: BatchNorm.Setting): ReadonlyArray<Float32Array> => {
  const { shape, activation, offset } = setting
  const channels = shape[3]
  const { gamma, beta, weights, ...given } = BatchNorm.inputs(setting)
  const x = given.x.map((value) => Math.fround(value + offset))
  const count = x.length / channels
  const perChannel = (of: (index: number, channel: number) => number): Array<number> => {
    const sums = Array.from({ length: channels }, () => 0)
    for (let index = 0; index < x.length; index++) {
      const channel = index % channels
      sums[channel] = at(sums, channel) + of(index, channel)
    }
    return sums
  }
  const mean = perChannel((index) => at(x, index) / count)
  const variance = perChannel((index, channel) => (at(x, index) - at(mean, channel)) ** 2 / count)
  const inverse = variance.map((value) => 1 / Math.sqrt(value + 1e-5))
  const hat = Array.from(
    x,
    (value, index) => (value - at(mean, index % channels)) * at(inverse, index % channels)
  )
  const linear = hat.map((value, index) => value * at(gamma, index % channels) + at(beta, index % channels))
  const isOpen = (index: number) => activation === "linear" || at(linear, index) > 0
  const dy = Array.from(weights, (weight, index) => (isOpen(index) ? weight : 0))
  const byBeta = perChannel((index) => at(dy, index))
  const byGamma = perChannel((index) => at(dy, index) * at(hat, index))
  const byX = dy.map((value, index) => {
    const channel = index % channels
    const centred = count * value - at(byBeta, channel) - at(hat, index) * at(byGamma, channel)
    return (at(gamma, channel) * at(inverse, channel) * centred) / count
  })
  const y = linear.map((value, index) => (isOpen(index) ? value : 0))
  return [y, mean, variance, byX, byGamma, byBeta].map((part) => Float32Array.from(part))
}

const at = (list: ArrayLike<number>, index: number): number => list[index] ?? Number.NaN

suite(`batchNormTrain on native${presence.present ? "" : ` (skipped: ${presence.reason})`}`, () => {
  it.layer(layer)("as TensorFlow's FusedBatchNormV3", (it) => {
    for (const setting of settings) {
      const { shape, activation, offset } = setting
      it.effect(`agrees with double precision: [${shape}], ${activation}, values around ${offset}`, () =>
        BatchNorm.agrees(setting, () => exact(setting), offset === 0 ? 3e-5 : 2e-3)
      )
    }
  })
})

suite("dense", () => {
  it.layer(layer)("on native", (it) => {
    for (const setting of Dense.settings) {
      it.effect(`agrees with double precision: ${Dense.nameOf(setting)}`, () => Dense.agrees(setting))
    }
  })
})

const updates = presence.present && existsSync(NativeHome.library("native", "adam.node"))

;(updates ? describe : describe.skip)(
  `adam${updates ? "" : " (skipped: this installation lacks it)"}`,
  () => {
    it.layer(layer)("on native", (it) => {
      for (const setting of Adam.settings) {
        it.effect(`agrees with the composed formula: ${Adam.nameOf(setting)}`, () => Adam.agrees(setting))
      }

      it.effect("refuses a gradient that does not fit", () =>
        Effect.gen(function* () {
          const { tf, ops } = yield* Device
          const parameter = tf.zeros([4])
          const others = { gradient: tf.zeros([3]), first: parameter, second: parameter }
          const rates = { learningRate: 0.1, decay: 0, shrink: 0 }
          const settings = { betas: [0.9, 0.999], epsilon: 1e-8, step: 1 } as const
          assert.throws(() => ops.adam?.([{ parameter, ...others, ...rates }], settings), /does not fit/)
        })
      )
    })
  }
)

suite("native", () => {
  it.layer(layer)("beyond float32", (it) => {
    it.effect("takes bool and int32 where other engines take them", () =>
      Effect.gen(function* () {
        const { tf } = yield* Device
        const read = (compute: () => Tensor) => [...tf.tidy(() => BatchNorm.floats(compute()))]
        const mask = () => tf.tensor2d([0, 1, 1, 0], [2, 2], "bool")
        assert.deepStrictEqual(
          read(() => tf.argMax(mask(), 1)),
          [1, 0]
        )
        assert.deepStrictEqual(
          read(() => tf.argMin(mask(), 1)),
          [0, 1]
        )
        assert.deepStrictEqual(
          read(() => tf.exp(tf.tensor1d([0, 0], "int32"))),
          [1, 1]
        )
        assert.deepStrictEqual(
          read(() => tf.maxPool(tf.ones<Rank4>([1, 2, 2, 1]), 2, 2, "valid")),
          [1]
        )
      })
    )
  })

  it.effect("refuses another number of threads in the same process, by name", () =>
    Effect.gen(function* () {
      yield* Device.pipe(Effect.provide(layer))
      const other = DeviceLayer.layer({
        accelerator: "native",
        devices: 1,
        strategy: "auto",
        precision: "32-true",
        threads: 61
      })
      const error = yield* Device.pipe(Effect.provide(other), Effect.flip)
      assert.strictEqual(error._tag, "DeviceUnavailable")
      assert.include(error.message, "and cannot unload it")
    })
  )
})

type Rank4 = import("@tensorflow/tfjs-core").Rank.R4
