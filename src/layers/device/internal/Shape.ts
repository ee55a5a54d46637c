/** Shapes and axes: what gradients and kernels need besides TensorFlow.js' exports. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"

export const size = (shape: ReadonlyArray<number>): number => shape.reduce((all, n) => all * n, 1)

/** The shape of a rank-4 tensor. */
export const four = (shape: ReadonlyArray<number>): [number, number, number, number] => {
  const [a, b, c, d] = shape
  if (a === undefined || b === undefined || c === undefined || d === undefined || shape.length !== 4) {
    throw new TypeError(`a shape of rank 4 is needed, not [${shape}]`)
  }
  return [a, b, c, d]
}

/** `shape` with the reduced axes kept as 1. */
export const keepDims = (shape: ReadonlyArray<number>, axes: ReadonlyArray<number>): Array<number> =>
  shape.map((n, axis) => (axes.includes(axis) ? 1 : n))

/** Sums over broadcast axes, so that the gradient has the operand's `shape` again. */
export const unbroadcast = (tf: Tf, gradient: Tensor, shape: Array<number>): Tensor => {
  if (tf.util.arraysEqual(gradient.shape, shape)) return gradient
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape)
  const reduced = axes.length > 0 ? tf.sum(gradient, axes) : gradient
  return tf.reshape(reduced, shape)
}
