/** `DeviceOps` on the kernel pack: kernels of our own with gradients of our own in TensorFlow.js' registry. */
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../../pipeline/Device.ts"
import { type Gradient, toConfig } from "../gradients/Gradient.ts"

const first = (tensors: ReadonlyArray<Tensor>, index: number): Tensor => {
  const tensor = tensors[index]
  if (tensor === undefined) throw new RangeError(`the kernel gave no output ${index}`)
  return tensor
}

const batchNormTrain: Gradient = {
  kernel: "BatchNormTrain",
  inputs: ["x", "gamma", "beta"],
  outputs: [false, true, true],
  derive: ({ tf, dy, saved, attrs }) => {
    const [x, gamma, beta, mean, variance] = [saved(0), saved(1), saved(2), saved(3), saved(4)]
    // At once and not in the functions below: each of those runs in a tidy of its own.
    const all = tf
      .engine()
      .runKernel<Array<Tensor>>("BatchNormTrainGrad", { dy, x, gamma, beta, mean, variance }, { ...attrs })
    const part = (index: number) => () => first(all, index)
    return { x: part(0), gamma: part(1), beta: part(2) }
  }
}

const isRank = <R extends Rank>(tensor: Tensor, rank: number): tensor is Tensor<R> => tensor.rank === rank

const ranked = <R extends Rank>(tensor: Tensor, rank: number): Tensor<R> => {
  if (isRank<R>(tensor, rank)) return tensor
  throw new TypeError(`the kernel gave a tensor of rank ${tensor.rank}, not ${rank}`)
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
      y: ranked<Rank.R4>(first(outputs, 0), 4),
      mean: ranked<Rank.R1>(first(outputs, 1), 1),
      variance: ranked<Rank.R1>(first(outputs, 2), 1)
    }
  },
  adam: ({ parameter, gradient, first: average, second, betas, step, ...rest }) => {
    const outputs = tf.engine().runKernel<Array<Tensor>>(
      "AdamUpdate",
      { parameter, gradient, first: average, second },
      {
        beta1: betas[0],
        beta2: betas[1],
        rate: rest.learningRate / (1 - betas[0] ** step),
        unbias: 1 / Math.sqrt(1 - betas[1] ** step),
        epsilon: rest.epsilon,
        keep: 1 - rest.shrink,
        decay: rest.decay
      }
    )
    return { parameter: first(outputs, 0), first: first(outputs, 1), second: first(outputs, 2) }
  }
})
