/** The training of a fit, batch by batch: each advances weights and counters together, or neither. */
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type { Anomaly, AnomalyTrace, DeviceError } from "../device/Device.ts"
import * as Monotonic from "../internal/Monotonic.ts"
import type { DataError } from "../task/Dataset.ts"
import type * as Averaging from "./Averaging.ts"
import type { StepEnded } from "./Event.ts"
import type { Action, Session } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import { Diverged, StepRefused } from "./FitError.ts"
import * as FitState from "./FitState.ts"
import * as StepCheck from "./StepCheck.ts"
import * as Totals from "./Totals.ts"
import * as TrainStep from "./TrainStep.ts"
import * as Triggers from "./Triggers.ts"

/** Enough to see a trend before a divergence, few enough for one line. */
const recentLosses = 8

/** Where training stands when the coming optimizer step is done. */
const momentAfter = <B, S, I>({ state, totals }: Session<B, S, I>): Averaging.Moment => {
  const { batch, epoch, step } = state.position
  return { epoch, step: step + 1, endsEpoch: batch + 1 === totals.trainBatches }
}

/** Whether the coming micro-batch makes its accumulation whole. */
const completes = <B, S, I>({ options, state, totals }: Session<B, S, I>): boolean => {
  const { accumulated, batch, epoch } = state.position
  return accumulated + 1 >= Totals.accumulation(options, epoch) || batch + 1 === totals.trainBatches
}

/** What the coming micro-batch does, beside adding its gradients. */
const optimization = <B, S, I>(session: Session<B, S, I>): TrainStep.Optimization | undefined => {
  if (!completes(session)) return undefined
  const { options, averaging, settings, state } = session
  const moment = momentAfter(session)
  return {
    optimizer: options.optimizer,
    step: moment.step,
    learningRate: Fit.rate(session),
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

const divergence = <B, S, I>(
  session: Session<B, S, I>,
  loss: number,
  gradientNorm: number,
  origin: Anomaly | undefined
): Diverged => {
  const { epoch, batch, step } = session.state.position
  return new Diverged({
    epoch,
    batch,
    step: step + 1,
    learningRate: Fit.rate(session),
    loss,
    gradientNorm,
    recent: session.recent,
    ...(origin === undefined ? {} : { origin: explained(origin) })
  })
}

const originOf = (anomalies: AnomalyTrace, report: ReadonlyArray<Tensor>): Anomaly | undefined =>
  report.map((value) => anomalies.originOf(value)).find((origin) => origin !== undefined)

/** What a step gave on the device, with the numbers that it reports read back. */
interface Computed extends TrainStep.StepResult {
  readonly loss: number
  readonly norm: number
  readonly numbers: ReadonlyArray<number>
}

const refused = <B, S, I>({ state, task }: Session<B, S, I>, problems: ReadonlyArray<string>) =>
  Effect.fail(new StepRefused({ task: task.name, step: state.position.step, problems: [...problems] }))

/** Refuses what could not be kept, by the first batch of a process and of a run until it has optimized; the rest is alike. */
const accepted = <B, S, I>(
  session: Session<B, S, I>,
  result: TrainStep.StepResult
): Effect.Effect<void, StepRefused> => {
  const { task, options, state, recent } = session
  if (recent.length > 0 && state.position.step > 0) return Effect.void
  const problems = StepCheck.problems(task.model, options.optimizer, result)
  if (problems.length === 0) return Effect.void
  for (const value of result.report) value.dispose()
  FitState.dispose(result.tensors, state.tensors)
  return refused(session, problems)
}

/** Forward, backward and update on the device, and the numbers that they report. */
const compute = <B, S, I>(
  session: Session<B, S, I>,
  batch: B,
  optimize: TrainStep.Optimization | undefined
): Effect.Effect<Computed, DeviceError | StepRefused> => {
  const { device, state, task, options } = session
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
        optimize
      })
    ),
    (result) =>
      Effect.map(Effect.andThen(accepted(session, result), device.readScalars(result.report)), (numbers) => {
        const [loss = Number.NaN, norm = Number.NaN] = numbers
        return { ...result, loss, norm, numbers }
      })
  )
}

/** The losses that add up to the step's, by name; the numbers are those of a step's report. */
const partsOf = ({ partNames, numbers }: Computed): { readonly [name: string]: number } =>
  Object.fromEntries(partNames.map((name, index) => [name, numbers[index + 2] ?? Number.NaN]))

/** Kept only where it decides something: a resumed run's state is otherwise that of an uninterrupted one. */
const elapsed = <B, S, I>({ options, elapsedBefore, begun }: Session<B, S, I>, now: number): number =>
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

/** The new state replaces the old, and what is due is known. */
const commit = <B, S, I>(
  session: Session<B, S, I>,
  { tensors, loss }: Computed,
  optimize: TrainStep.Optimization | undefined
): void => {
  const { state } = session
  const now = Monotonic.millis(session.clock)
  FitState.dispose(state.tensors, tensors)
  const position = advanced(state.position, loss, optimize !== undefined)
  const averages = state.averages + (optimize?.average === undefined ? 0 : 1)
  session.state = { ...state, tensors, position, averages, elapsed: elapsed(session, now) }
  const due = { validating: Triggers.shouldValidate(session), saving: Triggers.shouldSave(session, now) }
  if (due.validating || due.saving) session.state = { ...session.state, position: { ...position, ...due } }
  session.unsaved = true
  session.recent = [...session.recent.slice(1 - recentLosses), loss]
}

/** The new state of a step whose numbers are finite, or the divergence, and the state as it was. */
const conclude = <B, S, I>(
  session: Session<B, S, I>,
  batch: B,
  computed: Computed,
  optimize: TrainStep.Optimization | undefined
): void => {
  const { loss, norm, report, tensors } = computed
  const finite = Number.isFinite(loss) && Number.isFinite(norm)
  const origin = finite || session.anomalies === undefined ? undefined : originOf(session.anomalies, report)
  for (const value of report) value.dispose()
  if (finite) return commit(session, computed, optimize)
  FitState.dispose(tensors, session.state.tensors)
  session.diverged = { error: divergence(session, loss, norm, origin), input: batch }
}

interface Timed<B> {
  readonly batch: B
  /** Clock when the batch was asked for, and when it was there, milliseconds. */
  readonly asked: number
  readonly begun: number
}

/** The next batch. Waiting for it, and yielding before, are what may be interrupted: the step itself is synchronous. */
const fetched = <B, S, I>(session: Session<B, S, I>): Effect.Effect<Timed<B>, DataError> => {
  const { clock, nextBatch } = session
  const timed = () => {
    const asked = Monotonic.millis(clock)
    return Effect.map(nextBatch, (batch) => ({ batch, asked, begun: Monotonic.millis(clock) }))
  }
  return session.interruptible(Effect.flatMap(Effect.yieldNow, timed))
}

const stepEnded = <B, S, I>(
  { state, totals, task, clock }: Session<B, S, I>,
  { batch, asked, begun }: Timed<B>,
  computed: Computed,
  { learningRate, optimized }: { readonly learningRate: number; readonly optimized: boolean }
): StepEnded => ({
  _tag: "StepEnded",
  epoch: state.position.epoch,
  batch: state.position.batch,
  batches: totals.trainBatches,
  step: state.position.step,
  loss: computed.loss,
  learningRate,
  optimized,
  gradientNorm: optimized ? computed.norm : undefined,
  parts: partsOf(computed),
  samples: task.sizeOf(batch),
  seconds: (Monotonic.millis(clock) - begun) / 1000,
  dataSeconds: (begun - asked) / 1000
})

/** One step; the new state replaces the old only when its numbers are finite. */
export const trainBatch = <B, S, I>(session: Session<B, S, I>): Action<I> =>
  Effect.flatMap(fetched(session), (timed) => {
    const optimize = optimization(session)
    const learningRate = optimize?.learningRate ?? Fit.rate(session)
    if (!Number.isFinite(learningRate)) {
      return refused(session, [`the learning rate of the coming step is ${learningRate}. Mend the schedule.`])
    }
    return Effect.map(compute(session, timed.batch, optimize), (computed) => {
      conclude(session, timed.batch, computed, optimize)
      const about = { learningRate, optimized: optimize !== undefined }
      return session.diverged === undefined ? [stepEnded(session, timed, computed, about)] : []
    })
  })
