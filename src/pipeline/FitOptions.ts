/** What `Trainer.fit` is told, with Lightning's names and meanings. */
import type * as Schema from "effect/Schema"
import type { Averaging } from "./Averaging.ts"
import type { LearningRate } from "./LearningRate.ts"
import type { Limit } from "./Limit.ts"
import type { Optimizer } from "./Optimizer.ts"
import type { ParameterGroup } from "./ParameterGroup.ts"
import type { RateRule } from "./RateRule.ts"
import type { RetentionOptions } from "./Retention.ts"
import type { StopRule } from "./StopRule.ts"
import type { Totals } from "./Totals.ts"
import type { GradientClip } from "./TrainStep.ts"

export interface CheckpointOptions {
  readonly retention: RetentionOptions
  /** Epochs between save points after validation; 1 saves after each. */
  readonly everyNEpochs: number | undefined
  /** Optimizer steps between save points. */
  readonly everyNTrainSteps: number | undefined
  /** Least seconds between save points within an epoch. */
  readonly trainTimeInterval: number | undefined
  /** Leaves the optimizer out of ranked checkpoints, which cannot resume training then; `last` stays whole. */
  readonly saveWeightsOnly: boolean
}

export interface FitOptions {
  readonly seed: number
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
  readonly limitTrainBatches?: Limit | undefined
  readonly limitValBatches?: Limit | undefined
  /** Trains on this part of the first epoch over and over, and validates on as much; absent or 0 does not. */
  readonly overfitBatches?: Limit | undefined
  /** One short epoch through the whole program with this many batches, which saves nothing; absent or 0 does not. */
  readonly fastDevRun?: number | undefined
  /** Validation batches before the first step, whose metrics go nowhere; 0 for none. */
  readonly numSanityValSteps: number | "all"
  /** Batches between validations, or `{ fraction }` of the epoch; absent means at its end. */
  readonly valCheckInterval?: Limit | undefined
  /** Epochs between validations, 1 validates after each; undefined counts `valCheckInterval` across epochs. */
  readonly checkValEveryNEpoch: number | undefined
  /** Micro-batches to an optimizer step, at least 1; the loss is divided by it. */
  readonly accumulateGradBatches: number
  /** Micro-batches to an optimizer step from each epoch on, counted from 0; absent leaves the number above. */
  readonly accumulationSchedule?: ReadonlyMap<number, number> | undefined
  readonly gradientClip?: GradientClip | undefined
  readonly optimizer: Optimizer
  /** Learning rates and weight decays of parameters by name; the first that matches counts. */
  readonly parameterGroups?: ReadonlyArray<ParameterGroup> | undefined
  /** Built once the number of optimizer steps is known. */
  readonly learningRate: (totals: Totals) => LearningRate
  /** What changes the scheduled rate by what validation shows. */
  readonly rateRules?: ReadonlyArray<RateRule> | undefined
  /** The average of weights that is validated and saved in their place; absent keeps none. */
  readonly averaging?: ((totals: Totals) => Averaging) | undefined
  /** Absent saves nothing. */
  readonly checkpoint?: CheckpointOptions | undefined
  readonly stopRules: ReadonlyArray<StopRule>
  /** `last`, `best`, a name or a path; absent starts anew. */
  readonly resume?: string | undefined
  /** Batches made ahead while the device computes. */
  readonly prefetch: number
  /** What must not change for a resume to be exact, and what the checkpoint names. */
  readonly planHash: string
  /** What rebuilds the task from a checkpoint alone. */
  readonly taskPlan: Schema.Json
  readonly versions: { readonly [name: string]: string }
}
