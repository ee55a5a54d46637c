/** Cross-entropy of logits and classes or probabilities, as PyTorch's `cross_entropy`. */
import type * as TF from "@tensorflow/tfjs-core"
import { coefficients, type LabelOptions, type Labels } from "./ClassLabels.ts"
import { type Reduced, type Reduction, type ReductionOptions, reduce } from "./Reduction.ts"
import * as Shapes from "./Shapes.ts"

export interface CrossEntropyOptions<R extends Reduction> extends LabelOptions, ReductionOptions<R> {}

/**
 * Cross-entropy of `logits` `[..., classes]`, float32, in nats, with label smoothing (Szegedy et al., 2016), weights of
 * classes and ignored rows as in PyTorch: the mean is over the weights of the true classes, and of probabilities over
 * all rows; `none` gives `[...]`. A mean over nothing is 0, where PyTorch has NaN.
 *
 * Throws if a label in host memory is no class; an int32 tensor is not read back, and a row of it with a class that does
 * not exist counts nothing.
 */
export const crossEntropy = <R extends Reduction = "mean">(
  tf: typeof TF,
  logits: TF.Tensor,
  labels: Labels,
  options: CrossEntropyOptions<R> = {}
): Reduced<R> => {
  Shapes.atLeast("Loss.crossEntropy", "logits", logits, 1, "[..., classes]")
  const { values, count } = coefficients(tf, logits, labels, options)
  const logProbabilities = tf.logSoftmax(tf.reshape(logits, values.shape))
  const losses = tf.neg(tf.sum(tf.mul(values, logProbabilities), 1))
  return reduce(tf, tf.reshape(losses, logits.shape.slice(0, -1)), options.reduction, count)
}
