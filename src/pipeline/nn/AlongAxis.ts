/** A linear map of one axis of a picture, for resizing and pooling by any ratio; its gradient is two products. */
import type * as TF from "@tensorflow/tfjs-core"

/** `weights` `[outputs, length of the axis]` times the rows (axis 1) or columns (axis 2) of `x`, NHWC. */
export const alongAxis = (
  tf: typeof TF,
  x: TF.Tensor4D,
  axis: 1 | 2,
  weights: Float32Array,
  outputs: number
): TF.Tensor4D => {
  const [batch, rows, columns, channels] = x.shape
  const order = axis === 1 ? [1, 0, 2, 3] : [2, 0, 1, 3]
  const other = axis === 1 ? columns : rows
  const length = x.shape[axis]
  const first: TF.Tensor2D = tf.reshape(tf.transpose<TF.Tensor>(x, order), [length, batch * other * channels])
  const mapped = tf.matMul(tf.tensor2d(weights, [outputs, length]), first)
  const shaped: TF.Tensor4D = tf.reshape(mapped, [outputs, batch, other, channels])
  return tf.transpose(shaped, axis === 1 ? [1, 0, 2, 3] : [1, 2, 0, 3])
}
