/** Convolutions of sequences, `[batch, length, channels]`: those of pictures of one row. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Module } from "../Module.ts"
import { expect, parameter, visit } from "../Pass.ts"
import { biased, type Conv2dOptions, convolve, settle, specs } from "./Convolution.ts"
import type { Padding } from "./Padding.ts"

export interface Conv1dOptions extends Omit<Conv2dOptions, "kernel" | "stride" | "dilation" | "padding"> {
  /** Length of the filter. */
  readonly kernel: number
  /** Steps between outputs. Default 1. */
  readonly stride?: number
  /** Steps between the filter's taps. Default 1. */
  readonly dilation?: number
  /**
   * `same`, `valid`, a number of zeros at both ends, or `[before, after]`: `[(kernel - 1) · dilation, 0]` is causal.
   * Default `same`.
   */
  readonly padding?: "same" | "valid" | number | readonly [before: number, after: number]
}

const KIND = "conv1d"

const sidesOf = (padding: Conv1dOptions["padding"] = "same"): Padding => {
  if (typeof padding === "string") return padding
  return [[0, 0], typeof padding === "number" ? [padding, padding] : padding]
}

/**
 * A convolution: `[batch, length, inputs]` to `[batch, length', outputs]`, with `weight`
 * `[kernel, inputs / groups, outputs]` and `bias` `[outputs]`. With as many groups as inputs it is depthwise, and
 * `weight` is `[kernel, inputs, outputs / inputs]`.
 */
export const conv1d = (options: Conv1dOptions): Module<TF.Tensor3D, TF.Tensor3D> => {
  const { kernel, stride = 1, dilation = 1, padding, ...others } = options
  const row = {
    ...others,
    kernel: [1, kernel],
    stride: [1, stride],
    dilation: [1, dilation],
    padding: sidesOf(padding)
  } as const
  const settled = settle(KIND, row)
  return {
    kind: KIND,
    inputs: settled.inputs,
    outputs: settled.outputs,
    parameters: specs(settled, row).map((spec) =>
      spec.name === "weight" ? { ...spec, shape: spec.shape.slice(1) } : spec
    ),
    apply: (pass, x) => {
      const { tf } = pass
      expect(pass, KIND, x, ["batch", "length", settled.inputs])
      const filter: TF.Tensor4D = tf.expandDims(parameter(pass, "weight", 3), 0)
      const y = biased(pass, convolve(pass, tf.expandDims(x, 1), filter, settled), settled)
      const sequence: TF.Tensor3D = tf.squeeze(y, [1])
      visit(pass, KIND, x, sequence, (y.size * kernel * settled.inputs) / settled.groups)
      return sequence
    }
  }
}
