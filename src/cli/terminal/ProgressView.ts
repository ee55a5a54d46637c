/** How events are shown: a pure function from the view so far and an event to lines. */

import type { Metrics } from "../../pipeline/task/Metric.ts"
import * as Objective from "../../pipeline/task/Objective.ts"
import type * as Event from "../../pipeline/train/Event.ts"
import * as Text from "./Text.ts"

export interface ViewOptions {
  /** Whether a live line is redrawn; otherwise lines are printed at intervals. */
  readonly animates: boolean
  /** Optimizer steps between lines if there is no live line. */
  readonly everySteps: number
  /** Seconds of training after which a line is printed anyway. */
  readonly everySeconds: number
  /** Of the task: its metric comes first. */
  readonly objective?: Objective.Objective | undefined
}

/** What the view remembers of earlier events; times are in seconds. */
export interface View {
  readonly maxEpochs: number | undefined
  readonly epoch: number
  readonly batches: number
  /** Moving averages over batches; a new one has a weight of a tenth. */
  readonly loss: number | undefined
  readonly batchSeconds: number | undefined
  readonly samplesPerSecond: number | undefined
  /** Part of the time that a batch waits for its data, 0 to 1. */
  readonly waiting: number | undefined
  /** The newest validation metrics that no line has shown yet. */
  readonly validated: Metrics | undefined
  readonly validatedStep: number
  readonly saved: ReadonlyArray<string>
  /** The step of the last printed line, and the seconds trained since. */
  readonly printedStep: number
  readonly secondsSince: number
}

export const initial: View = {
  maxEpochs: undefined,
  epoch: 0,
  batches: 0,
  loss: undefined,
  batchSeconds: undefined,
  samplesPerSecond: undefined,
  waiting: undefined,
  validated: undefined,
  validatedStep: 0,
  saved: [],
  printedStep: 0,
  secondsSince: 0
}

export interface Rendered {
  readonly view: View
  /** Lines that stay, oldest first. */
  readonly lines: ReadonlyArray<Text.Line>
  /** The live line; undefined clears it. */
  readonly live: Text.Line | undefined
}

const smoothed = (before: number | undefined, value: number): number =>
  before === undefined || !Number.isFinite(before) ? value : before * 0.9 + value * 0.1

const epochName = (view: View, epoch: number): string =>
  view.maxEpochs === undefined ? `epoch ${epoch + 1}` : `epoch ${epoch + 1}/${view.maxEpochs}`

/** `hmean` of `val/hmean`. */
const shortName = (name: string): string => name.slice(name.lastIndexOf("/") + 1)

/** The objective first; metrics of single classes have no room here. */
const metricsOf = (metrics: Metrics, { objective }: ViewOptions): ReadonlyArray<Text.Line> =>
  Objective.shown(Object.keys(metrics), objective).flatMap((name) => {
    const value = metrics[name]
    return value === undefined ? [] : [Text.metric(shortName(name), value)]
  })

/** A name, a bar of 10 to 40 characters that fills the room that is left, a count, and as many parts as fit. */
const withBar = (
  name: string,
  done: number,
  total: number,
  parts: ReadonlyArray<Text.Line>,
  width: number
): Text.Line => {
  const count = Text.plain(`${String(done).padStart(String(total).length)}/${total}`)
  const around = Text.joined([[Text.bold(name)], [count], ...parts], Number.POSITIVE_INFINITY)
  const room = Math.min(40, width - Text.widthOf(around) - 2)
  if (room < 10) return Text.joined([[Text.bold(name)], [count], ...parts], width)
  return Text.joined([[Text.bold(name)], Text.bar(done / Math.max(1, total), room), [count], ...parts], width)
}

const rate = (view: View): ReadonlyArray<Text.Line> =>
  view.samplesPerSecond === undefined
    ? []
    : [[Text.plain(Text.rate(view.samplesPerSecond)), Text.dim(" samples/s")]]

/** Nothing while data is there in time. */
const waiting = ({ waiting = 0 }: View): ReadonlyArray<Text.Line> =>
  waiting < 0.01 ? [] : [[Text.plain(`${(100 * waiting).toFixed(0)} %`), Text.dim(" waiting for data")]]

const timeLeft = (view: View, batch: number): Text.Line => [
  Text.plain(Text.clock((view.batches - batch) * (view.batchSeconds ?? 0))),
  Text.dim(" left")
]

const lossAndRate = (view: View, event: Event.StepEnded): ReadonlyArray<Text.Line> => [
  Text.metric("loss", view.loss ?? event.loss),
  Text.metric("lr", event.learningRate),
  ...rate(view),
  ...waiting(view)
]

const afterStep = (view: View, event: Event.StepEnded): View => {
  const seconds = event.seconds + event.dataSeconds
  // The first batch waits until the workers are up.
  const first = view.batchSeconds === undefined
  const batchSeconds = smoothed(view.batchSeconds, seconds)
  return {
    ...view,
    epoch: event.epoch,
    batches: event.batches,
    loss: smoothed(view.loss, event.loss),
    batchSeconds,
    waiting: first || seconds === 0 ? view.waiting : smoothed(view.waiting, event.dataSeconds / seconds),
    samplesPerSecond: batchSeconds > 0 ? smoothed(view.samplesPerSecond, event.samples / seconds) : undefined,
    secondsSince: view.secondsSince + seconds
  }
}

const onStep = (view: View, event: Event.StepEnded, options: ViewOptions, width: number): Rendered => {
  const next = afterStep(view, event)
  const name = epochName(next, event.epoch)
  if (options.animates) {
    const parts = [...lossAndRate(next, event), timeLeft(next, event.batch)]
    return { view: next, lines: [], live: withBar(name, event.batch, event.batches, parts, width) }
  }
  const due = event.step - next.printedStep >= options.everySteps || next.secondsSince >= options.everySeconds
  if (!due) return { view: next, lines: [], live: undefined }
  const place = [Text.plain(`${name}  batch ${event.batch}/${event.batches}  step ${event.step}`)]
  const line = Text.joined([place, ...lossAndRate(next, event), timeLeft(next, event.batch)], width)
  return { view: { ...next, printedStep: event.step, secondsSince: 0 }, lines: [line], live: undefined }
}

const evaluationName: Readonly<Record<Event.EvaluationKind, string>> = {
  sanity: "sanity check",
  val: "validating",
  test: "testing",
  predict: "predicting"
}

const onFitStarted = (view: View, event: Event.FitStarted, width: number): Rendered => {
  const line = Text.joined(
    [
      [Text.bold(event.task)],
      [Text.plain(`${event.parameters.toLocaleString("en-US")} parameters`)],
      [Text.plain(`${Text.count(event.trainBatches, "batch", "batches")} per epoch`)],
      event.resumedFrom === undefined
        ? []
        : [Text.plain(`resumed from ${event.resumedFrom} at step ${event.step}`)]
    ].filter((part) => part.length > 0),
    width
  )
  const next = { ...view, maxEpochs: event.maxEpochs, epoch: event.epoch, batches: event.trainBatches }
  return { view: { ...next, printedStep: event.step }, lines: [line], live: undefined }
}

const onEvaluationEnded = (
  view: View,
  event: Event.EvaluationEnded,
  options: ViewOptions,
  width: number
): Rendered => {
  if (event.kind === "val") {
    // The end of an epoch shows its last validation; an earlier one gets a line of its own.
    const earlier = view.validated === undefined ? [] : [validationLine(view, options, width)]
    const next = { ...view, validated: event.metrics, validatedStep: event.step }
    return { view: next, lines: earlier, live: undefined }
  }
  if (event.kind === "sanity" || event.kind === "predict") return { view, lines: [], live: undefined }
  const parts = [...metricsOf(event.metrics, options), [Text.dim(Text.duration(event.seconds))]]
  return { view, lines: [Text.joined([[Text.bold(event.kind)], ...parts], width)], live: undefined }
}

const onEpochEnded = (view: View, event: Event.EpochEnded, options: ViewOptions, width: number): Rendered => {
  const best = view.saved.filter((name) => name !== "last")
  const saved = best.length === 0 ? [] : [[{ text: `saved ${best.join(", ")}`, style: "good" as const }]]
  const line = Text.joined(
    [
      [Text.bold(epochName(view, event.epoch))],
      Text.metric("loss", event.loss),
      ...metricsOf(view.validated ?? {}, options),
      [Text.dim(Text.duration(event.seconds))],
      ...saved
    ],
    width
  )
  const next = { ...view, validated: undefined, saved: [], printedStep: event.step, secondsSince: 0 }
  return { view: next, lines: [line], live: undefined }
}

/** Shows a validation that the end of no epoch showed. The closing summary says why the fit ended. */
const onFitEnded = (view: View, options: ViewOptions, width: number): Rendered => ({
  view: { ...view, validated: undefined },
  lines: view.validated === undefined ? [] : [validationLine(view, options, width)],
  live: undefined
})

const validationLine = (view: View, options: ViewOptions, width: number): Text.Line =>
  Text.joined([[Text.bold(`step ${view.validatedStep}`)], ...metricsOf(view.validated ?? {}, options)], width)

/** Events that leave no line. */
const passing = (view: View, event: Event.Event, options: ViewOptions, width: number): Rendered => {
  const live = (name: string, batch: number, batches: number): Rendered => ({
    view,
    lines: [],
    live: options.animates ? withBar(name, batch, batches, [], width) : undefined
  })
  if (event._tag === "EvaluationBatchEnded") {
    return live(evaluationName[event.kind], event.batch, event.batches)
  }
  return { view, lines: [], live: undefined }
}

/** The view after `event`, and what to print for it, within `width` characters. */
export const render = (view: View, event: Event.Event, options: ViewOptions, width: number): Rendered => {
  switch (event._tag) {
    case "FitStarted":
      return onFitStarted(view, event, width)
    case "StepEnded":
      return onStep(view, event, options, width)
    case "EvaluationEnded":
      return onEvaluationEnded(view, event, options, width)
    case "CheckpointSaved":
      return { view: { ...view, saved: [...view.saved, event.name] }, lines: [], live: undefined }
    case "EpochEnded":
      return onEpochEnded(view, event, options, width)
    case "FitEnded":
      return onFitEnded(view, options, width)
    default:
      return passing(view, event, options, width)
  }
}
