/** Metrics of classes: how many were right, precision, recall and F1 by class, and who was taken for whom. */
import type { HostTensor } from "../nn/HostTensor.ts"
import type { Metric, Metrics } from "./MetricFold.ts"
import { classesIn, paired, type Values } from "./MetricInput.ts"

export type { Values } from "./MetricInput.ts"

/** Samples with the classes that the model chose. */
export interface Decided {
  /** The true classes, counted from 0. */
  readonly labels: Values
  /** The chosen classes; -1 or NaN stands for none, which is wrong whatever the label. */
  readonly predictions: Values
}

/** Samples with a score for each class. */
export interface Scored {
  /** The true classes, counted from 0. */
  readonly labels: Values
  /** `[samples, classes]`, or `[..., classes]` with a label for each row: logits or probabilities, higher is likelier. */
  readonly scores: HostTensor
}

/** Either: of scores the highest counts, see `argmax`. Where both are there, `predictions` count. */
export type Classified = Decided | Scored

/** How many classes there are, or their names. */
export type Classes = number | ReadonlyArray<string>

/**
 * The class with the highest score in each row of `[..., classes]`; of equal ones the first. A row that holds a NaN has
 * none: -1. Throws where there are fewer than two classes.
 */
export const argmax = (scores: HostTensor): Int32Array => {
  const classes = classesIn(scores, 2)
  return Int32Array.from({ length: scores.data.length / classes }, (_, row) =>
    highest(scores.data.subarray(row * classes, (row + 1) * classes))
  )
}

const highest = (scores: HostTensor["data"]): number => {
  let best = 0
  for (const [i, score] of scores.entries()) {
    if (Number.isNaN(score)) return -1
    if (score > (scores[best] ?? 0)) best = i
  }
  return best
}

const decided = (seen: Classified): readonly [ArrayLike<number>, ArrayLike<number>] =>
  paired(
    { what: "labels", values: seen.labels },
    { what: "predictions", values: "predictions" in seen ? seen.predictions : argmax(seen.scores) }
  )

/** The names of the classes. Throws of none, and of a name that is there twice. */
const namesOf = (classes: Classes): ReadonlyArray<string> => {
  const names = typeof classes === "number" ? Array.from({ length: classes }, (_, i) => String(i)) : classes
  if (names.length === 0) throw new Error("a metric of classes needs at least one class")
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Error(`two classes of a metric are called "${twice}"`)
  return names
}

const isNone = (prediction: number): boolean => prediction === -1 || Number.isNaN(prediction)

/** Throws where `value` is no class. */
const classOf = (value: number | undefined, what: string, names: ReadonlyArray<string>): number => {
  if (value === undefined || !Number.isInteger(value) || value < 0 || value >= names.length)
    throw new Error(
      `a ${what} is ${value}: with ${names.length} classes it must be a whole number from 0 to ${names.length - 1}`
    )
  return value
}

/** Calls `add` for each sample with its class and the chosen one, which is undefined where there is none. */
const eachOf = (
  seen: Classified,
  names: ReadonlyArray<string>,
  add: (label: number, prediction: number | undefined) => void
): void => {
  const [labels, predictions] = decided(seen)
  for (let i = 0; i < labels.length; i++) {
    const prediction = predictions[i] ?? Number.NaN
    add(
      classOf(labels[i], "label", names),
      isNone(prediction) ? undefined : classOf(prediction, "prediction", names)
    )
  }
}

/** How many of how many. */
export interface Right {
  readonly right: number
  readonly seen: number
}

/** `accuracy`: the part of the samples whose class was chosen. NaN of no samples. */
export const accuracy: Metric<Right, Classified> = {
  name: "accuracy",
  initial: { right: 0, seen: 0 },
  update: ({ right, seen: before }, seen) => {
    const [labels, predictions] = decided(seen)
    let more = 0
    for (let i = 0; i < labels.length; i++) if (labels[i] === predictions[i] && labels[i] !== -1) more++
    return { right: right + more, seen: before + labels.length }
  },
  result: ({ right, seen }) => ({ accuracy: right / seen })
}

/** Samples by class. */
export interface Tallies {
  /** Samples of the class that are predicted as it: true positives. */
  readonly hits: ReadonlyArray<number>
  /** Chosen as of the class. */
  readonly predicted: ReadonlyArray<number>
  /** Of the class. */
  readonly actual: ReadonlyArray<number>
}

/** How the number of all classes is made. */
export interface ByClassOptions {
  /**
   * `macro`, the default, is the mean over classes, in which each counts alike; `micro` counts samples of all classes
   * together.
   */
  readonly average?: "macro" | "micro" | undefined
  /** Also each class by itself, such as `precision/cat`. Default false. */
  readonly perClass?: boolean | undefined
}

/** Samples of one class, or of all. */
interface Tally {
  readonly hits: number
  readonly predicted: number
  readonly actual: number
}

const empty: Tally = { hits: 0, predicted: 0, actual: 0 }

/** A part of what counts; of a class that the samples lack it is not defined, otherwise nothing of nothing is 0. */
const part = (formula: Formula, tally: Tally): number => {
  if (tally.predicted + tally.actual === 0) return Number.NaN
  const [some, all] = formula(tally)
  return all === 0 ? 0 : some / all
}

type Formula = (tally: Tally) => readonly [some: number, all: number]

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

const averaged = (
  formula: Formula,
  state: Tallies,
  tallies: ReadonlyArray<Tally>,
  micro: boolean
): number => {
  if (micro)
    return part(formula, {
      hits: sum(state.hits),
      predicted: sum(state.predicted),
      actual: sum(state.actual)
    })
  const parts = tallies.map((tally) => part(formula, tally)).filter((value) => !Number.isNaN(value))
  return sum(parts) / parts.length
}

const updateTallies =
  (names: ReadonlyArray<string>) =>
  (state: Tallies, seen: Classified): Tallies => {
    const hits = [...state.hits]
    const predicted = [...state.predicted]
    const actual = [...state.actual]
    const more = (counts: Array<number>, at: number) => {
      counts[at] = (counts[at] ?? 0) + 1
    }
    eachOf(seen, names, (label, prediction) => {
      more(actual, label)
      if (prediction !== undefined) more(predicted, prediction)
      if (prediction === label) more(hits, label)
    })
    return { hits, predicted, actual }
  }

const byClass =
  (name: string, formula: Formula) =>
  (
    classes: Classes,
    { average = "macro", perClass = false }: ByClassOptions = {}
  ): Metric<Tallies, Classified> => {
    const names = namesOf(classes)
    const none = names.map(() => 0)
    return {
      name,
      initial: { hits: none, predicted: none, actual: none },
      update: updateTallies(names),
      result: (state): Metrics => {
        const tallies = names.map((_, i) => ({
          hits: state.hits[i] ?? 0,
          predicted: state.predicted[i] ?? 0,
          actual: state.actual[i] ?? 0
        }))
        const single = names.map((one, i) => [`${name}/${one}`, part(formula, tallies[i] ?? empty)] as const)
        return {
          [name]: averaged(formula, state, tallies, average === "micro"),
          ...(perClass ? Object.fromEntries(single) : {})
        }
      }
    }
  }

/**
 * `precision`: which part of the samples chosen as of a class are. As in scikit-learn, a class that no sample has and
 * none was chosen as takes no part in the mean (by itself it is NaN), and one that samples have but none was chosen as
 * counts 0. NaN of no samples. Throws of a label or prediction that is no class.
 */
export const precision = byClass("precision", ({ hits, predicted }) => [hits, predicted])

/**
 * `recall`: the share of the samples of a class that are predicted as it. Classes without samples and without predictions
 * as for `precision`; one that was chosen though no sample has it counts 0.
 */
export const recall = byClass("recall", ({ hits, actual }) => [hits, actual])

/**
 * `f1`: the harmonic mean of precision and recall of a class, `2·hits / (predicted + actual)`; `macro` is the mean of
 * the classes' F1, not the F1 of the means. Classes without samples and without predictions as for `precision`.
 */
export const f1 = byClass("f1", ({ hits, predicted, actual }) => [2 * hits, predicted + actual])

/** Who was taken for whom: what the figure `ConfusionMatrix` draws. */
export interface Confusion {
  readonly classes: ReadonlyArray<string>
  /** Samples: `counts[truth][prediction]`. */
  readonly counts: ReadonlyArray<ReadonlyArray<number>>
  /** Samples for which no class was chosen; no row counts them. */
  readonly undecided: number
}

/** Its state is the confusion matrix, for a figure; it reports no number. Throws of a label that is no class. */
export const confusion = (classes: Classes): Metric<Confusion, Classified> => {
  const names = namesOf(classes)
  const empty = names.map(() => 0)
  return {
    initial: { classes: names, counts: names.map(() => empty), undecided: 0 },
    update: (state, seen) => {
      // Only rows that change are copied: a thousand classes have a million cells.
      const changed = new Map<number, Array<number>>()
      let undecided = state.undecided
      eachOf(seen, names, (label, prediction) => {
        if (prediction === undefined) {
          undecided++
          return
        }
        const row = changed.get(label) ?? [...(state.counts[label] ?? empty)]
        row[prediction] = (row[prediction] ?? 0) + 1
        changed.set(label, row)
      })
      return { ...state, counts: state.counts.map((row, i) => changed.get(i) ?? row), undecided }
    },
    result: () => ({})
  }
}
