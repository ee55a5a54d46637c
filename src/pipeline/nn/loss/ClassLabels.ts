/** Labels of cross-entropy as coefficients: what each log-probability of a row is multiplied by. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Shapes from "./Shapes.ts"

/**
 * Classes as whole numbers from 0, in host memory or as an int32 tensor, one a row; or probabilities as a float32
 * tensor of the logits' shape.
 */
export type Labels = ArrayLike<number> | TF.Tensor

export interface LabelOptions {
  /** Part of each label that is spread evenly over all classes, in [0, 1] (Szegedy et al., 2016). Default 0. */
  readonly smoothing?: number | undefined
  /** What each class counts, one number a class, not negative. Default 1 each. */
  readonly classWeights?: ArrayLike<number> | TF.Tensor1D | undefined
  /** Rows with this class count nothing; not for probabilities. Default -100. */
  readonly ignoreIndex?: number | undefined
}

export interface Coefficients {
  /** `[rows, classes]`, float32. */
  readonly values: TF.Tensor
  /** What a mean divides by. */
  readonly count: number | TF.Tensor
}

const loss = "Loss.crossEntropy"

/**
 * With w the weights, s the smoothing and t the label's probabilities, 1 and 0 of an index:
 * `w_c ((1 - s) t_c + s / classes)`. The mean is over the weights of the true classes, and of probabilities over rows.
 */
export const coefficients = (
  tf: typeof TF,
  logits: TF.Tensor,
  labels: Labels,
  { smoothing = 0, classWeights, ignoreIndex = -100 }: LabelOptions
): Coefficients => {
  const classes = logits.shape.at(-1) ?? 1
  const rows = logits.size / classes
  const weights = classWeights === undefined ? undefined : weightsOf(tf, classWeights, classes)
  const weighted = (values: TF.Tensor) => (weights === undefined ? values : tf.mul(values, weights))
  const probabilities = probabilitiesOf(tf, logits, labels)
  if (probabilities !== undefined) {
    const smooth = tf.add(tf.mul(probabilities, 1 - smoothing), smoothing / classes)
    return { values: weighted(smooth), count: rows }
  }
  const hot = oneHot(tf, indicesOf(tf, labels, { rows, classes, ignoreIndex }), classes)
  const own = weighted(hot)
  const count = tf.sum(own)
  if (smoothing === 0) return { values: own, count }
  const evenly = weighted(tf.mul(tf.sum(hot, 1, true), smoothing / classes))
  return { values: tf.add(tf.mul(own, 1 - smoothing), evenly), count }
}

const weightsOf = (tf: typeof TF, weights: ArrayLike<number> | TF.Tensor1D, classes: number): TF.Tensor => {
  const tensor = weights instanceof tf.Tensor ? weights : tf.tensor1d(Float32Array.from(weights))
  Shapes.count(loss, "class weights", tensor.size, classes, "classes")
  return tensor
}

/** `[rows, classes]`, or undefined if the labels are classes. */
const probabilitiesOf = (tf: typeof TF, logits: TF.Tensor, labels: Labels): TF.Tensor | undefined => {
  if (!(labels instanceof tf.Tensor) || labels.dtype === "int32") return undefined
  if (labels.dtype !== "float32" || Shapes.text(labels.shape) !== Shapes.text(logits.shape))
    throw new Error(
      `${loss} got labels of type ${labels.dtype} and shape ${Shapes.text(labels.shape)} for logits ` +
        `${Shapes.text(logits.shape)}: classes are int32 without the last axis, probabilities are float32 with the same shape`
    )
  return tf.reshape(labels, [-1, logits.shape.at(-1) ?? 1])
}

interface Range {
  readonly rows: number
  readonly classes: number
  readonly ignoreIndex: number
}

/** `[rows]`, int32, in which ignored rows have no class. */
const indicesOf = (tf: typeof TF, labels: Labels, range: Range): TF.Tensor => {
  const { rows, classes, ignoreIndex } = range
  if (!(labels instanceof tf.Tensor)) return tf.tensor1d(checked(labels, range), "int32")
  Shapes.count(loss, "labels", labels.size, rows, "rows of logits")
  const flat = tf.reshape(labels, [-1])
  if (ignoreIndex < 0 || ignoreIndex >= classes) return flat
  return tf.where(tf.equal(flat, ignoreIndex), tf.fill(flat.shape, -1, "int32"), flat)
}

const checked = (labels: ArrayLike<number>, { rows, classes, ignoreIndex }: Range): Int32Array => {
  Shapes.count(loss, "labels", labels.length, rows, "rows of logits")
  return Int32Array.from(labels, (label, row) => {
    if (label === ignoreIndex) return -1
    if (Number.isInteger(label) && label >= 0 && label < classes) return label
    throw new Error(
      `${loss} got label ${label} in row ${row}, but the logits have the classes 0 to ${classes - 1}`
    )
  })
}

/** Rows whose class does not exist are 0, on every engine, which its own `oneHot` does not promise. */
const oneHot = (tf: typeof TF, indices: TF.Tensor, classes: number): TF.Tensor =>
  tf.cast(tf.equal(tf.reshape(indices, [-1, 1]), tf.range(0, classes, 1, "int32")), "float32")
