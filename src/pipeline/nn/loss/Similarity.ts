/** Losses of embeddings by the cosine between them: pairs that belong together are near, others apart. */
import type * as TF from "@tensorflow/tfjs-core"
import { crossEntropy } from "./CrossEntropy.ts"
import { type Reduced, type Reduction, type ReductionOptions, reduce } from "./Reduction.ts"
import * as Shapes from "./Shapes.ts"

/** Added to the square of a length, as in PyTorch: a vector of zeros has a cosine of 0, with a finite derivative. */
const epsilon = 1e-12

export interface CosineOptions<R extends Reduction> extends ReductionOptions<R> {
  /** For each pair 1 if it belongs together, -1 if not. Default 1 each. */
  readonly labels?: ArrayLike<number> | undefined
  /** Cosine, in [-1, 1], below which a pair that does not belong together costs nothing. Default 0. */
  readonly margin?: number | undefined
}

/**
 * Of pairs of rows of `a` and `b`, `[batch, size]`, float32, as PyTorch's `cosine_embedding_loss`: `1 - cos` if they
 * belong together, `max(0, cos - margin)` if not. `none` gives `[batch]`.
 */
export const cosine = <R extends Reduction = "mean">(
  tf: typeof TF,
  a: TF.Tensor2D,
  b: TF.Tensor2D,
  options: CosineOptions<R> = {}
): Reduced<R> => {
  Shapes.same("Loss.cosine", ["a", a], ["b", b])
  const { labels, margin = 0, reduction } = options
  const cosines = tf.sum(tf.mul(unit(tf, a), unit(tf, b)), 1)
  const apart = tf.sub(1, cosines)
  if (labels === undefined) return reduce(tf, apart, reduction)
  const together = tf.tensor1d(belonging(labels, a.shape[0]))
  const near = tf.relu(tf.sub(cosines, margin))
  const losses = tf.add(tf.mul(together, apart), tf.mul(tf.sub(1, together), near))
  return reduce(tf, losses, reduction)
}

/** 1 for a label of 1, 0 for one of -1. */
const belonging = (labels: ArrayLike<number>, pairs: number): Float32Array => {
  Shapes.count("Loss.cosine", "labels", labels.length, pairs, "pairs")
  return Float32Array.from(labels, (label, pair) => {
    if (label !== 1 && label !== -1)
      throw new Error(`Loss.cosine got label ${label} for pair ${pair}: it is 1 or -1`)
    return label === 1 ? 1 : 0
  })
}

/** Rows of length 1. */
const unit = (tf: typeof TF, x: TF.Tensor2D): TF.Tensor2D =>
  tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), 1, true), epsilon)))

export interface InfoNceOptions<R extends Reduction> extends ReductionOptions<R> {
  /** What cosines are divided by, above 0; a scalar if it is learnt. Default 0.1. */
  readonly temperature?: number | TF.Scalar | undefined
  /** The mean of both directions, as in CLIP (Radford et al., 2021). Default false. */
  readonly symmetric?: boolean | undefined
}

/**
 * InfoNCE (van den Oord et al., 2018): each row of `queries` `[batch, size]` is to find its own row of `keys`
 * `[keys, size]`, the one with its number, among all; keys beyond the batch are further negatives. Float32; lengths do
 * not matter. `none` gives `[batch]`.
 */
export const infoNce = <R extends Reduction = "mean">(
  tf: typeof TF,
  queries: TF.Tensor2D,
  keys: TF.Tensor2D,
  options: InfoNceOptions<R> = {}
): Reduced<R> => {
  const { temperature = 0.1, symmetric = false, reduction } = options
  const [batch] = queries.shape
  checkKeys(queries, keys, symmetric)
  if (typeof temperature === "number" && !(temperature > 0))
    throw new Error(`Loss.infoNce needs a temperature above 0, not ${temperature}`)
  const cosines = tf.matMul(unit(tf, queries), tf.transpose(unit(tf, keys)))
  const logits = tf.div<TF.Tensor2D>(cosines, temperature)
  const own = Int32Array.from({ length: batch }, (_, row) => row)
  const each = (of: TF.Tensor2D) => crossEntropy(tf, of, own, { reduction: "none" })
  if (!symmetric) return reduce(tf, each(logits), reduction)
  return reduce(tf, tf.mul(tf.add(each(logits), each(tf.transpose(logits))), 0.5), reduction)
}

const checkKeys = (queries: TF.Tensor2D, keys: TF.Tensor2D, symmetric: boolean): void => {
  const enough = symmetric ? keys.shape[0] === queries.shape[0] : keys.shape[0] >= queries.shape[0]
  if (enough && keys.shape[1] === queries.shape[1]) return
  const wanted = symmetric ? "keys of the same shape" : "a key for each query, of the same size"
  throw new Error(
    `Loss.infoNce needs ${wanted}, but queries have ${Shapes.text(queries.shape)} and keys ${Shapes.text(keys.shape)}`
  )
}
