/** The training step of a fit: a batch changes weights and counters together, or neither. */
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type { Anomaly, AnomalyTrace, DeviceError } from "../device/Device.ts"
import * as Monotonic from "../internal/Monotonic.ts"
import type { DataError } from "../task/Dataset.ts"
import type * as Averaging from "./Averaging.ts"
import type { Event, StepEnded } from "./Event.ts"
import type { Action, Environment, State } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import { Diverged, StepRefused } from "./FitError.ts"
import * as FitState from "./FitState.ts"
import type * as Loop from "./Loop.ts"
import * as Totals from "./Totals.ts"
import * as TrainStep from "./TrainStep.ts"
import * as Triggers from "./Triggers.ts"

/** Enough to see a trend before a divergence, few enough for one line. */
const recentLosses = 8

/** Where training stands after the coming optimizer step. */
const momentAfter = <B, S, O>(
  { totals }: Environment<B, S, O>,
  { position: { batch, epoch, step } }: State<B, S>
): Averaging.Moment => ({ epoch, step: step + 1, endsEpoch: batch + 1 === totals.trainBatches })

/** Whether the coming micro-batch makes an optimizer step of the gradients that wait. */
const completes = <B, S, O>(
  { options, totals }: Environment<B, S, O>,
  { position: { accumulated, batch, epoch } }: State<B, S>
): boolean => accumulated + 1 >= Totals.accumulation(options, epoch) || batch + 1 === totals.trainBatches

/** The optimizer step of the coming micro-batch; undefined if it only adds its gradients. */
const optimization = <B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>
): TrainStep.Optimization | undefined => {
  if (!completes(environment, state)) return undefined
  const { options, averaging, settings } = environment
  const moment = momentAfter(environment, state)
  return {
    optimizer: options.optimizer,
    step: moment.step,
    learningRate: Fit.rate(environment, state),
    clip: options.gradientClip,
    settings,
    average: averaging?.due(moment) === true ? { averaging, count: state.averages } : undefined
  }
}

/** A sentence about where the first number that is not finite came from. */
const explained = ({ made, operation, phase, place, inputs }: Anomaly): string => {
  const of = inputs.length === 0 ? "nothing" : inputs.join("; ")
  const where = place === undefined ? phase : `${phase}, ${place}`
  return made
    ? `The first number that is not finite came out of ${operation} (${where}) of ${of}`
    : `A number that is not finite went into ${operation} (${where}) of ${of}: a weight or the batch holds it`
}

const divergence = <B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>,
  { loss, norm }: Computed,
  origin: Anomaly | undefined
): Diverged => {
  const { epoch, batch, step } = state.position
  return new Diverged({
    epoch,
    batch,
    step: step + 1,
    learningRate: Fit.rate(environment, state),
    loss,
    gradientNorm: norm,
    recent: state.recent,
    ...(origin === undefined ? {} : { origin: explained(origin) })
  })
}

const originOf = (anomalies: AnomalyTrace, report: ReadonlyArray<Tensor>): Anomaly | undefined =>
  report.map((value) => anomalies.originOf(value)).find((origin) => origin !== undefined)

/** What a step returned on the device, with the numbers that it reports read back. */
interface Computed extends TrainStep.StepResult {
  readonly loss: number
  /** L2 norm of the gradients; 0 while they accumulate. */
  readonly norm: number
  readonly numbers: ReadonlyArray<number>
}

const refused = <B, S, O>(
  { task }: Environment<B, S, O>,
  { position }: State<B, S>,
  problems: ReadonlyArray<string>
) => Effect.fail(new StepRefused({ task: task.name, step: position.step, problems: [...problems] }))

/**
 * Refuses a result that a checkpoint could not keep. Only the first batch of a process, and those of a run before its
 * first optimizer step, are checked: the ones after are like them.
 */
const accepted = <B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>,
  result: TrainStep.StepResult
): Effect.Effect<void, StepRefused> => {
  if (state.recent.length > 0 && state.position.step > 0) return Effect.void
  const problems = TrainStep.problems(environment.task.model, environment.options.optimizer, result)
  if (problems.length === 0) return Effect.void
  for (const value of result.report) value.dispose()
  FitState.dispose(result.tensors, state.tensors)
  return refused(environment, state, problems)
}

/** Forward, backward and update on the device, and the numbers that they report. */
const compute = <B, S, O>(
  environment: Environment<B, S, O>,
  state: State<B, S>,
  batch: B,
  optimize: TrainStep.Optimization | undefined
): Effect.Effect<Computed, DeviceError | StepRefused> => {
  const { device, task, options, frozen } = environment
  return Effect.flatMap(
    device.compute("train step", (tf) =>
      TrainStep.run({
        tf,
        ops: device.ops,
        task,
        tensors: state.tensors,
        batch,
        seed: options.seed,
        counter: state.position.counter,
        accumulate: Totals.accumulation(options, state.position.epoch),
        frozen,
        optimize
      })
    ),
    (result) =>
      Effect.map(
        Effect.andThen(accepted(environment, state, result), device.readScalars(result.report)),
        (numbers) => {
          const [loss = Number.NaN, norm = Number.NaN] = numbers
          return { ...result, loss, norm, numbers }
        }
      )
  )
}

/** The parts of the loss by name; the first two numbers of a report are the loss and the norm. */
const partsOf = ({ partNames, numbers }: Computed): { readonly [name: string]: number } =>
  Object.fromEntries(partNames.map((name, index) => [name, numbers[index + 2] ?? Number.NaN]))

/** Kept only if it decides something: a resumed run's state is otherwise that of an uninterrupted one. */
const elapsed = <B, S, O>({ options, elapsedBefore, begun }: Environment<B, S, O>, now: number): number =>
  options.maxTime === undefined ? 0 : elapsedBefore + (now - begun) / 1000

const advanced = (position: FitState.Position, loss: number, optimized: boolean): FitState.Position => ({
  ...position,
  batch: position.batch + 1,
  step: position.step + (optimized ? 1 : 0),
  counter: position.counter + 1,
  accumulated: optimized ? 0 : position.accumulated + 1,
  lossSum: position.lossSum + loss,
  lossCount: position.lossCount + 1
})

/** The state after a step, which takes over its tensors; those that it replaced are freed. */
const committed = <B, S, O>(
  environment: Environment<B, S, O>,
  before: State<B, S>,
  { tensors, loss }: Computed,
  optimize: TrainStep.Optimization | undefined
): State<B, S> => {
  const now = Monotonic.millis(environment.clock)
  FitState.dispose(before.tensors, tensors)
  const state: State<B, S> = {
    ...before,
    tensors,
    position: advanced(before.position, loss, optimize !== undefined),
    averages: before.averages + (optimize?.average === undefined ? 0 : 1),
    elapsed: elapsed(environment, now),
    unsaved: true,
    recent: [...before.recent.slice(1 - recentLosses), loss]
  }
  const validating = Triggers.shouldValidate(environment, state)
  const saving = Triggers.shouldSave(environment, state, now)
  return validating || saving ? { ...state, position: { ...state.position, validating, saving } } : state
}

/** The state after a step whose numbers are finite, or the state before it and the divergence. */
const concluded = <B, S, O>(
  environment: Environment<B, S, O>,
  before: State<B, S>,
  batch: B,
  computed: Computed,
  optimize: TrainStep.Optimization | undefined
): State<B, S> => {
  const { loss, norm, report, tensors } = computed
  const { anomalies } = environment
  const finite = Number.isFinite(loss) && Number.isFinite(norm)
  const origin = finite || anomalies === undefined ? undefined : originOf(anomalies, report)
  for (const value of report) value.dispose()
  if (finite) return committed(environment, before, computed, optimize)
  FitState.dispose(tensors, before.tensors)
  return { ...before, diverged: { error: divergence(environment, before, computed, origin), input: batch } }
}

interface Timed<B> {
  readonly batch: B
  /** Clock when the batch was asked for, and when it was there, milliseconds. */
  readonly asked: number
  readonly begun: number
}

/** The next batch, and how long it took. Other fibers run first. */
const fetched = <B, S, O>({ clock, nextBatch }: Environment<B, S, O>): Effect.Effect<Timed<B>, DataError> =>
  Effect.flatMap(Effect.yieldNow, () => {
    const asked = Monotonic.millis(clock)
    return Effect.map(nextBatch, (batch) => ({ batch, asked, begun: Monotonic.millis(clock) }))
  })

const stepEnded = <B, S, O>(
  { totals, task, clock }: Environment<B, S, O>,
  { position }: State<B, S>,
  { batch, asked, begun }: Timed<B>,
  computed: Computed,
  { learningRate, optimized }: { readonly learningRate: number; readonly optimized: boolean }
): StepEnded => ({
  _tag: "StepEnded",
  epoch: position.epoch,
  batch: position.batch,
  batches: totals.trainBatches,
  step: position.step,
  loss: computed.loss,
  learningRate,
  optimized,
  gradientNorm: optimized ? computed.norm : undefined,
  parts: partsOf(computed),
  samples: task.sizeOf(batch),
  seconds: (Monotonic.millis(clock) - begun) / 1000,
  dataSeconds: (begun - asked) / 1000
})

/** One step. It may be interrupted while it waits for its batch; what follows is done whole. */
const step = <B, S, O>(
  environment: Environment<B, S, O>,
  before: State<B, S>,
  timed: Timed<B>
): Effect.Effect<Loop.Next<State<B, S>, Event<O, S>>, DeviceError | StepRefused> => {
  const optimize = optimization(environment, before)
  const learningRate = optimize?.learningRate ?? Fit.rate(environment, before)
  if (!Number.isFinite(learningRate)) {
    const problem = `the learning rate of the coming step is ${learningRate}. Correct the schedule.`
    return refused(environment, before, [problem])
  }
  return Effect.map(compute(environment, before, timed.batch, optimize), (computed) => {
    const state = concluded(environment, before, timed.batch, computed, optimize)
    const about = { learningRate, optimized: optimize !== undefined }
    return {
      state,
      events: state.diverged === undefined ? [stepEnded(environment, state, timed, computed, about)] : []
    }
  })
}

/** Trains on the next batch. Numbers that are not finite leave the weights as they were, and are kept as `diverged`. */
export const trainBatch = <B, S, O>(environment: Environment<B, S, O>): Action<B, S, O> => {
  const next = fetched(environment)
  return (state, interruptible) =>
    Effect.flatMap(interruptible(next), (timed) => step(environment, state, timed))
}
