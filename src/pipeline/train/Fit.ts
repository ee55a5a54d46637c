/** A fit under way: what it was given, the state that changes, and how it begins and ends. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { type AnomalyTrace, Device, type DeviceError } from "../device/Device.ts"
import * as Monotonic from "../internal/Monotonic.ts"
import type { Model } from "../nn/Model.ts"
import type { LearningRate } from "../optim/LearningRate.ts"
import * as ParameterGroup from "../optim/ParameterGroup.ts"
import type { DataError } from "../task/Dataset.ts"
import * as Dataset from "../task/Dataset.ts"
import type { Task } from "../task/Task.ts"
import type { Averaging } from "./Averaging.ts"
import { type CheckpointError, Checkpoints, type Saved, type Snapshot } from "./Checkpoints.ts"
import type * as Evaluation from "./Evaluation.ts"
import type { Event } from "./Event.ts"
import * as FitCheckpoint from "./FitCheckpoint.ts"
import { type Diverged, type FitError, StepRefused } from "./FitError.ts"
import type { FitOptions } from "./FitOptions.ts"
import * as FitRules from "./FitRules.ts"
import * as FitState from "./FitState.ts"
import type * as Loop from "./Loop.ts"
import * as Prefetch from "./Prefetch.ts"
import * as Totals from "./Totals.ts"
import * as TrainStep from "./TrainStep.ts"

export interface FitData<B> {
  readonly train: Dataset.Dataset<B>
  readonly val?: Dataset.Dataset<B> | undefined
}

/** What a fit was given and what follows from that. It never changes. */
export interface Environment<B, S, O> {
  readonly task: Task<B, O, S>
  readonly data: FitData<B>
  /** Normalized: see `FitRules.normalize`. */
  readonly options: FitOptions
  readonly totals: Totals.Totals
  readonly learningRate: LearningRate
  /** Learning rate and weight decay of each parameter. */
  readonly settings: ReadonlyMap<string, ParameterGroup.ParameterSetting>
  /** Names of the parameters that stay as they are. */
  readonly frozen: ReadonlySet<string>
  readonly averaging: Averaging | undefined
  readonly device: Device["Service"]
  readonly checkpoints: Checkpoints["Service"]
  readonly clock: Clock.Clock
  /** Records the operations under `detect_anomaly`. */
  readonly anomalies: AnomalyTrace | undefined
  /** Closes with the fit. */
  readonly scope: Scope.Scope
  /** The next batch to train on, read ahead. */
  readonly nextBatch: Effect.Effect<B, DataError>
  /** Name of the checkpoint that it resumed from. */
  readonly resumedFrom: string | undefined
  /** Monotonic clock at the beginning of this process's part, milliseconds. */
  readonly begun: number
  /** Seconds of training in processes before this one. */
  readonly elapsedBefore: number
}

/** What changes: what a checkpoint keeps, and what only this process needs. */
export interface State<B, S> extends FitState.FitState, Evaluation.Evaluating<B, S> {
  /** Whether the state changed since it was last saved. */
  readonly unsaved: boolean
  /** Monotonic clock of the last save and of the beginning of the epoch, milliseconds. */
  readonly savedAt: number
  readonly epochAt: number
  /** Losses of the last batches, oldest first. */
  readonly recent: ReadonlyArray<number>
  /** A step that produced numbers which are not finite, and its batch. */
  readonly diverged: { readonly error: Diverged; readonly input: B } | undefined
}

export type Action<B, S, O> = Loop.Action<State<B, S>, Event<O, S>, FitError, Device>
export type Actions<B, S, O> = Loop.Actions<State<B, S>, Event<O, S>, FitError, Device>

const identityOf = <B, S, O>({ task, options }: Environment<B, S, O>): FitCheckpoint.Identity => ({
  checkpoint: {
    task: task.name,
    model: task.model.name,
    seed: options.seed,
    plan: options.planHash,
    taskPlan: options.taskPlan,
    versions: options.versions
  },
  optimizer: options.optimizer,
  retention: options.checkpoint?.retention
})

/** The learning rate of the coming step. */
export const rate = <B, S, O>(
  { learningRate }: Environment<B, S, O>,
  { rateRules, position }: FitState.FitState
): number =>
  rateRules.reduce((scheduled, rule) => rule.rate(scheduled), learningRate(position.step, position.epoch))

/** The state as a checkpoint keeps it, read back from the device. Refuses one that could not be loaded again. */
export const snapshot = <B, S, O>(
  environment: Environment<B, S, O>,
  state: FitState.FitState
): Effect.Effect<Snapshot, DeviceError | StepRefused, Device> => {
  const { task } = environment
  const problems = TrainStep.variableProblems(task.model, state.tensors)
  if (problems.length === 0) return FitCheckpoint.snapshot(state, identityOf(environment))
  const { step } = state.position
  return Effect.fail(new StepRefused({ task: task.name, step, problems: [...problems] }))
}

/** Saves `last` if anything changed, and frees every tensor. */
const release = Effect.fnUntraced(function* <B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>
): Effect.fn.Return<void, never, Device> {
  const { checkpoints, options } = environment
  if (state.unsaved && options.checkpoint?.retention.saveLast === true) {
    yield* snapshot(environment, state).pipe(
      Effect.flatMap((whole) => checkpoints.save("last", whole)),
      // A finalizer cannot fail; the checkpoints before are whole.
      Effect.catch((error) => Effect.logError(`the last checkpoint was not saved: ${error.message}`))
    )
  }
  FitState.dispose(state.tensors)
})

const loaded = Effect.fnUntraced(function* (
  checkpoints: Checkpoints["Service"],
  resume: string | undefined
): Effect.fn.Return<(Snapshot & Saved) | undefined, CheckpointError> {
  return resume === undefined ? undefined : yield* checkpoints.load(resume)
})

const stateFrom = (model: Model, options: FitOptions, resumed: (Snapshot & Saved) | undefined) => {
  const { optimizer, averaging, parameterGroups, stopRules, rateRules = [], seed } = options
  const policies = { rules: stopRules, rateRules }
  return resumed === undefined
    ? FitState.fresh(model, seed, policies)
    : FitCheckpoint.restore(
        { ...policies, model, optimizer, parameterGroups, averages: averaging !== undefined },
        resumed
      )
}

export interface Opened<B, S, O> {
  readonly environment: Environment<B, S, O>
  readonly current: Loop.Current<State<B, S>>
}

/** Begins a fit. When the scope closes, the newest state is saved as `last` and every tensor is freed. */
export const open = Effect.fnUntraced(function* <B, S, O>(
  task: Task<B, O, S>,
  data: FitData<B>,
  given: FitOptions
): Effect.fn.Return<Opened<B, S, O>, FitError, Device | Checkpoints | Scope.Scope> {
  yield* FitRules.check(task, { train: data.train.length, val: data.val?.length }, given)
  const options = FitRules.normalize(given)
  const { model } = task
  const { parameterGroups: groups = [] } = options
  const device = yield* Device
  const checkpoints = yield* Checkpoints
  const totals = Totals.make(options, data.train.length, data.val?.length)
  // First, as an engine may refuse it, and nothing would free the tensors of a state that is there already.
  const anomalies = options.detectAnomaly === true ? yield* device.anomalies : undefined
  const resumed = yield* loaded(checkpoints, options.resume)
  const state = yield* stateFrom(model, options, resumed)
  const { epoch, batch } = state.position
  const clock = yield* Clock.Clock
  const now = Monotonic.millis(clock)
  const environment: Environment<B, S, O> = {
    task,
    data,
    options,
    totals,
    learningRate: options.learningRate(totals),
    settings: ParameterGroup.settings(model, groups, options.optimizer.weightDecay),
    frozen: ParameterGroup.frozen(model, groups),
    averaging: options.averaging?.(totals),
    device,
    checkpoints,
    clock,
    anomalies,
    scope: yield* Scope.Scope,
    nextBatch: yield* Prefetch.make(
      FitRules.repeatsFirstEpoch(given) ? Dataset.firstEpochOnly(data.train) : data.train,
      Prefetch.from(epoch, batch, totals.trainBatches),
      options.prefetch
    ),
    resumedFrom: resumed?.name,
    begun: now,
    elapsedBefore: state.elapsed
  }
  const current: Loop.Current<State<B, S>> = {
    state: {
      ...state,
      evaluation: undefined,
      unsaved: resumed === undefined,
      savedAt: now,
      epochAt: now,
      recent: [],
      diverged: undefined
    }
  }
  yield* Effect.addFinalizer(() => release(environment, current.state))
  return { environment, current }
})
