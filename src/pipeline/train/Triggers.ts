/** When a fit validates, saves and ends: answers that follow from its options, totals and state. */
import type { FitOptions } from "./FitOptions.ts"
import type { FitState, Position } from "./FitState.ts"
import type { Totals } from "./Totals.ts"

interface Given {
  readonly options: FitOptions
  readonly totals: Totals
}

/** The limit that training has reached, of those that end it at once. */
const limit = ({ options, totals }: Given, { position }: FitState): string | undefined => {
  const { maxSteps, maxEpochs } = options
  const { epoch, step } = position
  if (totals.trainBatches === 0) return "there are no batches to train on (limit_train_batches=0)"
  if (maxSteps !== undefined && step >= maxSteps) return `max_steps=${maxSteps} reached`
  return maxEpochs !== undefined && epoch >= maxEpochs ? `max_epochs=${maxEpochs} reached` : undefined
}

/** What ends training once `min_epochs` and `min_steps` are reached. */
const wish = ({ options: { maxTime } }: Given, state: FitState): string | undefined =>
  maxTime !== undefined && state.elapsed >= maxTime ? `max_time=${maxTime} s reached` : state.stop

/** Why training has finished; undefined if it goes on. */
export const whyFinished = (given: Given, state: FitState): string | undefined => {
  const { minEpochs = 0, minSteps = 0 } = given.options
  const { epoch, batch, step } = state.position
  const epochs = batch === given.totals.trainBatches ? epoch + 1 : epoch
  const enough = epochs >= minEpochs && step >= minSteps
  return limit(given, state) ?? (enough ? wish(given, state) : undefined)
}

/** Whether the epoch has batches left. */
export const hasMoreBatches = ({ totals }: Given, { position }: FitState): boolean =>
  position.batch < totals.trainBatches

/** Whether a validation or a save point is due. */
export const isPending = ({ position }: FitState): boolean => position.validating || position.saving

/** Whether there is a save point at the end of this epoch. */
export const shouldSaveAfterEpoch = ({ checkpoint }: FitOptions, { epoch }: Position): boolean => {
  const every = checkpoint?.everyNEpochs
  return every !== undefined && (epoch + 1) % every === 0
}

const isSaveStep = ({ checkpoint }: FitOptions, { step, accumulated }: Position): boolean => {
  const every = checkpoint?.everyNTrainSteps
  return every !== undefined && accumulated === 0 && step % every === 0
}

const isSaveTime = ({ checkpoint }: FitOptions, savedAt: number, now: number): boolean => {
  const every = checkpoint?.trainTimeInterval
  return every !== undefined && now - savedAt >= every * 1000
}

/** Whether this batch makes a save point due: by steps, by time, or as the last one of an epoch without validation. */
export const shouldSave = (
  { options, totals }: Given,
  { position, savedAt }: FitState & { readonly savedAt: number },
  now: number
): boolean => {
  const unvalidated = totals.valBatches === 0 && position.batch === totals.trainBatches
  return (
    isSaveStep(options, position) ||
    isSaveTime(options, savedAt, now) ||
    (unvalidated && shouldSaveAfterEpoch(options, position))
  )
}

/** Whether this batch ends a validation interval, counted within epochs or across them. */
const endsInterval = ({ options, totals }: Given, { batch, counter, epoch }: Position): boolean => {
  const every = options.checkValEveryNEpoch
  return every === undefined
    ? counter % totals.valEvery === 0
    : (epoch + 1) % every === 0 && batch % totals.valEvery === 0
}

/** Whether this batch ends a validation interval, or training. */
export const shouldValidate = (given: Given, state: FitState): boolean =>
  given.totals.valBatches > 0 &&
  (endsInterval(given, state.position) || whyFinished(given, state) !== undefined)
