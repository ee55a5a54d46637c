/** How long a fit goes on and how often it does what, and the counts that follow for data sets of given lengths. */
import * as Limit from "./Limit.ts"

export interface FitLimits {
  /** Epochs, counted from 1; absent means no limit. */
  readonly maxEpochs?: number | undefined
  /** Epochs and steps before a stop rule or `maxTime` ends training. */
  readonly minEpochs?: number | undefined
  readonly minSteps?: number | undefined
  /** Optimizer steps, counted from 1; absent means no limit. */
  readonly maxSteps?: number | undefined
  /** Seconds of training, resumes included, after which it stops at the next step. */
  readonly maxTime?: number | undefined
  /** A number of batches or `{ fraction }` of them; absent means all. */
  readonly limitTrainBatches?: Limit.Limit | undefined
  readonly limitValBatches?: Limit.Limit | undefined
  /** Trains on this part of the first epoch over and over, and validates on as much; absent or 0 does not. */
  readonly overfitBatches?: Limit.Limit | undefined
  /** One short epoch through the whole program with this many batches, which saves nothing; absent or 0 does not. */
  readonly fastDevRun?: number | undefined
  /** Validation batches before the first step, whose metrics go nowhere; 0 for none. */
  readonly numSanityValSteps: number | "all"
  /** Batches between validations, or `{ fraction }` of the epoch; absent means at its end. */
  readonly valCheckInterval?: Limit.Limit | undefined
  /** Epochs between validations, 1 validates after each; undefined counts `valCheckInterval` across epochs. */
  readonly checkValEveryNEpoch: number | undefined
  /** Micro-batches to an optimizer step, at least 1; the loss is divided by it. */
  readonly accumulateGradBatches: number
  /** Micro-batches to an optimizer step from each epoch on, counted from 0; absent leaves the number above. */
  readonly accumulationSchedule?: ReadonlyMap<number, number> | undefined
}

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
