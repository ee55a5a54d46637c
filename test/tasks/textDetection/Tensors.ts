/** TensorFlow.js' plain JavaScript engine for tests of small shapes, and host values in and out of it. */
import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"

/** A map `[1, rows, columns, 1]`. */
export const map = (rows: ReadonlyArray<ReadonlyArray<number>>): tf.Tensor4D =>
  tf.tensor4d(rows.flat(), [1, rows.length, rows[0]?.length ?? 0, 1])

export const numbers = (tensor: tf.Tensor): ReadonlyArray<number> => [...tensor.dataSync()]

export const number = (tensor: tf.Tensor): number => tensor.dataSync()[0] ?? Number.NaN

/** Derivatives of the scalar `f` at `x`, by central differences. */
export const differences = (
  f: (x: tf.Tensor4D) => tf.Tensor,
  x: tf.Tensor4D,
  step: number
): ReadonlyArray<number> => {
  const values = [...x.dataSync()]
  return values.map((_, i) => {
    const at = (by: number) =>
      number(
        f(
          tf.tensor4d(
            values.map((value, j) => (i === j ? value + by : value)),
            x.shape
          )
        )
      )
    return (at(step) - at(-step)) / (2 * step)
  })
}

export { tf }
