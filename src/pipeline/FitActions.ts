/** The actions of a fit: each advances the session by one unit of work and tells what happened. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import { Checkpoints } from "./Checkpoints.ts"
import { Device } from "./Device.ts"
import * as Evaluation from "./Evaluation.ts"
import type { CheckpointRemoved, CheckpointSaved, EvaluationKind, StepEnded } from "./Event.ts"
import type { Action, Session } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import { Diverged } from "./FitOptions.ts"
import * as FitState from "./FitState.ts"
import * as HostTensor from "./HostTensor.ts"
import * as Retention from "./Retention.ts"
import * as TrainStep from "./TrainStep.ts"

/** Enough to see a trend before a divergence, few enough for one line. */
const recentLosses = 8

const count = <B, S, I>(session: Session<B, S, I>, trainable: boolean): number =>
  session.task.model.parameters
    .filter((spec) => spec.trainable === trainable)
    .reduce((sum, spec) => sum + HostTensor.sizeOf(spec.shape), 0)

export const started = <B, S, I>(session: Session<B, S, I>): Action<I> =>
  Effect.sync(() => [
    {
      _tag: "FitStarted",
      task: session.task.name,
      parameters: count(session, true),
      buffers: count(session, false),
      epoch: session.state.position.epoch,
      step: session.state.position.step,
      trainBatches: session.totals.trainBatches,
      valBatches: session.totals.valBatches,
      maxEpochs: session.options.maxEpochs,
      maxSteps: session.options.maxSteps,
      resumedFrom: session.resumedFrom
    }
  ])

export const beginEpoch = <B, S, I>(session: Session<B, S, I>): Action<I> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    session.epochAt = now
    return [
      { _tag: "EpochStarted", epoch: session.state.position.epoch, batches: session.totals.trainBatches }
    ]
  })

const undecayed = <B, S, I>(session: Session<B, S, I>): ReadonlySet<string> =>
  new Set(session.task.model.parameters.filter((spec) => !spec.decay).map((spec) => spec.name))

/** What the coming micro-batch does, beside adding its gradients. */
const optimization = <B, S, I>(session: Session<B, S, I>): TrainStep.Optimization | undefined => {
  const { options, totals } = session
  const { accumulated, batch, step } = session.state.position
  const whole = accumulated + 1 === options.accumulateGradBatches || batch + 1 === totals.trainBatches
  return whole
    ? {
        optimizer: options.optimizer,
        step: step + 1,
        learningRate: session.learningRate(step),
        clip: options.gradientClip,
        undecayed: undecayed(session)
      }
    : undefined
}

const refuseDivergence = <B, S, I>(
  session: Session<B, S, I>,
  learningRate: number,
  loss: number,
  gradientNorm: number
): Effect.Effect<void, Diverged> => {
  const { epoch, batch, step } = session.state.position
  return Number.isFinite(loss) && Number.isFinite(gradientNorm)
    ? Effect.void
    : Effect.fail(
        new Diverged({
          epoch,
          batch,
          step: step + 1,
          learningRate,
          loss,
          gradientNorm,
          recent: session.recent
        })
      )
}

/** Forward, backward and update; the new state replaces the old only when its numbers are finite. */
const runStep = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>, batch: B) {
  const device = yield* Device
  const { state, task, options } = session
  const optimize = optimization(session)
  const learningRate = session.learningRate(state.position.step)
  const result = yield* device.run("train step", (tf) => {
    const { tensors, report, partNames } = TrainStep.run({
      tf,
      ops: device.ops,
      task,
      tensors: state.tensors,
      batch,
      seed: options.seed,
      counter: state.position.counter,
      accumulate: options.accumulateGradBatches,
      optimize
    })
    return { tensors: { ...tensors }, report, partNames: [...partNames] }
  })
  const [loss = Number.NaN, norm = Number.NaN, ...parts] = yield* device.read(result.report)
  result.report.dispose()
  yield* refuseDivergence(session, learningRate, loss, norm).pipe(
    Effect.tapError(() => FitState.dispose(result.tensors, state.tensors))
  )
  yield* FitState.dispose(state.tensors, result.tensors)
  const optimized = optimize !== undefined
  const { position } = state
  session.state = {
    ...state,
    tensors: result.tensors,
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
  return {
    loss,
    learningRate,
    optimized,
    gradientNorm: optimized ? norm : undefined,
    parts: Object.fromEntries(result.partNames.map((name, i) => [name, parts[i] ?? Number.NaN]))
  }
})

/** Whether save points fall into this epoch. */
const epochSaves = <B, S, I>({ options, state }: Session<B, S, I>): boolean => {
  const every = options.checkpoint?.everyNEpochs
  return every !== undefined && (state.position.epoch + 1) % every === 0
}

/** Whether this batch makes a save point due, by steps, by time, or as the last one of an epoch without validation. */
const saveDue = <B, S, I>(session: Session<B, S, I>, now: number): boolean => {
  const { options, state, totals, savedAt } = session
  const { step, accumulated, batch } = state.position
  const { everyNTrainSteps, trainTimeInterval } = options.checkpoint ?? {}
  const bySteps = everyNTrainSteps !== undefined && accumulated === 0 && step % everyNTrainSteps === 0
  const byTime = trainTimeInterval !== undefined && now - savedAt >= trainTimeInterval * 1000
  const unvalidated = totals.valBatches === 0 && batch === totals.trainBatches
  return bySteps || byTime || (unvalidated && epochSaves(session))
}

/** Whether this batch ends a validation interval, or training. */
const validationDue = <B, S, I>(session: Session<B, S, I>): boolean => {
  const { totals, options, state } = session
  if (totals.valBatches === 0) return false
  const { batch, epoch } = state.position
  const epochCounts = (epoch + 1) % options.checkValEveryNEpoch === 0
  return (epochCounts && batch % totals.valEvery === 0) || Fit.finished(session) !== undefined
}

export const trainBatch = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const waited = yield* Clock.currentTimeMillis
  const batch = yield* session.nextBatch.pipe(
    Pull.catchDone(() => Effect.die("the endless read-ahead of training ended"))
  )
  const begun = yield* Clock.currentTimeMillis
  const step = yield* Effect.uninterruptible(runStep(session, batch))
  const now = yield* Clock.currentTimeMillis
  const { maxTime } = session.options
  session.timeUp = maxTime !== undefined && now - session.begun >= maxTime * 1000
  const { position } = session.state
  session.state = {
    ...session.state,
    position: { ...position, validating: validationDue(session), saving: saveDue(session, now) }
  }
  // Without it nothing can interrupt training: the step is synchronous and its promises are resolved.
  yield* Effect.yieldNow
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

export const beginEvaluation = Effect.fnUntraced(function* <B, S, I>(
  session: Session<B, S, I>,
  kind: EvaluationKind
) {
  const { task, data, options, totals, state } = session
  if (data.val === undefined) return []
  const scope = yield* Scope.fork(session.scope)
  const sanity = Math.min(totals.valBatches, options.numSanityValSteps)
  const pass = yield* Evaluation.open(task, data.val, {
    kind,
    batches: kind === "sanity" ? sanity : totals.valBatches,
    epoch: state.position.epoch,
    step: state.position.step,
    prefetch: options.prefetch
  }).pipe(Scope.provide(scope))
  session.evaluation = { pass, scope }
  return [pass.started]
}, Effect.uninterruptible)

export const evaluateBatch = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const { evaluation } = session
  return evaluation === undefined ? [] : [yield* evaluation.pass.next(session.state.tensors)]
})

/** Lets every rule see the newest metrics; the first that wants to stop gives the reason. */
const consultRules = <B, S, I>(session: Session<B, S, I>): void => {
  const { metrics, position } = session.state
  const observed = session.state.rules.map((rule) =>
    rule.observe({ epoch: position.epoch, step: position.step, metrics })
  )
  session.state = { ...session.state, rules: observed.map(({ rule }) => rule) }
  session.ruleStop ??= observed.find(({ stop }) => stop !== undefined)?.stop
}

export const endEvaluation = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const { evaluation } = session
  if (evaluation === undefined) return []
  const ended = yield* evaluation.pass.ended
  yield* Scope.close(evaluation.scope, Exit.void)
  session.evaluation = undefined
  if (ended.kind === "val") {
    const { position, metrics } = session.state
    const trainLoss = position.lossCount === 0 ? {} : { "train/loss": position.lossSum / position.lossCount }
    session.state = {
      ...session.state,
      position: { ...position, validating: false, saving: epochSaves(session) },
      metrics: { ...metrics, ...trainLoss, ...ended.metrics }
    }
    session.unsaved = true
    consultRules(session)
  }
  return [ended]
}, Effect.uninterruptible)

const bestAlias = (options: Retention.RetentionOptions, kept: ReadonlyArray<Retention.Kept>, name: string) =>
  Retention.best(options, kept)?.name === name ? ["best"] : []

/** Asks the retention policy what to keep, writes it, and only then removes what it lets go. */
export const savePoint = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const retention = session.options.checkpoint?.retention
  if (retention === undefined) return []
  const checkpoints = yield* Checkpoints
  const { position, metrics, kept } = session.state
  const { epoch, step } = position
  const decision = Retention.decide(retention, kept, { epoch, step, metrics })
  session.state = { ...session.state, kept: decision.kept, position: { ...position, saving: false } }
  const whole = yield* Fit.snapshot(session)
  const events: Array<CheckpointSaved | CheckpointRemoved> = []
  for (const name of decision.save) {
    const begun = yield* Clock.currentTimeMillis
    const saved = yield* checkpoints.save(name, whole)
    const now = yield* Clock.currentTimeMillis
    events.push({
      _tag: "CheckpointSaved",
      name,
      path: saved.path,
      epoch,
      step,
      aliases: name === "last" ? ["last"] : bestAlias(retention, decision.kept, name),
      metrics,
      seconds: (now - begun) / 1000
    })
    session.savedAt = now
  }
  for (const name of decision.remove) {
    yield* checkpoints.remove(name)
    events.push({ _tag: "CheckpointRemoved", name })
  }
  if (decision.save.includes("last")) session.unsaved = false
  return events
}, Effect.uninterruptible)

/** Writes `last` when the newest state is nowhere yet. */
export const saveLast = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  if (!session.unsaved || session.options.checkpoint?.retention.saveLast !== true) return []
  const begun = yield* Clock.currentTimeMillis
  const saved = yield* Fit.saveLast(session)
  const now = yield* Clock.currentTimeMillis
  const { position, metrics } = session.state
  const event: CheckpointSaved = {
    _tag: "CheckpointSaved",
    name: saved.name,
    path: saved.path,
    epoch: position.epoch,
    step: position.step,
    aliases: ["last"],
    metrics,
    seconds: (now - begun) / 1000
  }
  return [event]
})

export const endEpoch = <B, S, I>(session: Session<B, S, I>): Action<I> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const { position } = session.state
    const loss = position.lossSum / Math.max(1, position.lossCount)
    session.state = {
      ...session.state,
      position: { ...position, epoch: position.epoch + 1, batch: 0, lossSum: 0, lossCount: 0 }
    }
    session.unsaved = true
    return [
      {
        _tag: "EpochEnded",
        epoch: position.epoch,
        step: position.step,
        loss,
        seconds: (now - session.epochAt) / 1000
      }
    ]
  })

export const ended = <B, S, I>(session: Session<B, S, I>, reason: string): Action<I> =>
  Effect.sync(() => {
    const { position, metrics } = session.state
    return [{ _tag: "FitEnded", epoch: position.epoch, step: position.step, reason, metrics }]
  })
