/** Options of a fit where most things are as usual, so that a program says only what is its own. */

import * as LearningRate from "../optim/LearningRate.ts"
import * as Optimizer from "../optim/Optimizer.ts"
import type { FitOptions } from "./FitOptions.ts"
import type { RetentionOptions } from "./Retention.ts"

export interface Wanted extends Partial<Omit<FitOptions, "checkpoint" | "learningRate">> {
  /** At the beginning; half a cosine takes it to 0 at the end, where the fit has one. Unless told 0.001. */
  readonly rate?: number
  readonly learningRate?: FitOptions["learningRate"]
  /** Which checkpoints stay, saved after each epoch; unless told `last` alone. */
  readonly retention?: RetentionOptions
}

/** Keeps `last` alone. */
const lastOnly: RetentionOptions = {
  monitor: undefined,
  mode: "min",
  saveTopK: 0,
  saveLast: true,
  filename: "epoch-{epoch:02d}"
}

/** Keeps `last` and the one that a metric ranks best, as `best-…`. */
export const keepBest = (monitor: string, mode: "min" | "max"): RetentionOptions => ({
  monitor,
  mode,
  saveTopK: 1,
  saveLast: true,
  filename: `best-{${monitor}:.4f}`
})

/** Adam at 0.001 with a cosine, validation and `last` after each epoch, no limit but those that are given. */
export const make = ({ rate = 1e-3, retention = lastOnly, ...wanted }: Wanted): FitOptions => ({
  seed: 42,
  numSanityValSteps: 0,
  checkValEveryNEpoch: 1,
  accumulateGradBatches: 1,
  optimizer: Optimizer.adam({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 }),
  learningRate: ({ horizon }) => LearningRate.cosine({ rate, steps: horizon.steps, final: 0 }),
  checkpoint: {
    retention,
    everyNEpochs: 1,
    everyNTrainSteps: undefined,
    trainTimeInterval: undefined,
    saveWeightsOnly: false
  },
  stopRules: [],
  prefetch: 2,
  planHash: "",
  taskPlan: null,
  versions: {},
  ...wanted
})
