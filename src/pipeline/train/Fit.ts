/** A fit under way: what it holds, how it begins from a plan or a checkpoint, and how it lets go. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { type AnomalyTrace, Device, type DeviceError, type DeviceUnsupported } from "../device/Device.ts"
import * as Monotonic from "../internal/Monotonic.ts"
import type { Model } from "../nn/Model.ts"
import type { LearningRate } from "../optim/LearningRate.ts"
import * as ParameterGroup from "../optim/ParameterGroup.ts"
import type { DataError } from "../task/Dataset.ts"
import * as Dataset from "../task/Dataset.ts"
import type { Task } from "../task/Task.ts"
import type { Averaging } from "./Averaging.ts"
import {
  type CheckpointError,
  type CheckpointMismatch,
  Checkpoints,
  type Saved,
  type Snapshot
} from "./Checkpoints.ts"
import type * as Evaluation from "./Evaluation.ts"
import type { Event } from "./Event.ts"
import * as FitCheckpoint from "./FitCheckpoint.ts"
import { type Diverged, type MonitorMissing, type OptionsContradict, StepRefused } from "./FitError.ts"
import type { FitOptions } from "./FitOptions.ts"
import * as FitRules from "./FitRules.ts"
import * as FitState from "./FitState.ts"
import * as Prefetch from "./Prefetch.ts"
import * as StepCheck from "./StepCheck.ts"
import * as Totals from "./Totals.ts"

export interface FitData<B> {
  readonly train: Dataset.Dataset<B>
  readonly val?: Dataset.Dataset<B> | undefined
}

export type FitError =
  | DeviceError
  | DeviceUnsupported
  | DataError
  | CheckpointError
  | CheckpointMismatch
  | Diverged
  | MonitorMissing
  | OptionsContradict
  | StepRefused

/** One unit of work: it waits where it may be interrupted, and then changes the session and tells of it as one. */
export type Action<I> = Effect.Effect<ReadonlyArray<Event<I>>, FitError, Device | Checkpoints>

export interface Session<B, S, I> {
  readonly task: Task<B, S, I>
  readonly data: FitData<B>
  readonly options: FitOptions
  readonly totals: Totals.Totals
  readonly learningRate: LearningRate
  /** Learning rate and weight decay of each parameter. */
  readonly settings: ReadonlyMap<string, ParameterGroup.ParameterSetting>
  readonly averaging: Averaging | undefined
  /** Watches the operations; absent where nobody asked for it. */
  readonly anomalies: AnomalyTrace | undefined
  readonly scope: Scope.Scope
  readonly resumedFrom: string | undefined
  readonly device: Device["Service"]
  readonly clock: Clock.Clock
  readonly nextBatch: Effect.Effect<B, DataError>
  /** Monotonic clock of the beginning of this process's part, milliseconds. */
  readonly begun: number
  /** Seconds of training in processes before this one. */
  readonly elapsedBefore: number
  /** What may be interrupted inside an action, which is otherwise done and told as one. */
  interruptible: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  state: FitState.FitState
  /** The evaluation under way, with the scope of its read-ahead. */
  evaluation: { readonly pass: Evaluation.Evaluation<I>; readonly scope: Scope.Closeable } | undefined
  /** Set by a step that made numbers which are not finite, with the batch that it was given. */
  diverged: { readonly error: Diverged; readonly input: B } | undefined
  /** The state moved on since it was last saved. */
  unsaved: boolean
  /** Monotonic clock of the last save and of the beginning of the epoch, milliseconds. */
  savedAt: number
  epochAt: number
  /** Losses of the last batches, oldest first, to tell what came before a divergence. */
  recent: ReadonlyArray<number>
}

const identityOf = <B, S, I>({ task, options }: Session<B, S, I>): FitCheckpoint.Identity => ({
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
export const rate = <B, S, I>({ learningRate, state }: Session<B, S, I>): number =>
  state.rateRules.reduce(
    (scheduled, rule) => rule.rate(scheduled),
    learningRate(state.position.step, state.position.epoch)
  )

/** The whole state, read back from the device. One that could not be loaded again is refused. */
export const snapshot = <B, S, I>(
  session: Session<B, S, I>
): Effect.Effect<Snapshot, DeviceError | StepRefused, Device> => {
  const { state, task } = session
  const problems = StepCheck.variableProblems(task.model, state.tensors)
  if (problems.length === 0) return FitCheckpoint.snapshot(state, identityOf(session))
  const { step } = state.position
  return Effect.fail(new StepRefused({ task: task.name, step, problems: [...problems] }))
}

/** Writes `last` as training stands; what interruption and failure leave behind. */
export const saveLast = Effect.fnUntraced(function* <B, S, I>(
  session: Session<B, S, I>
): Effect.fn.Return<Saved, CheckpointError | DeviceError | StepRefused, Device | Checkpoints> {
  const checkpoints = yield* Checkpoints
  const saved = yield* checkpoints.save("last", yield* snapshot(session))
  session.unsaved = false
  return saved
})

const release = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  if (session.unsaved && session.options.checkpoint?.retention.saveLast === true) {
    // A finalizer cannot fail; the loss of the last checkpoint is told, and the ones before are whole.
    yield* saveLast(session).pipe(
      Effect.catch((error) => Effect.logError(`the last checkpoint was not saved: ${error.message}`))
    )
  }
  FitState.dispose(session.state.tensors)
})

const loaded = Effect.fnUntraced(function* (resume: string | undefined) {
  if (resume === undefined) return undefined
  const checkpoints = yield* Checkpoints
  const found: Snapshot & Saved = yield* checkpoints.load(resume)
  return found
})

const stateFrom = (model: Model, options: FitOptions, resumed: (Snapshot & Saved) | undefined) => {
  const { optimizer, averaging, stopRules, rateRules = [], seed } = options
  const policies = { rules: stopRules, rateRules }
  return resumed === undefined
    ? FitState.fresh(model, seed, policies)
    : FitCheckpoint.restore({ ...policies, model, optimizer, averages: averaging !== undefined }, resumed)
}

/** Begins a fit; when the scope closes, the last state is saved and every tensor freed. */
export const open = Effect.fnUntraced(function* <B, S, I>(
  task: Task<B, S, I>,
  data: FitData<B>,
  given: FitOptions
): Effect.fn.Return<Session<B, S, I>, FitError, Device | Checkpoints | Scope.Scope> {
  yield* FitRules.check(task, { train: data.train.length, val: data.val?.length }, given)
  const options = FitRules.normalize(given)
  const device = yield* Device
  const totals = Totals.make(options, data.train.length, data.val?.length)
  // First, as an engine may refuse it: the state that follows would be nobody's to free.
  const anomalies = options.detectAnomaly === true ? yield* device.anomalies : undefined
  const resumed = yield* loaded(options.resume)
  const state = yield* stateFrom(task.model, options, resumed)
  const { epoch, batch } = state.position
  const clock = yield* Clock.Clock
  const now = Monotonic.millis(clock)
  const session: Session<B, S, I> = {
    task,
    data,
    options,
    totals,
    learningRate: options.learningRate(totals),
    settings: ParameterGroup.settings(
      task.model,
      options.parameterGroups ?? [],
      options.optimizer.weightDecay
    ),
    averaging: options.averaging?.(totals),
    anomalies,
    scope: yield* Scope.Scope,
    resumedFrom: resumed?.name,
    device,
    clock,
    nextBatch: yield* Prefetch.make(
      FitRules.repeatsFirstEpoch(given) ? Dataset.firstEpochOnly(data.train) : data.train,
      Prefetch.from(epoch, batch, totals.trainBatches),
      options.prefetch
    ),
    begun: now,
    elapsedBefore: state.elapsed,
    interruptible: (effect) => effect,
    state,
    evaluation: undefined,
    diverged: undefined,
    unsaved: resumed === undefined,
    savedAt: now,
    epochAt: now,
    recent: []
  }
  yield* Effect.addFinalizer(() => release(session))
  return session
})
