/** Norms of each position alone, over the last axis: the same in training and in evaluation. */
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import type { Same } from "../Module.ts"
import { expectLast, parameter, visit } from "../Pass.ts"
import { standardise } from "../Standardise.ts"
import { checkWhole } from "./Padding.ts"

export interface LayerNormOptions {
  /** Added to the variance before its root is taken. Default 1e-5. */
  readonly epsilon?: number
  /** Default true. */
  readonly bias?: boolean
}

export interface RmsNormOptions {
  /** Added to the mean of squares before its root is taken. Default 2⁻²³, float32's, as in PyTorch. */
  readonly epsilon?: number
}

/** A scale or an offset, `[channels]`. */
export const channelSpec = (name: string, channels: number, first: Initial.Initial): ParameterSpec => ({
  name,
  shape: [channels],
  trainable: true,
  decay: false,
  init: first({ shape: [channels], fanIn: 1, fanOut: channels })
})

const make = (
  kind: string,
  channels: number,
  { epsilon, bias, centred }: { readonly epsilon: number; readonly bias: boolean; readonly centred: boolean }
): Same => {
  checkWhole(kind, "channels", [channels], 1)
  return {
    kind,
    inputs: channels,
    outputs: channels,
    parameters: [
      channelSpec("weight", channels, Initial.ones),
      ...(bias ? [channelSpec("bias", channels, Initial.zeros)] : [])
    ],
    apply: (pass, x) => {
      const { tf } = pass
      expectLast(pass, kind, x, channels)
      const hat = standardise(tf, x, { axes: [x.rank - 1], epsilon, centred })
      const scaled = tf.mul<typeof x>(hat, parameter(pass, "weight", 1))
      const y = bias ? tf.add<typeof x>(scaled, parameter(pass, "bias", 1)) : scaled
      visit(pass, kind, x, y)
      return y
    }
  }
}

/**
 * `(x - mean) / √(variance + ε) · weight + bias` (Ba et al., 2016) over the last axis of `[…, channels]`, with `weight`
 * and `bias` `[channels]`.
 */
export const layerNorm = (channels: number, { epsilon = 1e-5, bias = true }: LayerNormOptions = {}): Same =>
  make("layerNorm", channels, { epsilon, bias, centred: true })

/** `x / √(mean of x² + ε) · weight` (Zhang and Sennrich, 2019) over the last axis of `[…, channels]`. */
export const rmsNorm = (channels: number, { epsilon = 2 ** -23 }: RmsNormOptions = {}): Same =>
  make("rmsNorm", channels, { epsilon, bias: false, centred: false })
