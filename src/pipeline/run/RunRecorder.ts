/** Records the events of a run: scalars go to the logger, the state of the run to `run.json`. */
import * as Effect from "effect/Effect"
import type { TrainerPlan } from "../plan/Plan.ts"
import { finite } from "../task/Metric.ts"
import type { CheckpointSaved, EvaluationEnded, Event, StepEnded } from "../train/Event.ts"
import { Progress } from "./Progress.ts"
import { RunDirectory, type RunDirectoryError } from "./RunDirectory.ts"
import { RunLogger } from "./RunLogger.ts"

export type Watcher = (event: Event) => Effect.Effect<void, RunDirectoryError, RunLogger | RunDirectory>

/** Shows events to people, unless the plan wants no progress bar. */
export const shown = ({ enable_progress_bar }: Pick<TrainerPlan, "enable_progress_bar">) =>
  Effect.map(Progress, (progress) => (enable_progress_bar ? progress.watch : () => Effect.void))

/** Nothing if the step was shorter than the clock can measure. */
const rateOf = (samples: number, seconds: number) =>
  seconds > 0 ? { samples_per_second: samples / seconds } : {}

/** The scalars of a step, by their names in the log. */
export const stepScalars = (event: StepEnded): { readonly [name: string]: number } => ({
  "train/loss": event.loss,
  ...Object.fromEntries(Object.entries(event.parts).map(([name, value]) => [`train/loss_${name}`, value])),
  ...(event.gradientNorm === undefined ? {} : { "train/gradient_norm": event.gradientNorm }),
  learning_rate: event.learningRate,
  epoch: event.epoch,
  ...rateOf(event.samples, event.seconds + event.dataSeconds)
})

const step = Effect.fnUntraced(function* (event: StepEnded, every: number) {
  const logger = yield* RunLogger
  if (event.optimized && event.step % every === 0) yield* logger.scalars(event.step, stepScalars(event))
})

const evaluated = Effect.fnUntraced(function* (event: EvaluationEnded) {
  if (event.kind === "sanity" || event.kind === "predict") return
  const logger = yield* RunLogger
  const directory = yield* RunDirectory
  yield* logger.scalars(event.step, { ...event.metrics, epoch: event.epoch })
  const { metrics } = yield* directory.record
  yield* directory.update({ steps: event.step, metrics: { ...metrics, ...finite(event.metrics) } })
})

const saved = Effect.fnUntraced(function* (event: CheckpointSaved) {
  const logger = yield* RunLogger
  const directory = yield* RunDirectory
  yield* logger.artifact(event.name, event.path, event.aliases)
  const { metrics, checkpoints } = yield* directory.record
  const best = event.aliases.includes("best")
    ? Object.fromEntries(
        Object.entries(finite(event.metrics)).map(([name, value]) => [`best/${name}`, value])
      )
    : {}
  yield* directory.update({
    steps: event.step,
    metrics: { ...metrics, ...best },
    checkpoints: [...checkpoints.filter((name) => name !== event.name), event.name]
  })
})

const removed = Effect.fnUntraced(function* (name: string) {
  const directory = yield* RunDirectory
  const { checkpoints } = yield* directory.record
  yield* directory.update({ checkpoints: checkpoints.filter((other) => other !== name) })
})

/**
 * An observer of a fit or a test: logs the scalars of every `logEvery`-th optimizer step and the metrics of every
 * evaluation, and keeps steps, last and best metrics and checkpoints in `run.json`.
 */
export const make =
  (logEvery: number): Watcher =>
  (event) => {
    switch (event._tag) {
      case "StepEnded":
        return step(event, logEvery)
      case "EvaluationEnded":
        return evaluated(event)
      case "EpochEnded":
        return RunLogger.use((logger) =>
          logger.scalars(event.step, { "train/loss_epoch": event.loss, epoch: event.epoch })
        )
      case "CheckpointSaved":
        return saved(event)
      case "CheckpointRemoved":
        return removed(event.name)
      default:
        return Effect.void
    }
  }
