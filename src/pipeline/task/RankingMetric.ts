/** Metrics of scores by their order: the label among the first k, and the area under the ROC curve. */
import type { HostTensor } from "../nn/HostTensor.ts"
import type { Right, Scored } from "./ClassificationMetric.ts"
import type { Metric } from "./MetricFold.ts"
import { classesIn, rowOf } from "./MetricInput.ts"

/** Throws where `label` is no class, or there are not as many labels as rows. */
const checkLabels = (labels: ArrayLike<number>, rows: number, classes: number): void => {
  if (labels.length !== rows)
    throw new Error(
      `a metric was given ${labels.length} labels and ${rows} rows of scores: it needs as many of both`
    )
  for (let i = 0; i < rows; i++) {
    const label = labels[i] ?? Number.NaN
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new Error(
        `a label is ${label}: with ${classes} classes it must be a whole number from 0 to ${classes - 1}`
      )
  }
}

/** Whether fewer than `k` classes come before the label; of equal scores the lower class comes first, as in `argmax`. */
const isAmong = (k: number, scores: HostTensor["data"], label: number): boolean => {
  const own = scores[label] ?? Number.NaN
  let before = 0
  for (const [i, score] of scores.entries()) {
    if (Number.isNaN(score)) return false
    if (score > own || (score === own && i < label)) before++
  }
  return before < k
}

/**
 * `top5` for a `k` of 5: the part of the samples whose class has one of the `k` highest scores. A row that holds a NaN
 * is wrong. NaN of no samples. Throws where `k` is not a whole number from 1, and of a label that is no class.
 */
export const topK = (k: number): Metric<Right, Scored> => {
  if (!Number.isInteger(k) || k < 1) throw new Error(`topK(${k}): give a whole number from 1`)
  const name = `top${k}`
  return {
    name,
    initial: { right: 0, seen: 0 },
    update: ({ right, seen: before }, { labels: values, scores }) => {
      const classes = classesIn(scores, 2)
      const labels = rowOf(values)
      const rows = scores.data.length / classes
      checkLabels(labels, rows, classes)
      let more = 0
      for (let i = 0; i < rows; i++)
        if (isAmong(k, scores.data.subarray(i * classes, (i + 1) * classes), labels[i] ?? 0)) more++
      return { right: right + more, seen: before + rows }
    },
    result: ({ right, seen }) => ({ [name]: right / seen })
  }
}

/** Labels and scores of a batch. */
interface Ranked {
  readonly labels: ReadonlyArray<number>
  /** Row-major, `columns` a sample. */
  readonly scores: ReadonlyArray<number>
}

/** All that was seen: the order of scores can be had from nothing less. */
export interface Ranking {
  /** Scores a sample: 1 of two classes, otherwise as many as there are classes; 0 of no samples. */
  readonly columns: number
  readonly batches: ReadonlyArray<Ranked>
  /** Whether a score was NaN, so that there is no order. */
  readonly unordered: boolean
}

/** Of two classes one score orders the samples: the second against the first. */
const columnsOf = ({
  data,
  shape
}: HostTensor): { readonly columns: number; readonly values: ReadonlyArray<number> } => {
  const classes = shape.length < 2 ? 1 : classesIn({ data, shape }, 1)
  if (classes !== 2) return { columns: classes, values: Array.from(data) }
  return {
    columns: 1,
    values: Array.from({ length: data.length / 2 }, (_, i) => (data[2 * i + 1] ?? 0) - (data[2 * i] ?? 0))
  }
}

/** JSON has no infinity; nothing lies between it and the largest number. */
const bounded = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))

/** Throws where batches differ in their classes. */
const sameColumns = (before: number, now: number): number => {
  if (before !== 0 && before !== now)
    throw new Error(`scores had ${before} columns in earlier batches and have ${now} in this one`)
  return now
}

/**
 * The probability that a sample of the class has a higher score than one that is not of it, half of it where both are
 * equal: the statistic of Mann and Whitney (1947) over the number of pairs. NaN without either kind.
 */
const area = (positives: Float64Array, negatives: Float64Array): number => {
  positives.sort()
  negatives.sort()
  let [less, notMore, wins] = [0, 0, 0]
  for (const score of positives) {
    while (less < negatives.length && (negatives[less] ?? 0) < score) less++
    while (notMore < negatives.length && (negatives[notMore] ?? 0) <= score) notMore++
    wins += (less + notMore) / 2
  }
  return wins / (positives.length * negatives.length)
}

/** Of the class whose scores are in `column`. */
const areaOf = ({ columns, batches }: Ranking, column: number, label: number): number => {
  const [positives, negatives]: [Array<number>, Array<number>] = [[], []]
  for (const { labels, scores } of batches) {
    for (const [i, one] of labels.entries()) {
      const into = one === label ? positives : negatives
      into.push(scores[i * columns + column] ?? 0)
    }
  }
  return area(Float64Array.from(positives), Float64Array.from(negatives))
}

/**
 * `auroc`: the area under the ROC curve, exact, equal scores counted half (Hanley and McNeil, 1982). 0.5 is chance.
 *
 * Of two classes it takes scores `[samples]` or `[samples, 1]` of class 1, or `[samples, 2]`, of which the difference
 * orders the samples, as the probabilities of logits would. Of more it is the mean over classes, each against the rest,
 * by the columns as they are: give probabilities there, since logits of different samples do not compare.
 *
 * A class that all samples have, or none, takes no part; NaN where no class is left, of no samples, and where a score
 * is NaN. Throws of a label that is no class. The state keeps all scores.
 */
export const auroc: Metric<Ranking, Scored> = {
  name: "auroc",
  initial: { columns: 0, batches: [], unordered: false },
  update: (state, { labels: values, scores }) => {
    const labels = rowOf(values)
    const seen = columnsOf(scores)
    checkLabels(labels, seen.values.length / seen.columns, Math.max(2, seen.columns))
    if (labels.length === 0) return state
    const columns = sameColumns(state.columns, seen.columns)
    if (state.unordered || seen.values.some(Number.isNaN)) return { columns, batches: [], unordered: true }
    const batch = { labels: Array.from(labels), scores: seen.values.map(bounded) }
    return { columns, batches: [...state.batches, batch], unordered: false }
  },
  result: (state) => {
    if (state.unordered) return { auroc: Number.NaN }
    if (state.columns === 1) return { auroc: areaOf(state, 0, 1) }
    const areas = Array.from({ length: state.columns }, (_, i) => areaOf(state, i, i)).filter(
      (one) => !Number.isNaN(one)
    )
    return { auroc: areas.reduce((sum, one) => sum + one, 0) / areas.length }
  }
}
