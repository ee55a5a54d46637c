/**
 * Trains, validates, tests and predicts: a stream of events that anybody can watch.
 *
 * The order of a fit reads top to bottom in `order`; each line is an action whose work and events are one. The stream is pulled: an action
 * runs when its consumer asks for the next event, so what was reported and what was saved never disagree.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Device, DeviceError } from "../device/Device.ts"
import type { Variables } from "../nn/Model.ts"
import type { DataError, Dataset } from "../task/Dataset.ts"
import type { Task } from "../task/Task.ts"
import type { Checkpoints } from "./Checkpoints.ts"
import * as Evaluation from "./Evaluation.ts"
import type { EvaluationKind, Event } from "./Event.ts"
import * as Fit from "./Fit.ts"
import * as Actions from "./FitActions.ts"
import * as FitDivergence from "./FitDivergence.ts"
import * as FitEvaluation from "./FitEvaluation.ts"
import type { FitOptions } from "./FitOptions.ts"
import * as FitSaving from "./FitSaving.ts"
import * as FitTraining from "./FitTraining.ts"
import * as Limit from "./Limit.ts"
import * as Triggers from "./Triggers.ts"

export type { FitData, FitError } from "./Fit.ts"
export { Diverged, MonitorMissing, OptionsContradict, StepRefused } from "./FitError.ts"
export type { CheckpointOptions, FitOptions } from "./FitOptions.ts"
export { check } from "./FitRules.ts"

const moreBatches = <B, S, I>({ state, totals }: Fit.Session<B, S, I>): boolean =>
  state.position.batch < totals.trainBatches

function* evaluation<B, S, I>(session: Fit.Session<B, S, I>, kind: EvaluationKind): Generator<Fit.Action<I>> {
  yield FitEvaluation.begin(session, kind)
  while (session.evaluation?.pass.more() === true) yield FitEvaluation.next(session)
  yield FitEvaluation.end(session)
  if (session.state.position.saving) yield FitSaving.savePoint(session)
}

function* due<B, S, I>(session: Fit.Session<B, S, I>): Generator<Fit.Action<I>> {
  if (session.state.position.saving) yield FitSaving.savePoint(session)
  if (session.state.position.validating) yield* evaluation(session, "val")
}

function* diverged<B, S, I>(session: Fit.Session<B, S, I>): Generator<Fit.Action<I>> {
  yield FitDivergence.report(session)
  yield FitDivergence.fail(session)
}

function* epoch<B, S, I>(session: Fit.Session<B, S, I>): Generator<Fit.Action<I>> {
  // A run that was stopped with something due begins with it, and its epoch may already be whole.
  yield* due(session)
  while (moreBatches(session) && Triggers.whyFinished(session) === undefined) {
    yield FitTraining.trainBatch(session)
    if (session.diverged !== undefined) yield* diverged(session)
    if (Triggers.isPending(session)) yield* due(session)
  }
}

function* order<B, S, I>(session: Fit.Session<B, S, I>): Generator<Fit.Action<I>> {
  yield Actions.started(session)
  if (session.state.pendingDeletes.length > 0) yield FitSaving.removePending(session)
  if (session.totals.sanityBatches > 0 && session.resumedFrom === undefined)
    yield* evaluation(session, "sanity")
  while (Triggers.whyFinished(session) === undefined) {
    yield Actions.beginEpoch(session)
    yield* epoch(session)
    if (moreBatches(session)) break
    yield Actions.endEpoch(session)
  }
  yield FitSaving.saveLast(session)
  yield Actions.ended(session, Triggers.whyFinished(session) ?? "")
}

type Pulled<I, E, R> = Pull.Pull<Arr.NonEmptyReadonlyArray<Event<I>>, E, void, R>

/** Runs an action whenever an event is asked for and none is left. */
const pulled = <I, E, R>(
  actions: Iterator<Effect.Effect<ReadonlyArray<Event<I>>, E, R>>
): Stream.Stream<Event<I>, E, R> => {
  const pull: Pulled<I, E, R> = Effect.suspend(() => {
    const next = actions.next()
    if (next.done === true) return Cause.done()
    return Effect.flatMap(next.value, (events) =>
      Arr.isReadonlyArrayNonEmpty(events) ? Effect.succeed(events) : pull
    )
  })
  return Stream.fromPull(Effect.succeed(pull))
}

/** As `pulled`, but an action and the call of `onEvent` for each of its events are one: an interruption finds both done, or neither. */
const emitting = <B, S, I, E, R>(
  session: Fit.Session<B, S, I>,
  onEvent: (event: Event<I>) => Effect.Effect<unknown, E, R>
): Pulled<I, Fit.FitError | E, Device | Checkpoints | R> => {
  const actions = order(session)
  const emit = (events: ReadonlyArray<Event<I>>): Pulled<I, Fit.FitError | E, Device | Checkpoints | R> => {
    if (!Arr.isReadonlyArrayNonEmpty(events)) return advance()
    const reported =
      events.length === 1 ? onEvent(events[0]) : Effect.forEach(events, onEvent, { discard: true })
    return Effect.as(reported, events)
  }
  const advance = (): Pulled<I, Fit.FitError | E, Device | Checkpoints | R> => {
    const next = actions.next()
    return next.done === true ? Cause.done() : Effect.flatMap(next.value, emit)
  }
  return Effect.uninterruptibleMask((restore) => {
    session.interruptible = restore
    return advance()
  })
}

/**
 * Trains `task` on `data`. Ends when a limit or rule says so; interrupting it saves `last` first and frees
 * every tensor. Fails with `Diverged` on a loss that is not finite, leaving the weights from before.
 *
 * `onEvent` receives each event before the stream emits it and is never interrupted, so the state that is saved and the
 * events that were reported always agree. Write a log that must match its run to the last number there: a consumer of
 * the stream may miss the last event when the run is interrupted.
 */
export const fit = <B, S, I, E = never, R = never>(
  task: Task<B, S, I>,
  data: Fit.FitData<B>,
  options: FitOptions,
  onEvent: (event: Event<I>) => Effect.Effect<unknown, E, R> = () => Effect.void
): Stream.Stream<Event<I>, Fit.FitError | E, Device | Checkpoints | R> =>
  // As Stream.unwrap, of which each step would pay a little.
  Stream.fromChannel(
    Channel.fromTransform((_, scope) =>
      Effect.map(Scope.provide(Fit.open(task, data, options), scope), (session) => emitting(session, onEvent))
    )
  )

export interface EvaluateOptions {
  readonly kind: "val" | "test"
  /** A number of batches or `{ fraction }` of them; absent sees all. */
  readonly limitBatches?: Limit.Limit | undefined
  readonly prefetch: number
  /** Where the weights come from in training, for the record. */
  readonly epoch: number
  readonly step: number
}

/** Evaluates `variables` on a data set; validation and test are the same pass under two names. */
export const evaluate = <B, S, I>(
  task: Task<B, S, I>,
  dataset: Dataset<B>,
  variables: Variables,
  options: EvaluateOptions
): Stream.Stream<Event<I>, DataError | DeviceError, Device> => {
  const batches = Limit.batches(dataset.length, options.limitBatches)
  const order = function* (pass: Evaluation.Evaluation<I>) {
    yield Effect.succeed([pass.started])
    while (pass.more()) yield Effect.map(pass.next(variables), (event) => [event])
    yield Effect.map(pass.ended, (event) => [event])
  }
  return Stream.unwrap(
    Effect.map(Evaluation.open(task, dataset, { ...options, batches }), (pass) =>
      pulled<I, DataError | DeviceError, Device>(order(pass))
    )
  )
}

/** Runs the task's evaluation over a data set without truth; what it sees are the predictions. */
export const predict = <B, S, I>(
  task: Task<B, S, I>,
  dataset: Dataset<B>,
  variables: Variables,
  options: Pick<EvaluateOptions, "limitBatches" | "prefetch">
): Stream.Stream<Event<I>, DataError | DeviceError, Device> =>
  evaluate(task, dataset, variables, { ...options, kind: "test", epoch: 0, step: 0 }).pipe(
    Stream.flatMap(
      (event): Stream.Stream<Event<I>> =>
        event._tag === "EvaluationBatchEnded"
          ? Stream.succeed({
              _tag: "PredictionBatchEnded",
              batch: event.batch,
              batches: event.batches,
              outputs: event.outputs
            })
          : Stream.empty
    )
  )
