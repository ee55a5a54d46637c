/**
 * Cross-entropy with label smoothing (Szegedy et al., 2016), weights of classes and mixed labels (Zhang et al., 2018),
 * averaged as PyTorch's `CrossEntropyLoss` does: over the weights of the true classes.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import { Decay, field, NonNegative } from "../../../pipeline/plan/Plan.ts"

export const LossOptions = Schema.Struct({
  label_smoothing: field(Decay, 0, "Part of a label that is spread evenly over all classes."),
  class_weights: field(
    Schema.NullOr(Schema.NonEmptyArray(NonNegative)),
    null,
    "What a sample of each class counts, one number a class; null: all alike."
  )
})
export type LossOptions = typeof LossOptions.Type

/** Labels of a batch: classes counted from 0. */
export interface Labels {
  readonly labels: ArrayLike<number>
  /** The other label of each sample, and the part of the first that remains, in [0, 1]. */
  readonly mixed?: { readonly labels: ArrayLike<number>; readonly part: number } | undefined
}

/** Adds `part` of what `coefficients` says of one set of labels. */
const add = (
  made: Float32Array,
  labels: ArrayLike<number>,
  part: number,
  { label_smoothing, class_weights }: LossOptions
): void => {
  const classes = made.length / labels.length
  const weightOf = (label: number): number => class_weights?.[label] ?? 1
  const total = Array.from(labels, weightOf).reduce((sum, weight) => sum + weight, 0)
  // Of classes that count nothing alone there is nothing to learn.
  if (total === 0) return
  const own = ((1 - label_smoothing) * part) / total
  const evenly = ((label_smoothing / classes) * part) / total
  for (const [at, before] of made.entries()) {
    const c = at % classes
    const label = labels[Math.floor(at / classes)]
    made[at] = before + weightOf(c) * (c === label ? own + evenly : evenly)
  }
}

/**
 * What each log-probability is multiplied by, so that the loss is minus the sum: row-major `[batch, classes]`. With
 * w the weights, y the labels and s the smoothing, `w_c ((1 - s) [c = y] + s / classes)` over the sum of `w_y`; a
 * mixture has the sum of both labels' by their parts.
 */
export const coefficients = (
  { labels, mixed }: Labels,
  classes: number,
  options: LossOptions
): Float32Array => {
  const made = new Float32Array(labels.length * classes)
  add(made, labels, mixed?.part ?? 1, options)
  if (mixed !== undefined) add(made, mixed.labels, 1 - mixed.part, options)
  return made
}

/** The loss of `logits` `[batch, classes]`. */
export const make = (tf: typeof TF, logits: TF.Tensor2D, labels: Labels, options: LossOptions): TF.Scalar => {
  const weights = tf.tensor2d(coefficients(labels, logits.shape[1], options), logits.shape)
  return tf.neg(tf.sum<TF.Scalar>(tf.mul(weights, tf.logSoftmax(logits))))
}
