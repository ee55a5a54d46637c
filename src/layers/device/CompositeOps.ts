/** `DeviceOps` composed of TensorFlow.js operations: the reference, and the fallback for engines without their own. */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../pipeline/device/Device.ts"

const axes = [0, 1, 2]

/**
 * Forward as Ioffe and Szegedy (2015), algorithm 1; backward in the closed form
 * `dx = γ/(N·σ) · (N·dy − Σdy − x̂·Σ(dy·x̂))`, which needs no gradient through the statistics.
 */
const batchNormTrain =
  (tf: Tf): DeviceOps["batchNormTrain"] =>
  (x, gamma, beta, epsilon, activation) => {
    const { mean, variance } = tf.moments(x, axes)
    const inverse = tf.rsqrt(tf.add(variance, epsilon))
    const normalise = tf.customGrad((...args) => {
      // oxlint-disable-next-line typescript/consistent-type-assertions -- customGrad's type omits its arguments
      const [input, scale, shift, save] = args as [Tensor4D, Tensor1D, Tensor1D, (t: Array<Tensor>) => void]
      const normalised = tf.mul(tf.sub(input, mean), inverse)
      // What the backward pass reads must be saved: everything else is disposed after the forward pass.
      save([normalised, scale, inverse])
      const value = tf.add(tf.mul(normalised, scale), shift)
      const gradFunc = (dy: Tensor, saved: Array<Tensor>): Array<Tensor> => {
        const [hat = normalised, by = scale, over = inverse] = saved
        const count = dy.size / by.size
        const sum = tf.sum(dy, axes)
        const projected = tf.sum(tf.mul(dy, hat), axes)
        const centred = tf.sub(tf.mul(dy, count), tf.add(sum, tf.mul(hat, projected)))
        return [tf.mul(centred, tf.div(tf.mul(by, over), count)), projected, sum]
      }
      return { value, gradFunc }
    })
    const y: Tensor4D = tf.reshape(normalise(x, gamma, beta), x.shape)
    return {
      y: activation === "relu" ? tf.relu(y) : y,
      mean: tf.reshape(mean, gamma.shape),
      variance: tf.reshape(variance, gamma.shape)
    }
  }

const dense =
  (tf: Tf): DeviceOps["dense"] =>
  (x, weight, bias, activation) => {
    const y = tf.add<Tensor2D>(tf.matMul(x, weight), bias)
    return activation === "relu" ? tf.relu(y) : y
  }

export const make = (tf: Tf): DeviceOps => ({ batchNormTrain: batchNormTrain(tf), dense: dense(tf) })
