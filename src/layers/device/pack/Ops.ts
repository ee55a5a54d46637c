/** `DeviceOps` on the kernel pack: our own kernels with our own gradients in TensorFlow.js' registry. */
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import type { AdamParameter, DeviceOps, Tf } from "../../../pipeline/device/Device.ts"
import { type Gradient, toConfig } from "../gradients/Gradient.ts"

const first = (tensors: ReadonlyArray<Tensor>, index: number): Tensor => {
  const tensor = tensors[index]
  if (tensor === undefined) throw new RangeError(`the kernel returned no output ${index}`)
  return tensor
}

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
    const part = (index: number) => () => first(all, index)
    return { x: part(0), gamma: part(1), beta: part(2) }
  }
}

const isRank = <R extends Rank>(tensor: Tensor, rank: number): tensor is Tensor<R> => tensor.rank === rank

const ranked = <R extends Rank>(tensor: Tensor, rank: number): Tensor<R> => {
  if (isRank<R>(tensor, rank)) return tensor
  throw new TypeError(`the kernel returned a tensor of rank ${tensor.rank}, not ${rank}`)
}

export const registerOps = (tf: Tf): void => tf.registerGradient(toConfig(tf, batchNormTrain))

const numbered = (name: string, tensors: ReadonlyArray<Tensor>): Record<string, Tensor> =>
  Object.fromEntries(tensors.map((tensor, index) => [`${name}${index}`, tensor]))

const adamInputs = (parameters: ReadonlyArray<AdamParameter>): Record<string, Tensor> => ({
  ...numbered(
    "parameter",
    parameters.map(({ parameter }) => parameter)
  ),
  ...numbered(
    "gradient",
    parameters.map(({ gradient }) => gradient)
  ),
  ...numbered(
    "first",
    parameters.map(({ first }) => first)
  ),
  ...numbered(
    "second",
    parameters.map(({ second }) => second)
  )
})

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
  adam: (parameters, { betas, epsilon, step }) => {
    const outputs = tf.engine().runKernel<Array<Tensor>>("AdamUpdate", adamInputs(parameters), {
      beta1: betas[0],
      beta2: betas[1],
      epsilon,
      unbias: 1 / Math.sqrt(1 - betas[1] ** step),
      rate: parameters.map(({ learningRate }) => learningRate / (1 - betas[0] ** step)),
      keep: parameters.map(({ shrink }) => 1 - shrink),
      decay: parameters.map(({ decay }) => decay)
    })
    const updated = parameters.map((_, index) => ({
      parameter: first(outputs, 3 * index + 1),
      first: first(outputs, 3 * index + 2),
      second: first(outputs, 3 * index + 3)
    }))
    return { updated, gradientNorm: first(outputs, 0) }
  },
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
