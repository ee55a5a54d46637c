/** Losses of the difference between predicted and target, of one shape, float32, element by element as in PyTorch. */
import type * as TF from "@tensorflow/tfjs-core"
import { type ElementOptions, type Reduced, type Reduction, reduceElements } from "./Reduction.ts"
import * as Shapes from "./Shapes.ts"

/** Squared difference, as PyTorch's `mse_loss`. */
export const mse = <R extends Reduction = "mean">(
  tf: typeof TF,
  predicted: TF.Tensor,
  target: TF.Tensor,
  options: ElementOptions<R> = {}
): Reduced<R> => reduceElements(tf, tf.square(difference(tf, "Loss.mse", predicted, target)), options)

/** Absolute difference, as PyTorch's `l1_loss`; its derivative at 0 is 0. */
export const l1 = <R extends Reduction = "mean">(
  tf: typeof TF,
  predicted: TF.Tensor,
  target: TF.Tensor,
  options: ElementOptions<R> = {}
): Reduced<R> => reduceElements(tf, tf.abs(difference(tf, "Loss.l1", predicted, target)), options)

export interface HuberOptions<R extends Reduction> extends ElementOptions<R> {
  /** Difference, above 0, from which the loss is linear. Default 1. */
  readonly delta?: number | undefined
}

/**
 * Huber's loss (1964), as PyTorch's `huber_loss`: `d² / 2` of a difference d below delta, and
 * `delta (|d| - delta / 2)` from there on.
 */
export const huber = <R extends Reduction = "mean">(
  tf: typeof TF,
  predicted: TF.Tensor,
  target: TF.Tensor,
  options: HuberOptions<R> = {}
): Reduced<R> => {
  const { delta = 1 } = options
  if (!(delta > 0)) throw new Error(`Loss.huber needs delta above 0, not ${delta}`)
  return reduceElements(tf, bend(tf, difference(tf, "Loss.huber", predicted, target), delta), options)
}

export interface SmoothL1Options<R extends Reduction> extends ElementOptions<R> {
  /** Difference from which the loss is linear; 0 makes it `l1`. Default 1. */
  readonly beta?: number | undefined
}

/**
 * L1 that is rounded at 0 (Girshick, 2015), as PyTorch's `smooth_l1_loss`: `d² / (2 beta)` of a difference d below
 * beta, and `|d| - beta / 2` from there on.
 */
export const smoothL1 = <R extends Reduction = "mean">(
  tf: typeof TF,
  predicted: TF.Tensor,
  target: TF.Tensor,
  options: SmoothL1Options<R> = {}
): Reduced<R> => {
  const { beta = 1 } = options
  if (!(beta >= 0)) throw new Error(`Loss.smoothL1 needs beta from 0 up, not ${beta}`)
  const d = difference(tf, "Loss.smoothL1", predicted, target)
  const losses = beta === 0 ? tf.abs(d) : tf.div(bend(tf, d, beta), beta)
  return reduceElements(tf, losses, options)
}

const difference = (tf: typeof TF, loss: string, predicted: TF.Tensor, target: TF.Tensor): TF.Tensor => {
  Shapes.same(loss, ["predicted", predicted], ["target", target])
  return tf.sub(predicted, target)
}

/** Huber's loss without branches: `c (|d| - c / 2)` with `c = min(|d|, delta)`. */
const bend = (tf: typeof TF, d: TF.Tensor, delta: number): TF.Tensor => {
  const size = tf.abs(d)
  const bounded = tf.minimum(size, delta)
  return tf.mul(bounded, tf.sub(size, tf.mul(bounded, 0.5)))
}
