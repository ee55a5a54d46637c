/** How a fit begins and ends, and its epochs: actions that move counters and tell what happened. */
import * as Effect from "effect/Effect"
import * as Monotonic from "../internal/Monotonic.ts"
import * as HostTensor from "../nn/HostTensor.ts"
import type { Action, Session } from "./Fit.ts"

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
  Effect.map(Monotonic.now, (now) => {
    session.epochAt = now
    return [
      { _tag: "EpochStarted", epoch: session.state.position.epoch, batches: session.totals.trainBatches }
    ]
  })

export const endEpoch = <B, S, I>(session: Session<B, S, I>): Action<I> =>
  Effect.map(Monotonic.now, (now) => {
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
