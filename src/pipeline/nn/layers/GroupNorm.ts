/** Norms over the positions and a group of the channels of each example (Wu and He, 2018). */
import type * as TF from "@tensorflow/tfjs-core"
import * as Initial from "../Initial.ts"
import type { Same } from "../Module.ts"
import { expectLast, type Pass, parameter, refuse, visit } from "../Pass.ts"
import { standardise } from "../Standardise.ts"
import { channelSpec } from "./LayerNorm.ts"
import { checkWhole } from "./Padding.ts"

export interface InstanceNormOptions {
  /** Added to the variance before its root is taken. Default 1e-5. */
  readonly epsilon?: number
  /** Whether it has `weight` and `bias`. Default true. */
  readonly affine?: boolean
}

export interface GroupNormOptions extends InstanceNormOptions {
  readonly channels: number
  /** Parts of the channels that are normalised together; divides them. */
  readonly groups: number
}

const KIND = "groupNorm"

const normalise = <T extends TF.Tensor>(
  { tf }: Pass,
  x: T,
  { channels, groups, epsilon = 1e-5 }: GroupNormOptions
): T => {
  const batch = x.shape[0] ?? 1
  const positions = x.size / (batch * channels)
  const apart: TF.Tensor4D = tf.reshape(x, [batch, positions, groups, channels / groups])
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the shape is the input's
  return tf.reshape<TF.Rank>(standardise(tf, apart, { axes: [1, 3], epsilon, centred: true }), x.shape) as T
}

/**
 * Normalises each of `groups` runs of neighbouring channels over them and all positions, for each example of
 * `[batch, …, channels]` alone; `weight` and `bias` are `[channels]`. The same in training and in evaluation.
 */
export const groupNorm = (options: GroupNormOptions): Same => {
  const { channels, groups, affine = true } = options
  checkWhole(KIND, "channels and groups", [channels, groups], 1)
  if (channels % groups !== 0)
    refuse(KIND, `has ${groups} groups, which do not divide ${channels} channels`, "Use a divisor.")
  return {
    kind: KIND,
    inputs: channels,
    outputs: channels,
    parameters: affine
      ? [channelSpec("weight", channels, Initial.ones), channelSpec("bias", channels, Initial.zeros)]
      : [],
    apply: (pass, x) => {
      const { tf } = pass
      expectLast(pass, KIND, x, channels)
      const plain = normalise(pass, x, options)
      const y = affine
        ? tf.add<typeof x>(tf.mul(plain, parameter(pass, "weight", 1)), parameter(pass, "bias", 1))
        : plain
      visit(pass, KIND, x, y)
      return y
    }
  }
}

/** Normalises each channel of each example alone (Ulyanov et al., 2016): a group norm with a group for each channel. */
export const instanceNorm = (channels: number, options: InstanceNormOptions = {}): Same =>
  groupNorm({ ...options, channels, groups: channels })
