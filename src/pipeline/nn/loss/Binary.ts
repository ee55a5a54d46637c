/** Losses of independent yes-or-no decisions from their logits: binary cross-entropy and focal. */
import type * as TF from "@tensorflow/tfjs-core"
import { type ElementOptions, type Reduced, type Reduction, reduceElements } from "./Reduction.ts"
import * as Shapes from "./Shapes.ts"

export interface BinaryCrossEntropyOptions<R extends Reduction> extends ElementOptions<R> {
  /** What a positive counts, against 1 of a negative: a number, or one for each of the last axis. Default 1. */
  readonly posWeight?: number | ArrayLike<number> | TF.Tensor | undefined
}

/**
 * Binary cross-entropy of `logits` and `target` of one shape, float32, target in [0, 1], in nats, as PyTorch's
 * `binary_cross_entropy_with_logits`: `p t softplus(-x) + (1 - t) softplus(x)` with the weight p of positives.
 */
export const binaryCrossEntropy = <R extends Reduction = "mean">(
  tf: typeof TF,
  logits: TF.Tensor,
  target: TF.Tensor,
  options: BinaryCrossEntropyOptions<R> = {}
): Reduced<R> => {
  Shapes.same("Loss.binaryCrossEntropy", ["logits", logits], ["target", target])
  const positive = tf.mul(target, posWeightOf(tf, logits, options.posWeight ?? 1))
  const ofPositive = tf.mul(positive, tf.softplus(tf.neg(logits)))
  const ofNegative = tf.mul(tf.sub(1, target), tf.softplus(logits))
  return reduceElements(tf, tf.add(ofPositive, ofNegative), options)
}

const posWeightOf = (
  tf: typeof TF,
  logits: TF.Tensor,
  weight: number | ArrayLike<number> | TF.Tensor
): number | TF.Tensor => {
  if (typeof weight === "number" || weight instanceof tf.Tensor) return weight
  Shapes.count("Loss.binaryCrossEntropy", "posWeight", weight.length, logits.shape.at(-1) ?? 1, "classes")
  return tf.tensor1d(Float32Array.from(weight))
}

export interface FocalOptions<R extends Reduction> extends ElementOptions<R> {
  /** Weight of positives in [0, 1], against `1 - alpha` of negatives; `none` weighs both 1. Default 0.25. */
  readonly alpha?: number | "none" | undefined
  /** How much less an element counts that is right already: the power of its error, at least 0. Default 2. */
  readonly gamma?: number | undefined
}

/** Errors below it are taken as this; their loss is 0 in float32, and the power keeps a finite derivative. */
const smallestError = 1e-30

/**
 * Focal loss of `logits` and `target` of one shape, float32, target in [0, 1] (Lin et al., 2017, equation 5), as
 * torchvision's `sigmoid_focal_loss`: `alpha_t e^gamma` times the binary cross-entropy, with the error
 * `e = sigmoid(-x) t + sigmoid(x) (1 - t)`. The mean is over all elements; the paper divides a sum by the number of
 * positives.
 */
export const focal = <R extends Reduction = "mean">(
  tf: typeof TF,
  logits: TF.Tensor,
  target: TF.Tensor,
  options: FocalOptions<R> = {}
): Reduced<R> => {
  Shapes.same("Loss.focal", ["logits", logits], ["target", target])
  const { alpha = 0.25, gamma = 2 } = options
  const other = tf.sub(1, target)
  const entropy = binaryCrossEntropy(tf, logits, target, { reduction: "none" })
  const error = tf.add(tf.mul(tf.sigmoid(tf.neg(logits)), target), tf.mul(tf.sigmoid(logits), other))
  const losses = gamma === 0 ? entropy : tf.mul(entropy, tf.pow(tf.maximum(error, smallestError), gamma))
  if (alpha === "none") return reduceElements(tf, losses, options)
  const balance = tf.add(tf.mul(target, alpha), tf.mul(other, 1 - alpha))
  return reduceElements(tf, tf.mul(losses, balance), options)
}
