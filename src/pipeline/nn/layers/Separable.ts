/** Convolutions of each channel alone, and with a 1 x 1 convolution after them (Howard et al., 2017). */
import type * as TF from "@tensorflow/tfjs-core"
import type { Module } from "../Module.ts"
import { sequential } from "../Module.ts"
import { type Conv2dOptions, conv2d } from "./Convolution.ts"

export interface DepthwiseOptions extends Omit<Conv2dOptions, "inputs" | "outputs" | "groups"> {
  readonly channels: number
  /** Outputs of each channel. Default 1. */
  readonly multiplier?: number
}

export interface SeparableOptions extends Omit<Conv2dOptions, "groups"> {
  /** Outputs of each channel before the 1 x 1 convolution. Default 1. */
  readonly multiplier?: number
}

/**
 * Each channel with filters of its own: `[batch, height, width, channels]` to
 * `[batch, height', width', channels · multiplier]`, with `weight` `[height, width, channels, multiplier]`.
 */
export const depthwiseConv2d = (options: DepthwiseOptions): Module<TF.Tensor4D, TF.Tensor4D> => {
  const { channels, multiplier = 1, ...others } = options
  return conv2d({ ...others, inputs: channels, outputs: channels * multiplier, groups: channels })
}

/**
 * `depthwise` without bias, then `pointwise`, 1 x 1, with: `[batch, height, width, inputs]` to
 * `[batch, height', width', outputs]`. Stride, dilation and padding are those of `depthwise`.
 */
export const separableConv2d = (options: SeparableOptions): Module<TF.Tensor4D, TF.Tensor4D> => {
  const { inputs, outputs, multiplier = 1, bias = true, init, biasInit, ...window } = options
  const initial = init === undefined ? {} : { init }
  return sequential({
    depthwise: depthwiseConv2d({ ...window, ...initial, channels: inputs, multiplier, bias: false }),
    pointwise: conv2d({
      ...initial,
      ...(biasInit === undefined ? {} : { biasInit }),
      inputs: inputs * multiplier,
      outputs,
      kernel: 1,
      bias
    })
  })
}
