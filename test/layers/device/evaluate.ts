/** Runs one case: its values, and its gradients by all operands of the sum of outputs weighted by sines. */
import type { Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device, type Tf } from "../../../src/pipeline/device/Device.ts"
import { type Case, values } from "./cases.ts"

export interface Evaluation {
  readonly output: Float32Array
  readonly gradients: ReadonlyArray<Float32Array>
}

const weights = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => Math.sin(index + 1))

export const operands = (item: Case): Array<Float32Array> =>
  item.operands.map((operand, index) => values(operand, index + 1))

const tensors = (tf: Tf, item: Case, data: ReadonlyArray<Float32Array>): Array<Tensor> =>
  item.operands.map((operand, index) => tf.tensor(data[index] ?? [], [...operand.shape], "float32"))

const floats = (tensor: Tensor): Float32Array => Float32Array.from(tensor.dataSync())

/** The output, then the gradient by each operand. */
const compute = (tf: Tf, item: Case): Array<Tensor> => {
  const inputs = tensors(tf, item, operands(item))
  const loss = (...xs: Array<Tensor>) => {
    const y = item.compute(tf, xs)
    return tf.sum(tf.mul(y, tf.tensor(weights(y.size), y.shape)))
  }
  return [item.compute(tf, inputs), ...tf.grads(loss)(inputs)]
}

const evaluation = ([
  output = new Float32Array(),
  ...gradients
]: ReadonlyArray<Float32Array>): Evaluation => ({
  output,
  gradients
})

const leaves = (tf: Tf, item: Case, before: number) => {
  const left = tf.memory().numTensors - before
  if (left !== 0) throw new Error(`${item.name} left ${left} tensors`)
}

/** On an engine whose tensors can be read at once. */
export const evaluate = (tf: Tf, item: Case): Evaluation => {
  const before = tf.memory().numTensors
  const values = tf.tidy(() => compute(tf, item).map(floats))
  leaves(tf, item, before)
  return evaluation(values)
}

/** On the device, read as it is read: by promise where it must be. */
export const evaluateOn = Effect.fnUntraced(function* (item: Case) {
  const device = yield* Device
  const { numTensors: before } = yield* device.memory
  const results = yield* device.run(item.name, (tf) => compute(tf, item))
  const values = yield* Effect.forEach(results, (tensor) => device.read(tensor))
  device.tf.dispose(results)
  leaves(device.tf, item, before)
  return evaluation(values.map((read) => Float32Array.from(read)))
})

/** The weighted sum alone, added up in double precision. */
export const loss = (tf: Tf, item: Case, data: ReadonlyArray<Float32Array>): number =>
  tf.tidy(() => {
    const output = floats(item.compute(tf, tensors(tf, item, data)))
    const factors = weights(output.length)
    return output.reduce((sum, value, index) => sum + value * (factors[index] ?? 0), 0)
  })

/** The largest difference, relative to 1 + the expected size. */
export const difference = (actual: Float32Array, expected: Float32Array): number => {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let index = 0; index < actual.length; index++) {
    const wanted = expected[index] ?? Number.NaN
    const off = Math.abs((actual[index] ?? Number.NaN) - wanted) / (1 + Math.abs(wanted))
    if (!(off <= largest)) largest = off
  }
  return largest
}

/** [1, 2] doubled by the device, which is [2, 4]: that it computes at all. */
export const double = Effect.gen(function* () {
  const device = yield* Device
  const result = yield* device.run("double", (tf) => tf.mul(tf.tensor1d([1, 2]), 2))
  const values = yield* device.read(result)
  result.dispose()
  return [...values]
})
