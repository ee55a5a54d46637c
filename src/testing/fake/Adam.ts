/** Adam in one pass, since it dominates the time of a step on the fake device. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core"
import type { AdamParameter, AdamSettings, AdamUpdated, DeviceOps } from "../../pipeline/device/Device.ts"
import type { HostData } from "../../pipeline/nn/HostTensor.ts"
import { type Memory, Tensor } from "./Tensor.ts"

/** The fake supports what trainers do with a tensor. */
const standsIn = (tensor: Tensor): tensor is Tensor & TfTensor => "dispose" in tensor

const valuesOf = (tensor: TfTensor | Tensor): HostData =>
  tensor instanceof Tensor ? tensor.values : new Float32Array(tensor.size).fill(Number.NaN)

const squares = (values: HostData): number => {
  let sum = 0
  for (const value of values) sum += value * value
  return sum
}

/** Updates all parameters at once, and returns the L2 norm of their gradients. */
export const make =
  (memory: Memory): NonNullable<DeviceOps["adam"]> =>
  (parameters, settings) => {
    const made = (values: Float32Array, shape: ReadonlyArray<number>): TfTensor => {
      const tensor = new Tensor(memory, values, [...shape])
      if (!standsIn(tensor)) throw new Error("the tensor is not one of the fake device")
      return tensor
    }
    const norm = Math.sqrt(parameters.reduce((sum, { gradient }) => sum + squares(valuesOf(gradient)), 0))
    return {
      updated: parameters.map((parameter) => update(parameter, settings, made)),
      gradientNorm: made(Float32Array.of(norm), [])
    }
  }

/** Kingma and Ba, 2015; the weight decays with the gradient (`decay`) or beside it (`shrink`). */
const update = (
  of: AdamParameter,
  { betas, epsilon, step }: AdamSettings,
  made: (values: Float32Array, shape: ReadonlyArray<number>) => TfTensor
): AdamUpdated => {
  const [beta1, beta2] = betas
  const [parameter, gradient] = [valuesOf(of.parameter), valuesOf(of.gradient)]
  const [first, second] = [Float32Array.from(valuesOf(of.first)), Float32Array.from(valuesOf(of.second))]
  const moved = new Float32Array(parameter.length)
  const rate = of.learningRate / (1 - beta1 ** step)
  const unbias = Math.sqrt(1 - beta2 ** step)
  for (let i = 0; i < moved.length; i++) {
    const weight = parameter[i] ?? Number.NaN
    const slope = (gradient[i] ?? Number.NaN) + of.decay * weight
    const m = beta1 * (first[i] ?? 0) + (1 - beta1) * slope
    const v = beta2 * (second[i] ?? 0) + (1 - beta2) * slope * slope
    first[i] = m
    second[i] = v
    moved[i] = weight * (1 - of.shrink) - (rate * m) / (Math.sqrt(v) / unbias + epsilon)
  }
  const shape = of.parameter.shape
  return { parameter: made(moved, shape), first: made(first, shape), second: made(second, shape) }
}
