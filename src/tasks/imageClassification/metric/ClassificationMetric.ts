/**
 * How good a classifier is: `accuracy`, `top5` of more than five classes, `precision`, `recall` and `f1` as means over
 * classes, of each class by itself where that is asked for, and `loss`, the cross-entropy in nats without smoothing and
 * weights. Beside the numbers its state has what figures show: who was taken for whom, and the worst mistakes.
 */
import * as Metric from "../../../pipeline/task/Metric.ts"
import type { ClassificationResult, SampleResult } from "./ClassificationResult.ts"

/** The worst mistakes that are kept. */
export const KEPT = 25

const TOP = 5

/** What the metrics off the shelf need of the samples whose class is known. */
interface Judged extends Metric.Scored {
  readonly loss: number
  readonly count: number
}

/** Reports nothing: of few classes the label is among the first ones anyway. */
const notAsked: Metric.Metric<Metric.Right, Metric.Scored> = {
  ...Metric.topK(TOP),
  update: (state) => state,
  result: () => ({})
}

const counters = (classes: number, perClass: boolean) =>
  Metric.combine({
    accuracy: Metric.accuracy,
    top5: classes > TOP ? Metric.topK(TOP) : notAsked,
    precision: Metric.precision(classes, { perClass }),
    recall: Metric.recall(classes, { perClass }),
    f1: Metric.f1(classes),
    loss: Metric.mean("loss"),
    confusion: Metric.confusion(classes)
  })

type Counted = ReturnType<typeof counters>["initial"]

export interface State {
  readonly counted: Counted
  /** Names of the classes; none before the first batch. */
  readonly classes: ReadonlyArray<string>
  /** Samples that were taken for another class, those first whose own class had the lowest probability. */
  readonly worst: ReadonlyArray<SampleResult>
}

/** The probability of a sample's own class. */
export const truth = ({ label, probabilities }: SampleResult): number => probabilities[label] ?? Number.NaN

/** The class with the highest probability; -1 where one is not a number. */
export const likeliest = (probabilities: Float32Array): number =>
  Metric.argmax({ data: probabilities, shape: [1, probabilities.length] })[0] ?? -1

/** A probability that float32 rounds to 0 costs as much as the smallest that it has. */
const SMALLEST = 2 ** -126

const judge = (samples: ReadonlyArray<SampleResult>, classes: number): Judged => {
  const scores = new Float32Array(samples.length * classes)
  let cost = 0
  for (const [i, sample] of samples.entries()) {
    scores.set(sample.probabilities, i * classes)
    cost -= Math.log(Math.max(SMALLEST, truth(sample)))
  }
  return {
    labels: samples.map(({ label }) => label),
    scores: { data: scores, shape: [samples.length, classes] },
    loss: cost / Math.max(1, samples.length),
    count: samples.length
  }
}

const worstOf = (
  before: ReadonlyArray<SampleResult>,
  samples: ReadonlyArray<SampleResult>
): ReadonlyArray<SampleResult> => {
  const mistakes = samples.filter(({ label, predicted }) => label !== predicted)
  return mistakes.length === 0
    ? before
    : [...before, ...mistakes].sort((a, b) => truth(a) - truth(b)).slice(0, KEPT)
}

/** Those of all classes first; `precision/3` under the name of its class. */
const named = (metrics: Metric.Metrics, classes: ReadonlyArray<string>): Metric.Metrics => {
  const entries = Object.entries(metrics).map(([name, value]) => [name.split("/"), value] as const)
  const ofClass = ([name]: (typeof entries)[number]): boolean => name.length > 1
  return Object.fromEntries(
    [...entries.filter((entry) => !ofClass(entry)), ...entries.filter(ofClass)].map(
      ([[main = "", number], value]) => [
        number === undefined ? main : `${main}/${classes[Number(number)] ?? number}`,
        value
      ]
    )
  )
}

/** Samples whose class nobody knows count nowhere. */
export const make = (classes: number, perClass: boolean): Metric.Metric<State, ClassificationResult> => {
  const counted = counters(classes, perClass)
  return {
    initial: { counted: counted.initial, classes: [], worst: [] },
    update: (state, seen) => {
      const known = seen.samples.filter(({ label }) => label >= 0)
      return {
        counted: counted.update(state.counted, judge(known, classes)),
        classes: seen.classes,
        worst: worstOf(state.worst, known)
      }
    },
    result: (state) => named(counted.result(state.counted), state.classes)
  }
}

/** Who was taken for whom, under the names of the classes. */
export const confusion = ({ counted, classes }: State): Metric.Confusion => ({
  ...counted.confusion,
  classes: classes.length === 0 ? counted.confusion.classes : classes
})
