/** What `Trainer.fit` takes, with Lightning's names and meanings, and the usual values for most of it. */
import type * as Schema from "effect/Schema"
import * as LearningRate from "../optim/LearningRate.ts"
import * as Optimizer from "../optim/Optimizer.ts"
import type { ParameterGroup } from "../optim/ParameterGroup.ts"
import type { Averaging } from "./Averaging.ts"
import type { RateRule } from "./RateRule.ts"
import type { RetentionOptions } from "./Retention.ts"
import type { StopRule } from "./StopRule.ts"
import type { FitLimits, Totals } from "./Totals.ts"
import type { GradientClip } from "./TrainStep.ts"

export interface CheckpointOptions {
  readonly retention: RetentionOptions
  /** Epochs between save points, which come after validation; 1 saves after each. */
  readonly everyNEpochs: number | undefined
  /** Optimizer steps between save points. */
  readonly everyNTrainSteps: number | undefined
  /** Seconds between save points. */
  readonly trainTimeInterval: number | undefined
  /** Leaves the optimizer out of ranked checkpoints, which cannot be resumed from then; `last` stays complete. */
  readonly saveWeightsOnly: boolean
}

export interface FitOptions extends FitLimits {
  readonly seed: number
  /** Names the operation that produced the first number that is not finite; several times slower. */
  readonly detectAnomaly?: boolean | undefined
  readonly gradientClip?: GradientClip | undefined
  readonly optimizer: Optimizer.Optimizer
  /** Learning rates and weight decays of parameters by name; the first group that matches counts. */
  readonly parameterGroups?: ReadonlyArray<ParameterGroup> | undefined
  /** Made once the length of the fit is known. */
  readonly learningRate: (totals: Totals) => LearningRate.LearningRate
  /** Rules that change the scheduled rate as validation suggests. */
  readonly rateRules?: ReadonlyArray<RateRule> | undefined
  /** The average of the weights to validate and save instead of them; none if absent. */
  readonly averaging?: ((totals: Totals) => Averaging) | undefined
  /** Nothing is saved if absent. */
  readonly checkpoint?: CheckpointOptions | undefined
  readonly stopRules: ReadonlyArray<StopRule>
  /** The checkpoint to resume from: `last`, `best`, a name or a path. */
  readonly resume?: string | undefined
  /** Batches to read ahead while the device computes. */
  readonly prefetch: number
  /** Hash of what must not change for a resume to be exact; kept in checkpoints. */
  readonly planHash: string
  /** The plan from which the task can be rebuilt; kept in checkpoints. */
  readonly taskPlan: Schema.Json
  /** Versions by package name; kept in checkpoints. */
  readonly versions: { readonly [name: string]: string }
}

export interface Wanted extends Partial<Omit<FitOptions, "checkpoint" | "learningRate">> {
  /** Learning rate at the start, 0.001 by default; half a cosine takes it to 0 over the length of the fit. */
  readonly rate?: number
  readonly learningRate?: FitOptions["learningRate"]
  /** Which of the checkpoints saved after each epoch to keep; only `last` by default. */
  readonly retention?: RetentionOptions
}

/** Keeps only `last`. */
const lastOnly: RetentionOptions = {
  monitor: undefined,
  mode: "min",
  saveTopK: 0,
  saveLast: true,
  filename: "epoch-{epoch:02d}"
}

/** Keeps `last` and the best checkpoint by `monitor`, which is named `best-<value>`. */
export const keepBest = (monitor: string, mode: "min" | "max"): RetentionOptions => ({
  monitor,
  mode,
  saveTopK: 1,
  saveLast: true,
  filename: `best-{${monitor}:.4f}`
})

/**
 * Options with the usual values for what is absent: Adam at 0.001 with a cosine schedule, validation and a checkpoint
 * `last` after each epoch, seed 42, no limits.
 */
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
