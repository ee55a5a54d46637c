/** Batch normalisation (Ioffe and Szegedy, 2015) over all axes but the last. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import type { Entry, Fused, Same } from "../Module.ts"
import { expectLast, inside, type Pass, parameter, statistic, update, visit } from "../Pass.ts"
import { isActivation } from "./Activation.ts"

export interface BatchNormOptions {
  /** Added to a variance before its root is taken. Default 1e-5. */
  readonly epsilon?: number
  /** The fraction of a running statistic that a batch replaces, PyTorch's `momentum`. Default 0.1. */
  readonly momentum?: number
  /**
   * Whether the running variance divides by n - 1, as PyTorch's does, or by n, as Keras's. Default true.
   */
  readonly unbiased?: boolean
}

export interface BatchNorm extends Same {
  readonly options: Required<BatchNormOptions> & { readonly channels: number }
}

const KIND = "batchNorm"

const specs = (channels: number): ReadonlyArray<ParameterSpec> => {
  const channel = (name: string, trainable: boolean, first: Initial.Initial): ParameterSpec => {
    const shape = [channels]
    return { name, shape, trainable, decay: false, init: first({ shape, fanIn: 1, fanOut: channels }) }
  }
  return [
    channel("weight", true, Initial.ones),
    channel("bias", true, Initial.zeros),
    channel("running_mean", false, Initial.zeros),
    channel("running_var", false, Initial.ones)
  ]
}

const move = (pass: Pass, own: string, seen: TF.Tensor1D, momentum: number): void => {
  const { tf } = pass
  const kept = tf.mul(statistic(pass, own), 1 - momentum)
  update(pass, own, tf.add(kept, tf.mul(seen, momentum)))
}

/** In training: by the batch's statistics, which move the running ones, with the activation in the same operation. */
export const normalise = (
  pass: Pass,
  x: TF.Tensor4D,
  { epsilon, momentum, unbiased, channels }: BatchNorm["options"],
  activation: "linear" | "relu"
): TF.Tensor4D => {
  const [gamma, beta] = [parameter(pass, "weight", 1), parameter(pass, "bias", 1)]
  const { y, mean, variance } = pass.ops.batchNormTrain(x, gamma, beta, epsilon, activation)
  const count = x.size / channels
  const seen = unbiased && count > 1 ? pass.tf.mul<TF.Tensor1D>(variance, count / (count - 1)) : variance
  move(pass, "running_mean", mean, momentum)
  move(pass, "running_var", seen, momentum)
  visit(pass, KIND, x, y)
  return y
}

/** In evaluation: `y = x · scale + shift`, with `scale = γ / √(σ² + ε)` and `shift = β - μ · scale`. */
export const folded = (pass: Pass, { epsilon }: Pick<BatchNorm["options"], "epsilon">) => {
  const { tf } = pass
  const spread = tf.sqrt(tf.add(statistic(pass, "running_var"), epsilon))
  const scale = tf.div<TF.Tensor1D>(parameter(pass, "weight", 1), spread)
  const shift = tf.sub<TF.Tensor1D>(
    parameter(pass, "bias", 1),
    tf.mul(statistic(pass, "running_mean"), scale)
  )
  return { scale, shift }
}

const compute = <T extends TF.Tensor>(
  pass: Pass,
  x: T,
  options: BatchNorm["options"],
  activation: "linear" | "relu"
): T => {
  const { tf } = pass
  expectLast(pass, KIND, x, options.channels)
  if (pass.mode === "train") {
    const [a, b, c] = x.shape
    const sides: [number, number, number, number] =
      x.rank === 4 ? [a ?? 1, b ?? 1, c ?? 1, options.channels] : [-1, 1, 1, options.channels]
    const y = normalise(pass, tf.reshape(x, sides), options, activation)
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the shape is the input's
    return tf.reshape<TF.Rank>(y, x.shape) as T
  }
  const { scale, shift } = folded(pass, options)
  const y = tf.add<T>(tf.mul(x, scale), shift)
  visit(pass, KIND, x, y)
  return activation === "relu" ? tf.relu(y) : y
}

export const isBatchNorm = (module: object): module is BatchNorm =>
  "kind" in module && module.kind === KIND && "options" in module

const fuse =
  (options: BatchNorm["options"]) =>
  (key: string, [next]: ReadonlyArray<Entry>): Fused | undefined =>
    next !== undefined && isActivation(next.module) && next.module.fusable !== undefined
      ? { takes: 1, apply: (pass, x) => compute(inside(pass, key), x, options, "relu") }
      : undefined

/**
 * Normalises each channel, the last axis of any tensor. In training by the batch's mean and variance, which move the
 * running ones; in evaluation by those. Parameters `weight` and `bias`, statistics `running_mean` and `running_var`, all
 * `[channels]`.
 */
export const batchNorm = (channels: number, options: BatchNormOptions = {}): BatchNorm => {
  const settled = {
    channels,
    epsilon: options.epsilon ?? 1e-5,
    momentum: options.momentum ?? 0.1,
    unbiased: options.unbiased ?? true
  }
  return {
    kind: KIND,
    inputs: channels,
    outputs: channels,
    options: settled,
    parameters: specs(channels),
    apply: (pass, x) => compute(pass, x, settled, "linear"),
    fuse: fuse(settled)
  }
}
