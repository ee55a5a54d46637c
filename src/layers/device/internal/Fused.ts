/** Operations of `DeviceOps` that wasm and the native engines have as kernels of the same names and attributes. */
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import type { AdamParameter, DeviceOps, Tf } from "../../../pipeline/device/Device.ts"

/** The output of that index. */
export const output = (tensors: ReadonlyArray<Tensor>, index: number): Tensor => {
  const tensor = tensors[index]
  if (tensor === undefined) throw new RangeError(`the kernel returned no output ${index}`)
  return tensor
}

/** `name0`, `name1`, … */
export const numbered = (name: string, tensors: ReadonlyArray<Tensor>): Record<string, Tensor> =>
  Object.fromEntries(tensors.map((tensor, index) => [`${name}${index}`, tensor]))

const roles = ["parameter", "gradient", "first", "second"] as const

const adamInputs = (parameters: ReadonlyArray<AdamParameter>): Record<string, Tensor> =>
  Object.assign(
    {},
    ...roles.map((role) =>
      numbered(
        role,
        parameters.map((each) => each[role])
      )
    )
  )

/**
 * By `AdamUpdate`, which returns the norm of all gradients, then of each parameter the new values and the two
 * averages.
 */
export const adam =
  (tf: Tf): NonNullable<DeviceOps["adam"]> =>
  (parameters, { betas, epsilon, step }) => {
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
      parameter: output(outputs, 3 * index + 1),
      first: output(outputs, 3 * index + 2),
      second: output(outputs, 3 * index + 3)
    }))
    return { updated, gradientNorm: output(outputs, 0) }
  }

/** By `Dense`, whose gradient is in ../gradients/Product.ts. */
export const dense =
  (tf: Tf): DeviceOps["dense"] =>
  (x, weight, bias, activation = "linear") =>
    tf.engine().runKernel<Tensor<Rank.R2>>("Dense", { x, weight, bias }, { relu: activation === "relu" })
