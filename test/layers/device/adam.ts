/** Steps of Adam by an engine's kernel against the composed formula, over parameters of several sizes at once. */
import { assert } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import { Device, type DeviceOps, type Tf } from "../../../src/pipeline/device/Device.ts"
import * as Optimizer from "../../../src/pipeline/optim/Optimizer.ts"
import { floats, sameBits } from "./batchNorm.ts"
import { values } from "./cases.ts"
import { difference } from "./evaluate.ts"

export interface Setting {
  readonly make: typeof Optimizer.adam
  readonly shapes: ReadonlyArray<ReadonlyArray<number>>
}

const both = [Optimizer.adam, Optimizer.adamW].flatMap((make) =>
  [[[1]], [[3]], [[4]], [[37]], [[], [5, 7], [1024], [1025], [3, 1000, 2]]].map((shapes) => ({
    make,
    shapes
  }))
)

/** The last is large enough for two threads. */
export const settings: ReadonlyArray<Setting> = [...both, { make: Optimizer.adamW, shapes: [[1100, 1000]] }]

export const nameOf = ({ make, shapes }: Setting): string =>
  `${make.name}, ${shapes.map((shape) => `[${shape}]`).join(" and ")}`

interface Stepped {
  readonly values: ReadonlyArray<Float32Array>
  /** Of the last step's gradients, if the engine's kernel returns it. */
  readonly norm: number | undefined
}

/** Repeats a thousand random values, since a million take seconds. */
const repeated = (shape: ReadonlyArray<number>, seed: number): Float32Array => {
  const all = new Float32Array(shape.reduce((product, n) => product * n, 1))
  const some = values({ shape: [1009] }, seed)
  for (let at = 0; at < all.length; at += some.length) all.set(some.subarray(0, all.length - at), at)
  return all
}

const gradientsOf = ({ shapes }: Setting, step: number): ReadonlyArray<Float32Array> =>
  shapes.map((shape, index) => repeated(shape, 10 * step + index))

/** Each parameter has its own learning rate and weight decay. */
const run = (tf: Tf, ops: Pick<DeviceOps, "adam">, setting: Setting): Stepped =>
  tf.tidy(() => {
    const optimizer = setting.make({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1 })
    let state: ReadonlyArray<Optimizer.ParameterUpdated> = setting.shapes.map((shape, index) => ({
      parameter: tf.tensor(repeated(shape, index), [...shape]),
      slots: []
    }))
    let norm: Tensor | undefined
    for (let step = 1; step <= 4; step++) {
      const gradients = gradientsOf(setting, step)
      const updates = state.map(({ parameter, slots }, index) => ({
        tf,
        ops,
        parameter,
        slots,
        step,
        gradient: tf.tensor(gradients[index] ?? [], parameter.shape),
        learningRate: 0.01 * (index + 1),
        weightDecay: 0.1 * index
      }))
      const all = Optimizer.updateAll(optimizer, updates)
      state = all.updated
      norm = all.gradientNorm
    }
    state.forEach(({ parameter }, index) => {
      assert.deepStrictEqual(parameter.shape, [...(setting.shapes[index] ?? [])])
    })
    return {
      values: state.flatMap(({ parameter, slots }) => [parameter, ...slots].map(floats)),
      norm: norm === undefined ? undefined : floats(norm)[0]
    }
  })

/** That the kernel gives what the formula gives, the same each time, and leaves no tensor behind. */
export const agrees = Effect.fnUntraced(function* (setting: Setting) {
  const { tf, ops } = yield* Device
  assert.isDefined(ops.adam)
  const before = tf.memory().numTensors
  const actual = run(tf, ops, setting)
  const wanted = run(tf, {}, setting)
  actual.values.forEach((part, index) => {
    assert.isBelow(difference(part, wanted.values[index] ?? new Float32Array()), 3e-6)
  })
  const squares = gradientsOf(setting, 4).map((gradient) =>
    gradient.reduce((all, value) => all + value ** 2, 0)
  )
  const norm = Math.sqrt(squares.reduce((all, sum) => all + sum, 0))
  assert.closeTo(actual.norm ?? Number.NaN, norm, 1e-6 * norm)
  const again = run(tf, ops, setting)
  assert.isTrue(sameBits(again.values, actual.values), "the same bits again")
  assert.strictEqual(again.norm, actual.norm)
  assert.strictEqual(tf.memory().numTensors, before)
})
