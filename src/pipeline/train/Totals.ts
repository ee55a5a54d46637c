/** How long a fit goes on and how often it does what, and the counts that follow for data sets of given lengths. */
import * as Limit from "./Limit.ts"

export interface FitLimits {
  /** Epochs, counted from 1; absent means no limit. */
  readonly maxEpochs?: number | undefined
  /** Epochs and optimizer steps before a stop rule or `maxTime` may end training. */
  readonly minEpochs?: number | undefined
  readonly minSteps?: number | undefined
  /** Optimizer steps, counted from 1; absent means no limit. */
  readonly maxSteps?: number | undefined
  /** Seconds of training, those before a resume included, after which it stops at the next step. */
  readonly maxTime?: number | undefined
  /** A number of batches or `{ fraction }` of them; absent means all. */
  readonly limitTrainBatches?: Limit.Limit | undefined
  readonly limitValBatches?: Limit.Limit | undefined
  /** Trains on this much of the first epoch again and again, and validates on as much; off if absent or 0. */
  readonly overfitBatches?: Limit.Limit | undefined
  /** Runs one short epoch of this many batches and saves nothing; off if absent or 0. */
  readonly fastDevRun?: number | undefined
  /** Validation batches before the first step, to see that validation works; 0 for none. */
  readonly numSanityValSteps: number | "all"
  /** Batches between validations, or `{ fraction }` of the epoch; at its end if absent. */
  readonly valCheckInterval?: Limit.Limit | undefined
  /** Epochs between validations, at least 1; undefined counts `valCheckInterval` across epochs. */
  readonly checkValEveryNEpoch: number | undefined
  /** Micro-batches per optimizer step, at least 1; the loss is divided by it. */
  readonly accumulateGradBatches: number
  /** Micro-batches per optimizer step from each epoch on, counted from 0; the number above if absent. */
  readonly accumulationSchedule?: ReadonlyMap<number, number> | undefined
}

export interface Totals {
  /** Batches in an epoch and in a validation, after limits. */
  readonly trainBatches: number
  readonly valBatches: number
  /** Validation batches before the first step. */
  readonly sanityBatches: number
  /** Batches between validations; counted in each epoch, or across epochs if no epoch interval is set. */
  readonly valEvery: number
  /** Optimizer steps of the whole run; undefined if it has no limit. */
  readonly steps: number | undefined
  /** The length that schedules assume, in optimizer steps and epochs: that of the run, or 1000 epochs without a limit. */
  readonly horizon: { readonly steps: number; readonly epochs: number }
}

/** Epochs that schedules assume for a run without a limit, as in Lightning. */
const endlessEpochs = 1000

/** Micro-batches per optimizer step in `epoch`, counted from 0. */
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

/** Number of epochs that `steps` optimizer steps reach into. */
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
