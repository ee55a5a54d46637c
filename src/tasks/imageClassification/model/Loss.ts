/** The loss of image classification: cross-entropy of one label a picture, or of two mixed pictures' (Zhang et al., 2018). */
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import { crossEntropy } from "../../../pipeline/nn/loss/CrossEntropy.ts"
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

/** The loss of `logits` `[batch, classes]`; of a mixture the sum of both labels' by their parts. */
export const make = (
  tf: typeof TF,
  logits: TF.Tensor2D,
  { labels, mixed }: Labels,
  { label_smoothing, class_weights }: LossOptions
): TF.Scalar => {
  const options = { smoothing: label_smoothing, classWeights: class_weights ?? undefined }
  const own = crossEntropy(tf, logits, labels, options)
  if (mixed === undefined) return own
  const other = crossEntropy(tf, logits, mixed.labels, options)
  return tf.add(tf.mul(own, mixed.part), tf.mul(other, 1 - mixed.part))
}
