/** When something is due: answers from a fit's options, counters and clock, which change nothing. */
import type { Session } from "./Fit.ts"

/** The limit that training has reached, of those that nothing puts off. */
const limit = <B, S, I>({ options, state, totals }: Session<B, S, I>): string | undefined => {
  const { maxSteps, maxEpochs } = options
  const { epoch, step } = state.position
  if (totals.trainBatches === 0) return "there are no batches to train on (limit_train_batches=0)"
  if (maxSteps !== undefined && step >= maxSteps) return `max_steps=${maxSteps} reached`
  return maxEpochs !== undefined && epoch >= maxEpochs ? `max_epochs=${maxEpochs} reached` : undefined
}

/** What would end training, were it not for `min_epochs` and `min_steps`. */
const wish = <B, S, I>({ options, state }: Session<B, S, I>): string | undefined => {
  const { maxTime } = options
  return maxTime !== undefined && state.elapsed >= maxTime ? `max_time=${maxTime} s reached` : state.stop
}

/** Why training is over, once it is. */
export const whyFinished = <B, S, I>(session: Session<B, S, I>): string | undefined => {
  const { minEpochs = 0, minSteps = 0 } = session.options
  const { epoch, batch, step } = session.state.position
  const epochs = batch === session.totals.trainBatches ? epoch + 1 : epoch
  const enough = epochs >= minEpochs && step >= minSteps
  return limit(session) ?? (enough ? wish(session) : undefined)
}

/** Whether a validation or a save point is due. */
export const isPending = <B, S, I>({ state }: Session<B, S, I>): boolean =>
  state.position.validating || state.position.saving

/** Whether save points fall into this epoch. */
export const shouldSaveAfterEpoch = <B, S, I>({ options, state }: Session<B, S, I>): boolean => {
  const every = options.checkpoint?.everyNEpochs
  return every !== undefined && (state.position.epoch + 1) % every === 0
}

const isSaveStep = <B, S, I>({ options, state }: Session<B, S, I>): boolean => {
  const { step, accumulated } = state.position
  const every = options.checkpoint?.everyNTrainSteps
  return every !== undefined && accumulated === 0 && step % every === 0
}

const isSaveTime = <B, S, I>({ options, savedAt }: Session<B, S, I>, now: number): boolean => {
  const every = options.checkpoint?.trainTimeInterval
  return every !== undefined && now - savedAt >= every * 1000
}

/** Whether this batch makes a save point due: by steps, by time, or as the last one of an epoch without validation. */
export const shouldSave = <B, S, I>(session: Session<B, S, I>, now: number): boolean => {
  const { totals, state } = session
  const unvalidated = totals.valBatches === 0 && state.position.batch === totals.trainBatches
  return isSaveStep(session) || isSaveTime(session, now) || (unvalidated && shouldSaveAfterEpoch(session))
}

/** Whether this batch ends a validation interval, counted in its epoch or across epochs. */
const endsInterval = <B, S, I>({ totals, options, state }: Session<B, S, I>): boolean => {
  const { batch, counter, epoch } = state.position
  const every = options.checkValEveryNEpoch
  return every === undefined
    ? counter % totals.valEvery === 0
    : (epoch + 1) % every === 0 && batch % totals.valEvery === 0
}

/** Whether this batch ends a validation interval, or training. */
export const shouldValidate = <B, S, I>(session: Session<B, S, I>): boolean =>
  session.totals.valBatches > 0 && (endsInterval(session) || whyFinished(session) !== undefined)
