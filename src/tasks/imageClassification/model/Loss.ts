/**
 * Cross-entropy with label smoothing (Szegedy et al., 2016), weights of classes and mixed labels (Zhang et al., 2018),
 * averaged as PyTorch's `CrossEntropyLoss` does: over the weights of the true classes.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import { Decay, field, NonNegative } from "../../../pipeline/plan/PlanField.ts"

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

/**
 * What each log-probability is multiplied by, so that the loss is minus the sum: row-major `[batch, classes]`. With
 * w the weights, y the labels and s the smoothing, `w_c ((1 - s) [c = y] + s / classes)` over the sum of `w_y`; a
 * mixture has the sum of both labels' by their parts.
 */
export const coefficients = (
  { labels, mixed }: Labels,
  classes: number,
  { label_smoothing, class_weights }: LossOptions
): Float32Array => {
  const weightOf = (label: number): number => class_weights?.[label] ?? 1
  const made = new Float32Array(labels.length * classes)
  const add = (of: ArrayLike<number>, part: number) => {
    let total = 0
    for (let i = 0; i < of.length; i++) total += weightOf(of[i] ?? 0)
    if (total === 0 || part === 0) return
    const evenly = ((label_smoothing / classes) * part) / total
    for (let i = 0; i < of.length; i++) {
      const label = of[i] ?? 0
      for (let c = 0; c < classes; c++) {
        const at = i * classes + c
        const own = c === label ? ((1 - label_smoothing) * part) / total : 0
        made[at] = (made[at] ?? 0) + weightOf(c) * (evenly + own)
      }
    }
  }
  add(labels, mixed?.part ?? 1)
  if (mixed !== undefined) add(mixed.labels, 1 - mixed.part)
  return made
}

/** The loss of `logits` `[batch, classes]`. */
export const make = (tf: typeof TF, logits: TF.Tensor2D, labels: Labels, options: LossOptions): TF.Scalar => {
  const weights = tf.tensor2d(coefficients(labels, logits.shape[1], options), logits.shape)
  return tf.neg(tf.sum<TF.Scalar>(tf.mul(weights, tf.logSoftmax(logits))))
}
