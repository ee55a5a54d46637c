/** Metrics of numbers that were predicted. All values count alike, whatever the shape of their tensors. */
import type { Metric, Sum } from "./MetricFold.ts"
import { paired, type Values } from "./MetricInput.ts"

/** True numbers, and those that the model gave. */
export interface Predicted {
  readonly targets: Values
  readonly predictions: Values
}

/** Calls `add` for each pair. */
const eachOf = (seen: Predicted, add: (target: number, prediction: number) => void): void => {
  const [targets, predictions] = paired(
    { what: "targets", values: seen.targets },
    { what: "predictions", values: seen.predictions }
  )
  for (let i = 0; i < targets.length; i++) add(targets[i] ?? Number.NaN, predictions[i] ?? Number.NaN)
}

const summed =
  (cost: (error: number) => number) =>
  (state: Sum, seen: Predicted): Sum => {
    let { sum, count } = state
    eachOf(seen, (target, prediction) => {
      sum += cost(prediction - target)
      count++
    })
    return { sum, count }
  }

const none: Sum = { sum: 0, count: 0 }

/** `mae`: the mean absolute error, in the unit of the targets. NaN of nothing, and where a number is NaN. */
export const mae: Metric<Sum, Predicted> = {
  name: "mae",
  initial: none,
  update: summed(Math.abs),
  result: ({ sum, count }) => ({ mae: sum / count })
}

/** `rmse`: the root of the mean squared error, in the unit of the targets. NaN of nothing, and where a number is NaN. */
export const rmse: Metric<Sum, Predicted> = {
  name: "rmse",
  initial: none,
  update: summed((error) => error * error),
  result: ({ sum, count }) => ({ rmse: Math.sqrt(sum / count) })
}

export interface Variation {
  readonly count: number
  /** Mean of the targets. */
  readonly mean: number
  /** Squared distances of the targets from their mean, summed. */
  readonly spread: number
  /** Squared errors, summed. */
  readonly errors: number
}

/**
 * `r2`, at most 1: the part of the targets' variance that the predictions explain; 0 is as good as their mean, and less
 * is worse. As in scikit-learn, targets that are all equal give 1 where every prediction is right and 0 otherwise. NaN
 * of fewer than two values, and where a number is NaN.
 */
export const r2: Metric<Variation, Predicted> = {
  name: "r2",
  initial: { count: 0, mean: 0, spread: 0, errors: 0 },
  update: (state, seen) => {
    let { count, mean, spread, errors } = state
    // Welford (1962): sums of squares would lose the digits of a variance that is small beside the mean.
    eachOf(seen, (target, prediction) => {
      count++
      const off = target - mean
      mean += off / count
      spread += off * (target - mean)
      errors += (target - prediction) ** 2
    })
    return { count, mean, spread, errors }
  },
  result: ({ count, spread, errors }) => {
    if (count < 2) return { r2: Number.NaN }
    const unexplained = spread === 0 && errors === 0 ? 0 : errors / spread
    return { r2: unexplained === Number.POSITIVE_INFINITY ? 0 : 1 - unexplained }
  }
}
