/** The counts that follow from a fit's options and the lengths of its data sets. */
import type { FitLimits } from "./FitLimits.ts"
import * as Limit from "./Limit.ts"

export interface Totals {
  /** Batches in an epoch and in a validation, after limits. */
  readonly trainBatches: number
  readonly valBatches: number
  /** Validation batches before the first step. */
  readonly sanityBatches: number
  /** Batches between validations; counted in each epoch, or across epochs where no epoch interval is set. */
  readonly valEvery: number
  /** Optimizer steps of the whole run, where it has an end. */
  readonly steps: number | undefined
  /** What schedules stretch over: optimizer steps and epochs of the run, or of 1000 epochs where it has no end. */
  readonly horizon: { readonly steps: number; readonly epochs: number }
}

/** Epochs of a run without an end, as Lightning counts them. */
const endlessEpochs = 1000

/** Micro-batches to an optimizer step in `epoch`, counted from 0. */
export const accumulation = (options: FitLimits, epoch: number): number => {
  const { accumulateGradBatches, accumulationSchedule } = options
  if (accumulationSchedule === undefined) return accumulateGradBatches
  const begun = [...accumulationSchedule.keys()].filter((from) => from <= epoch)
  return accumulationSchedule.get(Math.max(...begun)) ?? 1
}

const stepsIn = (options: FitLimits, trainBatches: number, epochs: number): number => {
  if (options.accumulationSchedule === undefined) {
    return epochs * Math.ceil(trainBatches / options.accumulateGradBatches)
  }
  let steps = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    steps += Math.ceil(trainBatches / accumulation(options, epoch))
  }
  return steps
}

/** Epochs that `steps` optimizer steps begin. */
const epochsOf = (options: FitLimits, trainBatches: number, steps: number): number => {
  let epochs = 0
  for (let left = steps; left > 0 && epochs < endlessEpochs; epochs++) {
    left -= Math.max(1, Math.ceil(trainBatches / accumulation(options, epochs)))
  }
  return epochs
}

const horizon = (options: FitLimits, trainBatches: number): Totals["horizon"] => {
  const { maxSteps = Number.POSITIVE_INFINITY, maxEpochs } = options
  const bySteps = Number.isFinite(maxSteps) ? epochsOf(options, trainBatches, maxSteps) : endlessEpochs
  const epochs = Math.min(maxEpochs ?? bySteps, bySteps)
  return { epochs, steps: Math.min(maxSteps, stepsIn(options, trainBatches, epochs)) }
}

const validationInterval = (interval: Limit.Limit = Limit.all, trainBatches: number): number =>
  typeof interval === "number" ? interval : Limit.batches(trainBatches, interval)

export const make = (options: FitLimits, trainLength: number, valLength: number | undefined): Totals => {
  const trainBatches = Limit.batches(trainLength, options.limitTrainBatches)
  const valBatches = Limit.batches(valLength ?? 0, options.limitValBatches)
  const whole = horizon(options, trainBatches)
  const ends = options.maxSteps !== undefined || options.maxEpochs !== undefined
  return {
    trainBatches,
    valBatches,
    sanityBatches:
      options.numSanityValSteps === "all" ? valBatches : Math.min(valBatches, options.numSanityValSteps),
    valEvery: validationInterval(options.valCheckInterval, trainBatches),
    steps: ends ? whole.steps : undefined,
    horizon: whole
  }
}
