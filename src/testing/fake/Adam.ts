/** Adam in one pass: what an optimizer step of the fake device spends its time on otherwise. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core"
import type { AdamUpdate, AdamUpdated } from "../../pipeline/Device.ts"
import type { HostData } from "../../pipeline/HostTensor.ts"
import { type Memory, Tensor } from "./Tensor.ts"

/** The fake stands in for what trainers do with a tensor. */
const standsIn = (tensor: Tensor): tensor is Tensor & TfTensor => "dispose" in tensor

const valuesOf = (tensor: TfTensor | Tensor): HostData =>
  tensor instanceof Tensor ? tensor.values : new Float32Array(tensor.size).fill(Number.NaN)

/** Kingma and Ba, 2015; the weight decays with the gradient (`decay`) or beside it (`shrink`). */
export const make =
  (memory: Memory) =>
  (update: AdamUpdate): AdamUpdated => {
    const { betas, epsilon, learningRate, step, decay, shrink } = update
    const [beta1, beta2] = betas
    const [parameter, gradient] = [valuesOf(update.parameter), valuesOf(update.gradient)]
    const [first, second] = [
      Float32Array.from(valuesOf(update.first)),
      Float32Array.from(valuesOf(update.second))
    ]
    const moved = new Float32Array(parameter.length)
    const rate = learningRate / (1 - beta1 ** step)
    const unbias = Math.sqrt(1 - beta2 ** step)
    for (let i = 0; i < moved.length; i++) {
      const weight = parameter[i] ?? Number.NaN
      const slope = (gradient[i] ?? Number.NaN) + decay * weight
      const m = beta1 * (first[i] ?? 0) + (1 - beta1) * slope
      const v = beta2 * (second[i] ?? 0) + (1 - beta2) * slope * slope
      first[i] = m
      second[i] = v
      moved[i] = weight * (1 - shrink) - (rate * m) / (Math.sqrt(v) / unbias + epsilon)
    }
    const made = (values: Float32Array): TfTensor => {
      const tensor = new Tensor(memory, values, update.parameter.shape)
      if (!standsIn(tensor)) throw new Error("the fake tensor stands in for no tensor")
      return tensor
    }
    return { parameter: made(moved), first: made(first), second: made(second) }
  }
