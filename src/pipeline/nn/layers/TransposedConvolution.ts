/** Transposed convolutions, which make pictures larger: each pixel adds a multiple of the filter to the result. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import type { Module } from "../Module.ts"
import { expect, type Pass, parameter, refuse, visit } from "../Pass.ts"
import * as Padding from "./Padding.ts"

export interface Conv2dTransposeOptions {
  readonly inputs: number
  readonly outputs: number
  /** Height and width of the filter, one number for both. */
  readonly kernel: number | readonly [number, number]
  /** Pixels of the result between those of the input. Default 1. */
  readonly stride?: number | readonly [number, number]
  /** Rows and columns cut from every side of the result, as PyTorch's `padding`. Default 0. */
  readonly padding?: number | readonly [number, number]
  /** Rows and columns added below and on the right, less than the stride: PyTorch's `output_padding`. Default 0. */
  readonly outputPadding?: number | readonly [number, number]
  /** Default true. */
  readonly bias?: boolean
  /** First values of `weight`. Default normal, with the variance 2 / values that an output is made of. */
  readonly init?: Initial.Initial
  /** First values of `bias`. Default zeros. */
  readonly biasInit?: Initial.Initial
}

const KIND = "conv2dTranspose"

interface Settled {
  readonly inputs: number
  readonly outputs: number
  readonly bias: boolean
  /** `[height, width]` of each. */
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  readonly cut: readonly [number, number]
  readonly added: readonly [number, number]
}

const settle = (options: Conv2dTransposeOptions): Settled => {
  const { inputs, outputs, bias = true, padding = 0, outputPadding = 0 } = options
  Padding.checkWhole(KIND, "inputs and outputs", [inputs, outputs], 1)
  const { kernel, stride } = Padding.windowOf(KIND, { ...options, padding })
  const [cut, added] = [Padding.pairOf(padding), Padding.pairOf(outputPadding)]
  Padding.checkWhole(KIND, "output padding", added, 0)
  if (added[0] >= stride[0] || added[1] >= stride[1])
    refuse(
      KIND,
      `has the output padding ${added.join(", ")}`,
      `Use less than the stride, ${stride.join(", ")}.`
    )
  return { inputs, outputs, bias, kernel, stride, cut, added }
}

/** Fans as PyTorch counts them, which takes the outputs for the inputs here. */
const specs = (settled: Settled, options: Conv2dTransposeOptions): ReadonlyArray<ParameterSpec> => {
  const { inputs, outputs, kernel, stride, bias } = settled
  const gain = Math.SQRT2 * Math.sqrt(stride[0] * stride[1])
  const { init = Initial.heNormal({ mode: "out", gain }), biasInit = Initial.zeros } = options
  const [height, width] = kernel
  const fans = { fanIn: height * width * outputs, fanOut: height * width * inputs }
  const shape = [height, width, outputs, inputs]
  const weight = { name: "weight", shape, trainable: true, decay: true, init: init({ shape, ...fans }) }
  if (!bias) return [weight]
  const first = biasInit({ shape: [outputs], ...fans })
  return [weight, { name: "bias", shape: [outputs], trainable: true, decay: false, init: first }]
}

/** Rows or columns: of the whole result, as far as it is wanted, and of what is left when it is cut. */
const lengths = (length: number, { kernel, stride, cut, added }: Settled, axis: 0 | 1) => {
  const whole = (length - 1) * stride[axis] + kernel[axis]
  return { whole: whole + Math.max(0, added[axis] - cut[axis]), left: whole - 2 * cut[axis] + added[axis] }
}

const compute = ({ tf }: Pass, x: TF.Tensor4D, filter: TF.Tensor4D, settled: Settled): TF.Tensor4D => {
  const { outputs, stride, cut } = settled
  const [batch, height, width] = x.shape
  const [rows, columns] = [lengths(height, settled, 0), lengths(width, settled, 1)]
  const whole = tf.conv2dTranspose<TF.Tensor4D>(
    x,
    filter,
    [batch, rows.whole, columns.whole, outputs],
    [...stride],
    "valid"
  )
  return cut[0] === 0 && cut[1] === 0
    ? whole
    : tf.slice4d(whole, [0, cut[0], cut[1], 0], [batch, rows.left, columns.left, outputs])
}

/**
 * `[batch, height, width, inputs]` to `[batch, height', width', outputs]`, with
 * `height' = (height - 1) · stride - 2 · padding + kernel + outputPadding`, `weight` `[height, width, outputs, inputs]`
 * and `bias` `[outputs]`: the gradient of a convolution with that filter, as PyTorch's `ConvTranspose2d`.
 */
export const conv2dTranspose = (options: Conv2dTransposeOptions): Module<TF.Tensor4D, TF.Tensor4D> => {
  const settled = settle(options)
  const { inputs, outputs, kernel, bias } = settled
  return {
    kind: KIND,
    inputs,
    outputs,
    parameters: specs(settled, options),
    apply: (pass, x) => {
      expect(pass, KIND, x, ["batch", "height", "width", inputs])
      const y = compute(pass, x, parameter(pass, "weight", 4), settled)
      visit(pass, KIND, x, y, x.size * kernel[0] * kernel[1] * outputs)
      return bias ? pass.tf.add<TF.Tensor4D>(y, parameter(pass, "bias", 1)) : y
    }
  }
}
