/** `DeviceOps` on the kernel pack: our own kernels with our own gradients in TensorFlow.js' registry. */
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../../pipeline/device/Device.ts"
import { type Gradient, toConfig } from "../gradients/Gradient.ts"
import * as Fused from "../internal/Fused.ts"
import { numbered, output } from "../internal/Fused.ts"

const batchNormTrain: Gradient = {
  kernel: "BatchNormTrain",
  inputs: ["x", "gamma", "beta"],
  outputs: [false, true, true],
  derive: ({ tf, dy, saved, attrs }) => {
    const [x, gamma, beta, mean, variance] = [saved(0), saved(1), saved(2), saved(3), saved(4)]
    // Here and not in the functions below, each of which runs in its own tidy.
    const all = tf
      .engine()
      .runKernel<Array<Tensor>>("BatchNormTrainGrad", { dy, x, gamma, beta, mean, variance }, { ...attrs })
    const part = (index: number) => () => output(all, index)
    return { x: part(0), gamma: part(1), beta: part(2) }
  }
}

const isRank = <R extends Rank>(tensor: Tensor, rank: number): tensor is Tensor<R> => tensor.rank === rank

const ranked = <R extends Rank>(tensor: Tensor, rank: number): Tensor<R> => {
  if (isRank<R>(tensor, rank)) return tensor
  throw new TypeError(`the kernel returned a tensor of rank ${tensor.rank}, not ${rank}`)
}

export const registerOps = (tf: Tf): void => tf.registerGradient(toConfig(tf, batchNormTrain))

export const make = (tf: Tf): DeviceOps => ({
  batchNormTrain: (x, gamma, beta, epsilon, activation = "linear") => {
    const outputs = tf
      .engine()
      .runKernel<Array<Tensor>>(
        "BatchNormTrain",
        { x, gamma, beta },
        { epsilon, relu: activation === "relu" }
      )
    return {
      y: ranked<Rank.R4>(output(outputs, 0), 4),
      mean: ranked<Rank.R1>(output(outputs, 1), 1),
      variance: ranked<Rank.R1>(output(outputs, 2), 1)
    }
  },
  adam: Fused.adam(tf),
  dense: Fused.dense(tf),
  globalNorm: (gradients, limit) => {
    const [norm, ...scaled] = tf
      .engine()
      .runKernel<Array<Tensor>>("GlobalNorm", numbered("gradient", gradients), {
        count: gradients.length,
        limit: limit ?? 0
      })
    if (norm === undefined) throw new RangeError("the kernel returned no norm")
    return { norm, gradients: limit === undefined ? gradients : scaled }
  }
})
