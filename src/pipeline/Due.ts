/** When something is due: answers from a fit's options, counters and clock, which change nothing. */
import type { Session } from "./Fit.ts"

/** The limit that training has reached. */
const limit = <B, S, I>({ options, state, timeUp }: Session<B, S, I>): string | undefined => {
  const { maxSteps, maxEpochs, maxTime } = options
  const { epoch, step } = state.position
  if (maxSteps !== undefined && step >= maxSteps) return `max_steps=${maxSteps} reached`
  if (maxEpochs !== undefined && epoch >= maxEpochs) return `max_epochs=${maxEpochs} reached`
  return timeUp ? `max_time=${maxTime} s reached` : undefined
}

/** Why training is over, once it is; a rule's wish waits for `min_epochs` and `min_steps`. */
export const finished = <B, S, I>(session: Session<B, S, I>): string | undefined => {
  const { minEpochs = 0, minSteps = 0 } = session.options
  const { epoch, step } = session.state.position
  const enough = epoch + 1 >= minEpochs && step >= minSteps
  return limit(session) ?? (enough ? session.ruleStop : undefined)
}

/** Whether save points fall into this epoch. */
export const saveAfterEpoch = <B, S, I>({ options, state }: Session<B, S, I>): boolean => {
  const every = options.checkpoint?.everyNEpochs
  return every !== undefined && (state.position.epoch + 1) % every === 0
}

const saveBySteps = <B, S, I>({ options, state }: Session<B, S, I>): boolean => {
  const { step, accumulated } = state.position
  const every = options.checkpoint?.everyNTrainSteps
  return every !== undefined && accumulated === 0 && step % every === 0
}

const saveByTime = <B, S, I>({ options, savedAt }: Session<B, S, I>, now: number): boolean => {
  const every = options.checkpoint?.trainTimeInterval
  return every !== undefined && now - savedAt >= every * 1000
}

/** Whether this batch makes a save point due: by steps, by time, or as the last one of an epoch without validation. */
export const save = <B, S, I>(session: Session<B, S, I>, now: number): boolean => {
  const { totals, state } = session
  const unvalidated = totals.valBatches === 0 && state.position.batch === totals.trainBatches
  return saveBySteps(session) || saveByTime(session, now) || (unvalidated && saveAfterEpoch(session))
}

/** Whether this batch ends a validation interval, or training. */
export const validation = <B, S, I>(session: Session<B, S, I>): boolean => {
  const { totals, options, state } = session
  if (totals.valBatches === 0) return false
  const { batch, epoch } = state.position
  const epochCounts = (epoch + 1) % options.checkValEveryNEpoch === 0
  return (epochCounts && batch % totals.valEvery === 0) || finished(session) !== undefined
}
