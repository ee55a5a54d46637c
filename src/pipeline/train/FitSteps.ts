/**
 * What a fit does between its batches: it begins and ends, counts epochs, validates, saves, and reports a divergence.
 * Each is a function of the environment and the state.
 */
import * as Effect from "effect/Effect"
import type { Device, DeviceError } from "../device/Device.ts"
import * as Monotonic from "../internal/Monotonic.ts"
import * as HostTensor from "../nn/HostTensor.ts"
import type { Model } from "../nn/Model.ts"
import type { CheckpointError, Snapshot } from "./Checkpoints.ts"
import * as Evaluation from "./Evaluation.ts"
import type { CheckpointRemoved, CheckpointSaved, EvaluationEnded, StepDiverged } from "./Event.ts"
import type { Action, Actions, Environment, State } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import * as FitCheckpoint from "./FitCheckpoint.ts"
import { Diverged, type MonitorMissing, type StepRefused } from "./FitError.ts"
import * as FitRules from "./FitRules.ts"
import * as FitState from "./FitState.ts"
import * as Retention from "./Retention.ts"
import * as Triggers from "./Triggers.ts"

const count = ({ parameters }: Model, trainable: boolean): number =>
  parameters
    .filter((spec) => spec.trainable === trainable)
    .reduce((sum, spec) => sum + HostTensor.sizeOf(spec.shape), 0)

export const begin =
  <B, S, O>({ task, totals, options, resumedFrom }: Environment<B, S, O>): Action<B, S, O> =>
  (state) =>
    Effect.succeed({
      state,
      events: [
        {
          _tag: "FitStarted",
          task: task.name,
          parameters: count(task.model, true),
          buffers: count(task.model, false),
          epoch: state.position.epoch,
          step: state.position.step,
          trainBatches: totals.trainBatches,
          valBatches: totals.valBatches,
          maxEpochs: options.maxEpochs,
          maxSteps: options.maxSteps,
          resumedFrom
        }
      ]
    })

export const end =
  <B, S, O>(environment: Environment<B, S, O>): Action<B, S, O> =>
  (state) => {
    const { epoch, step } = state.position
    const reason = Triggers.whyFinished(environment, state) ?? ""
    return Effect.succeed({
      state,
      events: [{ _tag: "FitEnded", epoch, step, reason, metrics: state.metrics }]
    })
  }

export const beginEpoch =
  <B, S, O>({ totals }: Environment<B, S, O>): Action<B, S, O> =>
  (state) =>
    Effect.map(Monotonic.now, (epochAt) => ({
      state: { ...state, epochAt },
      events: [{ _tag: "EpochStarted", epoch: state.position.epoch, batches: totals.trainBatches }]
    }))

export const endEpoch =
  <B, S, O>(): Action<B, S, O> =>
  (state) =>
    Effect.map(Monotonic.now, (now) => {
      const { epoch, step, lossSum, lossCount } = state.position
      const position = { ...state.position, epoch: epoch + 1, batch: 0, lossSum: 0, lossCount: 0 }
      const loss = lossSum / Math.max(1, lossCount)
      return {
        state: { ...state, position, unsaved: true },
        events: [{ _tag: "EpochEnded", epoch, step, loss, seconds: (now - state.epochAt) / 1000 }]
      }
    })

/** Shows every rule the newest metrics; the first that wants to stop gives the reason. */
const observed = <B, S>(state: State<B, S>): State<B, S> => {
  const { metrics, position } = state
  const observation = { epoch: position.epoch, step: position.step, metrics }
  const outcomes = state.rules.map((rule) => rule.observe(observation))
  return {
    ...state,
    rules: outcomes.map(({ rule }) => rule),
    rateRules: state.rateRules.map((rule) => rule.observe(observation)),
    stop: state.stop ?? outcomes.find(({ stop }) => stop !== undefined)?.stop
  }
}

/** A validation gives metrics to the rules and makes a save point due; a sanity check changes nothing. */
const concluded = <B, S, O>(
  { options }: Environment<B, S, O>,
  state: State<B, S>,
  ended: EvaluationEnded
): Effect.Effect<State<B, S>, MonitorMissing> => {
  if (ended.kind !== "val") return Effect.succeed(state)
  const { position } = state
  const trainLoss = position.lossCount === 0 ? {} : { "train/loss": position.lossSum / position.lossCount }
  const saving = Triggers.shouldSaveAfterEpoch(options, position)
  const next = {
    ...state,
    position: { ...position, validating: false, saving },
    metrics: { ...state.metrics, ...trainLoss, ...ended.metrics },
    unsaved: true
  }
  return Effect.as(FitRules.checkReported(options, next.metrics), observed(next))
}

/** Validates, or checks before the first step that validation works. */
export function* evaluate<B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>,
  kind: "val" | "sanity"
): Actions<B, S, O> {
  const { task, data, scope, totals, options } = environment
  if (data.val === undefined) return state
  const { epoch, step } = state.position
  const batches = kind === "sanity" ? totals.sanityBatches : totals.valBatches
  return yield* Evaluation.actions({
    task,
    dataset: data.val,
    scope,
    options: { kind, batches, epoch, step, prefetch: options.prefetch },
    variables: ({ tensors }: State<B, S>) => FitState.variables(tensors),
    conclude: (after, ended) => concluded(environment, after, ended)
  })
}

type SaveError = CheckpointError | DeviceError | StepRefused

const aliasesOf = <B, S, O>({ options }: Environment<B, S, O>, state: State<B, S>, name: string) => {
  if (name === "last") return ["last"]
  const retention = options.checkpoint?.retention
  return retention !== undefined && Retention.best(retention, state.kept)?.name === name ? ["best"] : []
}

/** Writes `snapshot`, which is of `state`. */
const saved = Effect.fnUntraced(function* <B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>,
  name: string,
  snapshot: Snapshot
) {
  const { position, metrics, unsaved } = state
  const begun = yield* Monotonic.now
  const { path } = yield* environment.checkpoints.save(name, snapshot)
  const savedAt = yield* Monotonic.now
  const event: CheckpointSaved = {
    _tag: "CheckpointSaved",
    name,
    path,
    epoch: position.epoch,
    step: position.step,
    aliases: aliasesOf(environment, state, name),
    metrics,
    seconds: (savedAt - begun) / 1000
  }
  return { state: { ...state, savedAt, unsaved: unsaved && name !== "last" }, event }
})

/** Removes the checkpoints that the last save replaced; a run that was killed before does so when it resumes. */
export const removePending =
  <B, S, O>({ checkpoints }: Environment<B, S, O>) =>
  (state: State<B, S>) =>
    Effect.as(
      Effect.forEach(state.pendingDeletes, (name) => checkpoints.remove(name), { discard: true }),
      {
        state: { ...state, pendingDeletes: [] },
        events: state.pendingDeletes.map((name): CheckpointRemoved => ({ _tag: "CheckpointRemoved", name }))
      }
    )

/** The state once the retention policy has decided, and the names to save it under. */
const decided = <B, S>(retention: Retention.RetentionOptions, state: State<B, S>) => {
  const { position, metrics, kept } = state
  const decision = Retention.decide(retention, kept, { epoch: position.epoch, step: position.step, metrics })
  const next: State<B, S> = {
    ...state,
    kept: decision.kept,
    pendingDeletes: decision.remove,
    position: { ...position, saving: false }
  }
  return { state: next, names: decision.save }
}

/** Saves what the retention policy wants of a state that remembers it, and only then removes anything. */
export const savePoint = <B, S, O>(environment: Environment<B, S, O>): Action<B, S, O> =>
  Effect.fnUntraced(function* (before) {
    const { checkpoint } = environment.options
    if (checkpoint === undefined) return { state: before, events: [] }
    const decision = decided(checkpoint.retention, before)
    let { state } = decision
    const whole = yield* Fit.snapshot(environment, state)
    const ranked = checkpoint.saveWeightsOnly ? FitCheckpoint.weightsOnly(whole) : whole
    const events: Array<CheckpointSaved> = []
    for (const name of decision.names) {
      const one = yield* saved(environment, state, name, name === "last" ? whole : ranked)
      state = one.state
      events.push(one.event)
    }
    const removed = yield* removePending(environment)(state)
    return { state: removed.state, events: [...events, ...removed.events] }
  })

/** Writes `last` unless the state is saved already. */
export const saveLast = <B, S, O>(environment: Environment<B, S, O>): Action<B, S, O> =>
  Effect.fnUntraced(function* (before) {
    const { checkpoint } = environment.options
    if (!before.unsaved || checkpoint?.retention.saveLast !== true) return { state: before, events: [] }
    const { state, event } = yield* saved(
      environment,
      before,
      "last",
      yield* Fit.snapshot(environment, before)
    )
    return { state, events: [event] }
  })

/** The state before a step that diverged, under a name of its own, which no policy removes. */
const savedBefore = Effect.fnUntraced(function* <B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>,
  { step }: Diverged
): Effect.fn.Return<CheckpointSaved | undefined, SaveError, Device> {
  if (environment.options.checkpoint === undefined) return undefined
  const name = `diverged_step-${String(step).padStart(6, "0")}`
  const snapshot = yield* Fit.snapshot(environment, state)
  return (yield* saved(environment, state, name, snapshot)).event
})

/** Saves the state before the step that diverged, and reports the step with its batch. */
export const reportDivergence = <B, S, O>(environment: Environment<B, S, O>): Action<B, S, O> =>
  Effect.fnUntraced(function* (state) {
    if (state.diverged === undefined) return { state, events: [] }
    const { error, input } = state.diverged
    const kept = yield* savedBefore(environment, state, error).pipe(
      // The divergence is what matters, whatever else goes wrong.
      Effect.catchTag(["CheckpointError", "StepRefused"], (failed) =>
        Effect.as(
          Effect.logError(`the state before the divergence was not saved: ${failed.message}`),
          undefined
        )
      )
    )
    const { epoch, batch, step, loss, gradientNorm } = error
    const event: StepDiverged = {
      _tag: "StepDiverged",
      epoch,
      batch,
      step,
      loss,
      gradientNorm,
      input,
      checkpoint: kept?.path
    }
    const reported = kept === undefined ? error : new Diverged({ ...error, saved: kept.path })
    return {
      state: { ...state, diverged: { error: reported, input } },
      events: kept === undefined ? [event] : [kept, event]
    }
  })

/** Fails with the divergence. */
export const failDiverged =
  <B, S, O>(): Action<B, S, O> =>
  (state) =>
    state.diverged === undefined ? Effect.succeed({ state, events: [] }) : Effect.fail(state.diverged.error)
