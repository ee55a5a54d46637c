/** The training of a fit, batch by batch: each advances weights and counters together, or neither. */
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type * as Averaging from "./Averaging.ts"
import { type Anomaly, type AnomalyTrace, Device } from "./Device.ts"
import * as Due from "./Due.ts"
import type { StepEnded } from "./Event.ts"
import type { Session } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import { Diverged } from "./FitError.ts"
import * as FitState from "./FitState.ts"
import * as Totals from "./Totals.ts"
import * as TrainStep from "./TrainStep.ts"

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

const isFinite = (loss: number, gradientNorm: number): boolean =>
  Number.isFinite(loss) && Number.isFinite(gradientNorm)

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

/** Forward, backward and update on the device, and the numbers that they report. */
const compute = Effect.fnUntraced(function* <B, S, I>(
  session: Session<B, S, I>,
  batch: B,
  optimize: TrainStep.Optimization | undefined
) {
  const device = yield* Device
  const { state, task, options, anomalies } = session
  const result = yield* device.run("train step", (tf) => {
    const { tensors, report, partNames } = TrainStep.run({
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
    return { tensors: { ...tensors }, report: [...report], partNames: [...partNames] }
  })
  const [loss = Number.NaN, norm = Number.NaN, ...parts] = yield* device.readScalars(result.report)
  const origin = isFinite(loss, norm) ? undefined : anomalies && originOf(anomalies, result.report)
  for (const value of result.report) value.dispose()
  const named = result.partNames.map((name, i): [string, number] => [name, parts[i] ?? Number.NaN])
  return { tensors: result.tensors, loss, norm, origin, parts: Object.fromEntries(named) }
})

/** One step; the new state replaces the old only when its numbers are finite. */
const runStep = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>, batch: B) {
  const { state } = session
  const optimize = optimization(session)
  const learningRate = Fit.rate(session)
  const { tensors, loss, norm, origin, parts } = yield* compute(session, batch, optimize)
  if (!isFinite(loss, norm)) {
    yield* FitState.dispose(tensors, state.tensors)
    return divergence(session, loss, norm, origin)
  }
  yield* FitState.dispose(state.tensors, tensors)
  const optimized = optimize !== undefined
  const { position } = state
  session.state = {
    ...state,
    tensors,
    averages: state.averages + (optimize?.average === undefined ? 0 : 1),
    position: {
      ...position,
      batch: position.batch + 1,
      step: position.step + (optimized ? 1 : 0),
      counter: position.counter + 1,
      accumulated: optimized ? 0 : position.accumulated + 1,
      lossSum: position.lossSum + loss,
      lossCount: position.lossCount + 1
    }
  }
  session.unsaved = true
  session.recent = [...session.recent.slice(1 - recentLosses), loss]
  return { loss, learningRate, optimized, gradientNorm: optimized ? norm : undefined, parts }
})

/** Kept only where it decides something: a resumed run's state is otherwise that of an uninterrupted one. */
const elapsed = <B, S, I>({ options, elapsedBefore, begun }: Session<B, S, I>, now: number): number =>
  options.maxTime === undefined ? 0 : elapsedBefore + (now - begun) / 1000

export const trainBatch = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  // Without it nothing can interrupt training: the step is synchronous and its promises are resolved.
  yield* session.interruptible(Effect.yieldNow)
  const waited = yield* Clock.currentTimeMillis
  const batch = yield* session
    .interruptible(session.nextBatch)
    .pipe(Pull.catchDone(() => Effect.die("the endless read-ahead of training ended")))
  const begun = yield* Clock.currentTimeMillis
  const step = yield* runStep(session, batch)
  if (step instanceof Diverged) {
    session.diverged = { error: step, input: batch }
    return []
  }
  const now = yield* Clock.currentTimeMillis
  const { position } = session.state
  session.state = { ...session.state, elapsed: elapsed(session, now) }
  session.state = {
    ...session.state,
    position: { ...position, validating: Due.validation(session), saving: Due.save(session, now) }
  }
  const event: StepEnded = {
    _tag: "StepEnded",
    epoch: position.epoch,
    batch: position.batch,
    batches: session.totals.trainBatches,
    step: position.step,
    ...step,
    samples: session.task.sizeOf(batch),
    seconds: (now - begun) / 1000,
    dataSeconds: (begun - waited) / 1000
  }
  return [event]
})
