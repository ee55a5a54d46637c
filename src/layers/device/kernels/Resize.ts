/**
 * Resizing as two matrix products: y = R x C', with R [out, in] for rows and C for columns. Its gradient is
 * dx = R' dy C, exact for every mode. Sampling positions are those of TensorFlow's resize operations.
 */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import { four } from "../internal/Shape.ts"

export interface Mode {
  readonly nearest: boolean
  readonly alignCorners: boolean
  readonly halfPixelCenters: boolean
}

const scaleOf = (from: number, to: number, mode: Mode): number =>
  mode.alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to

/** Where output pixel `index` reads: two input pixels and the weight of the second. */
export const sample = (
  index: number,
  from: number,
  to: number,
  mode: Mode
): readonly [number, number, number] => {
  const scale = scaleOf(from, to, mode)
  if (mode.nearest) {
    const position = mode.halfPixelCenters ? (index + 0.5) * scale : index * scale
    const nearest = Math.min(from - 1, mode.alignCorners ? Math.round(position) : Math.floor(position))
    return [nearest, nearest, 0]
  }
  const position = mode.halfPixelCenters ? (index + 0.5) * scale - 0.5 : index * scale
  const low = Math.max(0, Math.floor(position))
  return [Math.min(from - 1, low), Math.min(from - 1, Math.ceil(position)), Math.max(0, position - low)]
}

const matrix = (tf: Tf, from: number, to: number, mode: Mode) => {
  const weights = new Float32Array(to * from)
  for (let index = 0; index < to; index++) {
    const [low, high, weight] = sample(index, from, to, mode)
    weights[index * from + low] = (weights[index * from + low] ?? 0) + 1 - weight
    weights[index * from + high] = (weights[index * from + high] ?? 0) + weight
  }
  return tf.tensor2d(weights, [to, from])
}

/** dx of `inputShape`, NHWC, from dy. */
export const gradient = (
  tf: Tf,
  dy: Tensor,
  inputShape: readonly [number, number, number, number],
  mode: Mode
): Tensor => {
  const [batch, outRows, outColumns, channels] = four(dy.shape)
  const [, rows, columns] = inputShape
  const byRow = tf.reshape(tf.transpose(dy, [1, 0, 2, 3]), [outRows, batch * outColumns * channels])
  const fewerRows = tf.matMul(tf.transpose(matrix(tf, rows, outRows, mode)), byRow)
  const byColumn = tf.reshape(
    tf.transpose(tf.reshape(fewerRows, [rows, batch, outColumns, channels]), [2, 0, 1, 3]),
    [outColumns, batch * rows * channels]
  )
  const fewer = tf.matMul(tf.transpose(matrix(tf, columns, outColumns, mode)), byColumn)
  return tf.transpose(tf.reshape(fewer, [columns, rows, batch, channels]), [2, 1, 0, 3])
}
