/** `DeviceOps` on TensorFlow's own fused operations, as kernels with a gradient in TensorFlow.js' registry. */
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../../pipeline/device/Device.ts"
import { type Gradient, toConfig } from "../gradients/Gradient.ts"
import * as Fused from "../internal/Fused.ts"
import { output } from "../internal/Fused.ts"

/**
 * What the backward pass reads from the forward pass is internal to TensorFlow: three outputs that it calls reserved.
 */
const batchNorm: Gradient = {
  kernel: "FusedBatchNormV3",
  inputs: ["x", "scale"],
  outputs: [false, false, false, true, true, true],
  derive: ({ tf, dy, saved, attrs }) => {
    const inputs = {
      dy,
      x: saved(0),
      scale: saved(1),
      reserved1: saved(2),
      reserved2: saved(3),
      reserved3: saved(4)
    }
    // Here and not in the functions below, each of which runs in its own tidy.
    const all = tf.engine().runKernel<Array<Tensor>>("FusedBatchNormGradV3", inputs, { ...attrs })
    return { x: () => output(all, 0), scale: () => output(all, 1), offset: () => output(all, 2) }
  }
}

export const registerGradients = (tf: Tf): void => tf.registerGradient(toConfig(tf, batchNorm))

const batchNormTrain =
  (tf: Tf): DeviceOps["batchNormTrain"] =>
  (x, gamma, beta, epsilon, activation) => {
    const inputs = { x, scale: gamma, offset: beta }
    const outputs = tf.engine().runKernel<Array<Tensor>>("FusedBatchNormV3", inputs, { epsilon })
    const y = tf.reshape<Rank.R4>(output(outputs, 0), x.shape)
    const count = x.size / gamma.size
    return {
      y: activation === "relu" ? tf.relu(y) : y,
      mean: tf.reshape(output(outputs, 1), gamma.shape),
      // TensorFlow returns the unbiased variance, divided by count - 1.
      variance: tf.reshape(tf.mul(output(outputs, 2), Math.max(count - 1, 0) / count), gamma.shape)
    }
  }

/** `updates`: whether the addon has the operation that updates all parameters. */
export const make = (tf: Tf, { updates }: { readonly updates: boolean }): DeviceOps => ({
  batchNormTrain: batchNormTrain(tf),
  dense: Fused.dense(tf),
  ...(updates ? { adam: Fused.adam(tf) } : {})
})
