/** A batch norm in training mode on an engine, with the gradients of everything that goes into it. */
import { assert } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import { Device, type DeviceOps, type Tf } from "../../../src/pipeline/device/Device.ts"
import { values } from "./cases.ts"
import { difference } from "./evaluate.ts"

export interface Setting {
  /** [batch, height, width, channels] */
  readonly shape: readonly [number, number, number, number]
  readonly activation: "linear" | "relu"
  /** Added to every value, to see what a mean far from 0 costs. */
  readonly offset: number
}

export const floats = (tensor: Tensor): Float32Array => Float32Array.from(tensor.dataSync())

/** Without saying where they differ, which takes minutes for a million values. */
export const sameBits = (actual: ReadonlyArray<Float32Array>, wanted: ReadonlyArray<Float32Array>): boolean =>
  actual.length === wanted.length &&
  actual.every((part, index) => part.every((value, at) => Object.is(value, wanted[index]?.[at])))

/** What goes in: `x` without the offset, `gamma` and `beta`, and the weights of the loss, in each case the same. */
export const inputs = ({ shape }: Setting) => {
  const channels = [shape[3]]
  return {
    x: values({ shape }, 1),
    gamma: values({ shape: channels, low: 0.5, high: 1.5 }, 2),
    beta: values({ shape: channels }, 3),
    weights: values({ shape }, 4)
  }
}

/** y, mean, variance, and the gradients of a weighted sum of y to x, gamma and beta. */
export const run = (tf: Tf, ops: DeviceOps, setting: Setting): ReadonlyArray<Float32Array> =>
  tf.tidy(() => {
    const { activation, offset } = setting
    const shape: [number, number, number, number] = [...setting.shape]
    const channels = shape[3]
    const given = inputs(setting)
    const x = tf.add(tf.tensor4d(given.x, shape), offset)
    const gamma = tf.tensor1d(given.gamma)
    const beta = tf.tensor1d(given.beta)
    const weights = tf.tensor4d(given.weights, shape)
    const apply = (...[a = x, b = gamma, c = beta]: Array<Tensor>) =>
      ops.batchNormTrain(
        tf.reshape(a, shape),
        tf.reshape(b, [channels]),
        tf.reshape(c, [channels]),
        1e-5,
        activation
      )
    const { y, mean, variance } = apply(x, gamma, beta)
    const loss = (...args: Array<Tensor>) => tf.sum(tf.mul(apply(...args).y, weights))
    return [y, mean, variance, ...tf.grads(loss)([x, gamma, beta])].map(floats)
  })

/** What `run` gives, in its order. */
const names = ["y", "mean", "variance", "by x", "by gamma", "by beta"]

/** That an engine gives what is wanted, the same each time, and leaves no tensor behind. */
export const agrees = Effect.fnUntraced(function* (
  setting: Setting,
  wantedBy: (tf: Tf) => ReadonlyArray<Float32Array>,
  tolerance: number
) {
  const { tf, ops } = yield* Device
  const before = tf.memory().numTensors
  const actual = run(tf, ops, setting)
  const wanted = wantedBy(tf)
  actual.forEach((part, index) => {
    assert.isBelow(difference(part, wanted[index] ?? new Float32Array()), tolerance, names[index])
  })
  assert.deepStrictEqual(run(tf, ops, setting), actual)
  assert.strictEqual(tf.memory().numTensors, before)
})
