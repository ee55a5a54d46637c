/** From the loss of each element to what is asked for: their mean, their sum, or each of them. */
import type * as TF from "@tensorflow/tfjs-core"

/** `mean` and `sum` make a scalar; `none` keeps a loss for each element or row. Default `mean`. */
export type Reduction = "mean" | "sum" | "none"

export type Reduced<R extends Reduction> = R extends "none" ? TF.Tensor : TF.Scalar

export interface ReductionOptions<R extends Reduction> {
  /** Default `mean`. */
  readonly reduction?: R | undefined
}

/** Of losses that have one value an element. */
export interface ElementOptions<R extends Reduction> extends ReductionOptions<R> {
  /** Factors of the losses, broadcast to their shape; the mean is still taken over the number of elements. */
  readonly weights?: TF.Tensor | undefined
  /** 1 where an element counts, otherwise 0, broadcast to the losses; the mean is over those that count, 0 if none. */
  readonly mask?: TF.Tensor | undefined
}

/** Far below any sum of weights that counts something; prevents 0 / 0. */
const nothing = 1e-30

/** Reduces `losses`; the mean is their sum over `count`, by default their number, and 0 if a tensor of it is 0. */
export const reduce = <R extends Reduction>(
  tf: typeof TF,
  losses: TF.Tensor,
  reduction: R | undefined,
  count: number | TF.Tensor = losses.size
): Reduced<R> => {
  // In TensorFlow.js' types the caller says what comes out.
  if (reduction === "none") return tf.mul<Reduced<R>>(losses, 1)
  if (reduction === "sum") return tf.sum<Reduced<R>>(losses)
  if (typeof count === "number") return tf.mul<Reduced<R>>(tf.sum(losses), 1 / count)
  const counts = tf.cast(tf.greater(count, 0), "float32")
  return tf.mul<Reduced<R>>(tf.sum(losses), tf.div(counts, tf.maximum(count, nothing)))
}

/** The same, of losses with weights and a mask. */
export const reduceElements = <R extends Reduction>(
  tf: typeof TF,
  losses: TF.Tensor,
  { reduction, weights, mask }: ElementOptions<R>
): Reduced<R> => {
  const weighted = weights === undefined ? losses : tf.mul(losses, weights)
  if (mask === undefined) return reduce(tf, weighted, reduction)
  const count = tf.mul(tf.sum(mask), losses.size / mask.size)
  return reduce(tf, tf.mul(weighted, mask), reduction, count)
}
