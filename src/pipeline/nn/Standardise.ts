/** Mean 0 and variance 1 over some axes, with the gradient in closed form: what layer and group norms have in common. */
import type * as TF from "@tensorflow/tfjs-core"

/**
 * `(x - mean) / √(variance + ε)`, biased variance, in the shape of `x`. Backward, as of batch norms (Ioffe and Szegedy,
 * 2015), `dx = (dy - mean(dy) - y · mean(dy · y)) / √(variance + ε)`.
 */
export const standardise = <T extends TF.Tensor>(
  tf: typeof TF,
  x: T,
  axes: ReadonlyArray<number>,
  epsilon: number
): T => {
  const mean = (tensor: TF.Tensor) => tf.mean(tensor, [...axes], true)
  const compute = tf.customGrad((...args) => {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- customGrad's type omits its arguments
    const [input, save] = args as [TF.Tensor, (tensors: Array<TF.Tensor>) => void]
    const centred = tf.sub(input, mean(input))
    const inverse = tf.rsqrt(tf.add(mean(tf.square(centred)), epsilon))
    const y = tf.mul(centred, inverse)
    save([y, inverse])
    const gradFunc = (dy: TF.Tensor, saved: Array<TF.Tensor>): TF.Tensor => {
      const [hat = y, by = inverse] = saved
      const along = tf.mul(hat, mean(tf.mul(dy, hat)))
      return tf.mul(tf.sub(tf.sub(dy, mean(dy)), along), by)
    }
    return { value: y, gradFunc }
  })
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the shape is the input's
  return compute(x) as T
}
