/** A scale of 1 over some axes, with the gradient in closed form: what layer, group and RMS norms have in common. */
import type * as TF from "@tensorflow/tfjs-core"

interface Options {
  /** What mean and variance are taken over. */
  readonly axes: ReadonlyArray<number>
  /** Added to the variance before its root is taken. */
  readonly epsilon: number
  /** Whether the mean is subtracted. Without, the variance is the mean of squares. */
  readonly centred: boolean
}

/**
 * `(x - mean) / √(variance + ε)`, biased variance, in the shape of `x`. Backward, as of batch norms (Ioffe and Szegedy,
 * 2015), `dx = (dy - mean(dy) - y · mean(dy · y)) / √(variance + ε)`, both without the means if not centred.
 */
export const standardise = <T extends TF.Tensor>(
  tf: typeof TF,
  x: T,
  { axes, epsilon, centred }: Options
): T => {
  const mean = (tensor: TF.Tensor) => tf.mean(tensor, [...axes], true)
  const moved = (tensor: TF.Tensor) => (centred ? tf.sub(tensor, mean(tensor)) : tensor)
  const compute = tf.customGrad((...args) => {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- customGrad's type omits its arguments
    const [input, save] = args as [TF.Tensor, (tensors: Array<TF.Tensor>) => void]
    const around = moved(input)
    const inverse = tf.rsqrt(tf.add(mean(tf.square(around)), epsilon))
    const y = tf.mul(around, inverse)
    save([y, inverse])
    const gradFunc = (dy: TF.Tensor, saved: Array<TF.Tensor>): TF.Tensor => {
      const [hat = y, by = inverse] = saved
      return tf.mul(tf.sub(moved(dy), tf.mul(hat, mean(tf.mul(dy, hat)))), by)
    }
    return { value: y, gradFunc }
  })
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the shape is the input's
  return compute(x) as T
}
