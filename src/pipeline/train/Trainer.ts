/**
 * Trains, validates, tests and predicts: each is a stream of events that anybody can observe.
 *
 * The order of a fit reads top to bottom in `actions`. The stream is pulled: an action runs when its consumer asks for
 * the next event, so what was reported and what was saved never disagree.
 */
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Device, DeviceError } from "../device/Device.ts"
import type { Variables } from "../nn/Model.ts"
import type { DataError, Dataset } from "../task/Dataset.ts"
import type { Task } from "../task/Task.ts"
import type { Checkpoints } from "./Checkpoints.ts"
import * as Evaluation from "./Evaluation.ts"
import type { EvaluationKind, Event } from "./Event.ts"
import * as Fit from "./Fit.ts"
import type { FitError } from "./FitError.ts"
import type { FitOptions } from "./FitOptions.ts"
import * as FitSteps from "./FitSteps.ts"
import * as FitTraining from "./FitTraining.ts"
import * as Limit from "./Limit.ts"
import * as Loop from "./Loop.ts"
import * as Triggers from "./Triggers.ts"

export type { FitData } from "./Fit.ts"
export { Diverged, type FitError, MonitorMissing, OptionsContradict, StepRefused } from "./FitError.ts"
export type { CheckpointOptions, FitOptions } from "./FitOptions.ts"
export { check } from "./FitRules.ts"

/** What is due between two batches. */
function* pending<B, S, O>(
  environment: Fit.Environment<B, S, O>,
  before: Fit.State<B, S>
): Fit.Actions<B, S, O> {
  let state = before
  if (state.position.saving) state = yield FitSteps.savePoint(environment)
  if (!state.position.validating) return state
  state = yield* FitSteps.evaluate(environment, state, "val")
  return state.position.saving ? yield FitSteps.savePoint(environment) : state
}

function* epoch<B, S, O>(
  environment: Fit.Environment<B, S, O>,
  before: Fit.State<B, S>
): Fit.Actions<B, S, O> {
  const train = FitTraining.trainBatch(environment)
  // A run that was stopped with something due begins with it, and its epoch may be complete already.
  let state = yield* pending(environment, before)
  while (
    Triggers.hasMoreBatches(environment, state) &&
    Triggers.whyFinished(environment, state) === undefined
  ) {
    state = yield train
    if (state.diverged !== undefined) {
      yield FitSteps.reportDivergence(environment)
      yield FitSteps.failDiverged()
    }
    if (Triggers.isPending(state)) state = yield* pending(environment, state)
  }
  return state
}

function* actions<B, S, O>(environment: Fit.Environment<B, S, O>): Fit.Actions<B, S, O> {
  let state = yield FitSteps.begin(environment)
  if (state.pendingDeletes.length > 0) state = yield FitSteps.removePending(environment)
  if (environment.totals.sanityBatches > 0 && environment.resumedFrom === undefined)
    state = yield* FitSteps.evaluate(environment, state, "sanity")
  while (Triggers.whyFinished(environment, state) === undefined) {
    state = yield FitSteps.beginEpoch(environment)
    state = yield* epoch(environment, state)
    if (Triggers.hasMoreBatches(environment, state)) break
    state = yield FitSteps.endEpoch()
  }
  yield FitSteps.saveLast(environment)
  return yield FitSteps.end(environment)
}

/**
 * Trains `task` on `data` until a limit or a rule ends it. Interruption saves `last` first and frees every tensor. Fails
 * with `Diverged` if the loss or a gradient is not finite; the weights are then those from before the step.
 *
 * `onEvent` receives each event before the stream emits it and is never interrupted, so the state that is saved and the
 * events that were reported always agree. Write a log that must match its run to the last number there: a consumer of
 * the stream may miss the last event when the run is interrupted.
 */
export const fit = <B, S, O, E = never, R = never>(
  task: Task<B, S, O>,
  data: Fit.FitData<B>,
  options: FitOptions,
  onEvent: Loop.OnEvent<O, E, R> = () => Effect.void
): Stream.Stream<Event<O>, FitError | E, Device | Checkpoints | R> =>
  Loop.stream(
    Effect.map(Fit.open(task, data, options), ({ environment, current }) => ({
      current,
      actions: actions(environment)
    })),
    onEvent
  )

export interface EvaluateOptions {
  readonly kind: "val" | "test"
  /** A number of batches or `{ fraction }` of them; all by default. */
  readonly limitBatches?: Limit.Limit | undefined
  /** Batches to read ahead. */
  readonly prefetch: number
  /** Where the weights come from in training, for the record. */
  readonly epoch: number
  readonly step: number
}

const evaluated = <B, S, O, E, R>(
  task: Task<B, S, O>,
  dataset: Dataset<B>,
  variables: Variables,
  options: Omit<EvaluateOptions, "kind"> & { readonly kind: EvaluationKind },
  onEvent: Loop.OnEvent<O, E, R>
): Stream.Stream<Event<O>, DataError | DeviceError | E, Device | R> => {
  const { kind, epoch, step, prefetch } = options
  const batches = Limit.batches(dataset.length, options.limitBatches)
  const open = Effect.map(
    Effect.scope,
    (scope): Loop.Run<Evaluation.Evaluating<B, S>, O, DataError | DeviceError, Device> => ({
      current: { state: { evaluation: undefined } },
      actions: Evaluation.actions({
        task,
        dataset,
        scope,
        options: { kind, batches, epoch, step, prefetch },
        variables: () => variables,
        conclude: Effect.succeed
      })
    })
  )
  return Loop.stream(open, onEvent)
}

/**
 * Evaluates `variables` on a data set, and emits the events of an evaluation; validation and test differ by name only.
 * The variables are borrowed. `onEvent` is as in `fit`.
 */
export const evaluate = <B, S, O, E = never, R = never>(
  task: Task<B, S, O>,
  dataset: Dataset<B>,
  variables: Variables,
  options: EvaluateOptions,
  onEvent: Loop.OnEvent<O, E, R> = () => Effect.void
): Stream.Stream<Event<O>, DataError | DeviceError | E, Device | R> =>
  evaluated(task, dataset, variables, options, onEvent)

/**
 * Predicts a data set, which needs no truth: the events are those of an evaluation of the kind `predict`, without
 * metrics. `EvaluationBatchEnded` has the predictions of its batch as `outputs`.
 */
export const predict = <B, S, O, E = never, R = never>(
  task: Task<B, S, O>,
  dataset: Dataset<B>,
  variables: Variables,
  options: Pick<EvaluateOptions, "limitBatches" | "prefetch">,
  onEvent: Loop.OnEvent<O, E, R> = () => Effect.void
): Stream.Stream<Event<O>, DataError | DeviceError | E, Device | R> =>
  evaluated(task, dataset, variables, { ...options, kind: "predict", epoch: 0, step: 0 }, onEvent)
