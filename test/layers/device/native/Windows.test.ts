/** Convolutions reach TensorFlow in a form that its library computes rightly; the library itself need not be here. */
import { assert, describe, it } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as DeviceLayer from "../../../../src/layers/device/Device.ts"
import type { Attribute, Backend } from "../../../../src/layers/device/native/Addon.ts"
import * as Windows from "../../../../src/layers/device/native/Windows.ts"
import { Device, type Tf } from "../../../../src/pipeline/device/Device.ts"

const layer = DeviceLayer.layer({ accelerator: "cpu", devices: 1, strategy: "auto", precision: "32-true" })

const ints = (attributes: ReadonlyArray<Attribute>, wanted: string): Array<number> => {
  const value = attributes.find(({ name }) => name === wanted)?.value
  return Array.isArray(value) ? value.map(Number) : []
}

/** Writes past the end of its workspace, as oneDNN does, by throwing; else it computes on the cpu engine. */
const library = (tf: Tf): Backend => {
  const binding = Object.create(null)
  const executeSingleOutput: Backend["executeSingleOutput"] = (_, attributes, [x, , dy]) => {
    if (!(x instanceof tf.Tensor && dy instanceof tf.Tensor)) throw new TypeError("tensors are wanted")
    const [, height = 0, width = 0, channels = 0] = x.shape
    const [, rows = 0, columns = 0, outputs = 0] = dy.shape
    const [, down = 0, across = 0] = ints(attributes, "strides")
    const copies = rows * down === height && columns * across === width
    if (down * across > 1 && copies && channels < 16) throw new RangeError("free(): invalid size")
    return filterGradient(tf, x, dy, [down, across], [1, 1, channels, outputs])
  }
  return {
    binding,
    executeSingleOutput,
    incRef: () => undefined,
    executeMultipleOutputs: () => [],
    readSync: () => new Float32Array()
  }
}

const filterGradient = (tf: Tf, x: Tensor, dy: Tensor, strides: Array<number>, filterShape: Array<number>) =>
  tf
    .engine()
    .runKernel<Tensor>(
      "Conv2DBackpropFilter",
      { x, dy },
      { strides, pad: "same", dataFormat: "NHWC", filterShape }
    )

describe("the gradient of a strided filter of one tap", () => {
  it.layer(layer)("on the processor", (it) => {
    for (const [down, across] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [2, 1],
      [1, 3]
    ] as const) {
      it.effect(`is right for every count of channels, by strides of ${down} and ${across}`, () =>
        Effect.gen(function* () {
          const { tf } = yield* Device
          for (const height of [12, 13]) {
            for (let channels = 1; channels <= 64; channels++) {
              const [rows, columns] = [Math.ceil(height / down), Math.ceil(12 / across)]
              const x = tf.randomNormal<Rank4>([2, height, 12, channels], 0, 1, "float32", channels)
              const dy = tf.randomNormal<Rank4>([2, rows, columns, 3], 0, 1, "float32", 7)
              const shape: [number, number, number, number] = [1, 1, channels, 3]
              const info = tf.backend_util.computeConv2DInfo(x.shape, shape, [down, across], 1, "same")
              const of = { tf, backend: library(tf), info, depthwise: false }
              const gradient = tf.tidy(() => Windows.filterGradient(of, x, dy, shape))
              const wanted = filterGradient(tf, x, dy, [down, across], shape)
              assert.deepStrictEqual([...gradient.dataSync()], [...wanted.dataSync()], `${channels} channels`)
              tf.dispose([x, dy, gradient, wanted])
            }
          }
        })
      )
    }
  })
})

type Rank4 = import("@tensorflow/tfjs-core").Rank.R4
