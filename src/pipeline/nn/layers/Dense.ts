/** The linear layer, on the last axis of any tensor. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../HostTensor.ts"
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import type { Same } from "../Module.ts"
import { expectLast, inside, type Pass, parameter, visit } from "../Pass.ts"
import { isActivation } from "./Activation.ts"

export interface DenseOptions {
  readonly inputs: number
  readonly outputs: number
  /** Default true. */
  readonly bias?: boolean
  /** First values of `weight`. Default normal of variance 1 / inputs. */
  readonly init?: Initial.Initial
  /** First values of `bias`. Default zeros. */
  readonly biasInit?: Initial.Initial
}

const KIND = "dense"

const specs = (options: DenseOptions): ReadonlyArray<ParameterSpec> => {
  const { inputs, outputs, bias = true } = options
  const { init = Initial.heNormal({ gain: 1 }), biasInit = Initial.zeros } = options
  const sized = { shape: [inputs, outputs], fanIn: inputs, fanOut: outputs }
  const weight = { name: "weight", shape: sized.shape, trainable: true, decay: true, init: init(sized) }
  if (!bias) return [weight]
  const first = biasInit({ ...sized, shape: [outputs] })
  return [weight, { name: "bias", shape: [outputs], trainable: true, decay: false, init: first }]
}

type Fusable = "linear" | "relu"

/** `[rows, inputs]` to `[rows, outputs]`, with bias and activation in the device's own operation. */
const onRows = (pass: Pass, x: TF.Tensor2D, bias: boolean, activation: Fusable): TF.Tensor2D => {
  const weight = parameter(pass, "weight", 2)
  if (bias) return pass.ops.dense(x, weight, parameter(pass, "bias", 1), activation)
  const y = pass.tf.matMul<TF.Tensor2D>(x, weight)
  return activation === "relu" ? pass.tf.relu(y) : y
}

const compute = <T extends TF.Tensor>(
  pass: Pass,
  x: T,
  { inputs, outputs, bias = true }: DenseOptions,
  activation: Fusable
): T => {
  const { tf } = pass
  expectLast(pass, KIND, x, inputs)
  const alone = x.rank === 2
  const flat: TF.Tensor = alone ? x : tf.reshape(x, [x.size / inputs, inputs])
  const rows = HostTensor.ranked(flat, 2, "the input")
  const y = onRows(pass, rows, bias, activation)
  const shaped: TF.Tensor = alone ? y : tf.reshape(y, [...x.shape.slice(0, -1), outputs])
  visit(pass, KIND, x, shaped, x.size * outputs)
  // oxlint-disable-next-line typescript/consistent-type-assertions -- all axes but the last are as they were
  return shaped as T
}

/**
 * A linear map of the last axis: `[…, inputs]` to `[…, outputs]`, with `weight` `[inputs, outputs]` and `bias`
 * `[outputs]`: the transpose of PyTorch's `Linear`.
 */
export const dense = (options: DenseOptions): Same => ({
  kind: KIND,
  inputs: options.inputs,
  outputs: options.outputs,
  parameters: specs(options),
  apply: (pass, x) => compute(pass, x, options, "linear"),
  fuse: (key, [next]) =>
    next !== undefined && isActivation(next.module) && next.module.fusable !== undefined
      ? { takes: 1, apply: (pass, x) => compute(inside(pass, key), x, options, "relu") }
      : undefined
})
