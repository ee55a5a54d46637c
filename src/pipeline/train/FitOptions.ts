/** What `Trainer.fit` is told, with Lightning's names and meanings. */
import type * as Schema from "effect/Schema"
import type { LearningRate } from "../optim/LearningRate.ts"
import type { Optimizer } from "../optim/Optimizer.ts"
import type { ParameterGroup } from "../optim/ParameterGroup.ts"
import type { Averaging } from "./Averaging.ts"
import type { FitLimits } from "./FitLimits.ts"
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

export interface FitOptions extends FitLimits {
  readonly seed: number
  /** Names the operation that made the first number which is not finite; several times slower. */
  readonly detectAnomaly?: boolean | undefined
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
