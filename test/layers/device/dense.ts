/** A dense layer on an engine, with the gradients of everything that goes into it, against double precision. */
import { assert } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import { Device, type DeviceOps, type Tf } from "../../../src/pipeline/device/Device.ts"
import { floats, sameBits } from "./batchNorm.ts"
import { values } from "./cases.ts"
import { difference } from "./evaluate.ts"

export interface Setting {
  readonly rows: number
  readonly inputs: number
  readonly outputs: number
  readonly activation: "linear" | "relu"
}

/** Odd sizes, one of each, beyond a block of any kernel in each direction, and those of real layers. */
export const settings: ReadonlyArray<Setting> = [
  [1, 1, 1],
  [1, 7, 3],
  [5, 1, 9],
  [3, 17, 1],
  [6, 8, 4],
  [7, 13, 11],
  [1, 784, 256],
  [13, 48, 12],
  [13, 49, 12],
  [33, 97, 35],
  [50, 257, 30],
  [128, 200, 64],
  [128, 256, 10]
].flatMap(([rows = 0, inputs = 0, outputs = 0]) =>
  (["linear", "relu"] as const).map((activation) => ({ rows, inputs, outputs, activation }))
)

export const nameOf = ({ rows, inputs, outputs, activation }: Setting): string =>
  `[${rows}, ${inputs}] to ${outputs}, ${activation}`

const given = ({ rows, inputs, outputs }: Setting) => ({
  x: values({ shape: [rows, inputs] }, 1),
  weight: values({ shape: [inputs, outputs] }, 2),
  bias: values({ shape: [outputs] }, 3),
  weights: values({ shape: [rows, outputs] }, 4)
})

/** y, and the gradients of a weighted sum of y by x, weight and bias. */
const run = (tf: Tf, { dense }: DeviceOps, setting: Setting): ReadonlyArray<Float32Array> =>
  tf.tidy(() => {
    const { rows, inputs, outputs, activation } = setting
    const { x, weight, bias, weights } = given(setting)
    const operands = [
      tf.tensor2d(x, [rows, inputs]),
      tf.tensor2d(weight, [inputs, outputs]),
      tf.tensor1d(bias)
    ]
    const apply = (...[a = x, b = weight, c = bias]: Array<Tensor | Float32Array>) =>
      dense(
        tf.reshape(a, [rows, inputs]),
        tf.reshape(b, [inputs, outputs]),
        tf.reshape(c, [outputs]),
        activation
      )
    const loss = (...args: Array<Tensor>) =>
      tf.sum(tf.mul(apply(...args), tf.tensor2d(weights, [rows, outputs])))
    return [apply(...operands), ...tf.grads(loss)(operands)].map(floats)
  })

const at = (list: ArrayLike<number>, index: number): number => list[index] ?? Number.NaN

/** The sum of `of` over 0 to `count`, for each of `size` results, in double precision. */
const sums = (size: number, count: number, of: (result: number, term: number) => number): Float32Array =>
  Float32Array.from({ length: size }, (_, result) => {
    let sum = 0
    for (let term = 0; term < count; term++) sum += of(result, term)
    return sum
  })

/** The same by the formulas: y = x w + b, dx = dz w', dw = x' dz, db = Σ dz, with dz = dy where y > 0. */
const exact = (setting: Setting): ReadonlyArray<Float32Array> => {
  const { rows, inputs, outputs, activation } = setting
  const { x, weight, bias, weights } = given(setting)
  const linear = sums(rows * outputs, inputs, (result, i) => {
    const [row, output] = [Math.floor(result / outputs), result % outputs]
    return at(x, row * inputs + i) * at(weight, i * outputs + output) + (i === 0 ? at(bias, output) : 0)
  })
  const isOpen = (index: number) => activation === "linear" || at(linear, index) > 0
  const dz = weights.map((dy, index) => (isOpen(index) ? dy : 0))
  return [
    linear.map((value, index) => (isOpen(index) ? value : 0)),
    sums(
      rows * inputs,
      outputs,
      (result, o) =>
        at(dz, Math.floor(result / inputs) * outputs + o) * at(weight, (result % inputs) * outputs + o)
    ),
    sums(
      inputs * outputs,
      rows,
      (result, row) =>
        at(x, row * inputs + Math.floor(result / outputs)) * at(dz, row * outputs + (result % outputs))
    ),
    sums(outputs, rows, (output, row) => at(dz, row * outputs + output))
  ]
}

const names = ["y", "by x", "by weight", "by bias"]

/** That an engine gives what is wanted, the same each time, and leaves no tensor behind. */
export const agrees = Effect.fnUntraced(function* (setting: Setting) {
  const { tf, ops } = yield* Device
  const before = tf.memory().numTensors
  const actual = run(tf, ops, setting)
  const wanted = exact(setting)
  actual.forEach((part, index) => {
    assert.isBelow(difference(part, wanted[index] ?? new Float32Array()), 3e-5, names[index])
  })
  assert.isTrue(sameBits(run(tf, ops, setting), actual), "the same bits again")
  assert.strictEqual(tf.memory().numTensors, before)
})
