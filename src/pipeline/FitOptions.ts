/** What `Trainer.fit` is told, with Lightning's names and meanings, and the limits that follow from it. */
import * as Schema from "effect/Schema"
import * as Dataset from "./Dataset.ts"
import type { LearningRate } from "./LearningRate.ts"
import type { Optimizer } from "./Optimizer.ts"
import type { RetentionOptions } from "./Retention.ts"
import type { StopRule } from "./StopRule.ts"
import type { GradientClip } from "./TrainStep.ts"

/** The loss or a gradient became infinite or not a number; the weights are those before this step. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  epoch: Schema.Int,
  batch: Schema.Int,
  step: Schema.Int,
  learningRate: Schema.Number,
  loss: Schema.Number,
  gradientNorm: Schema.Number,
  /** Losses before this one, oldest first. */
  recent: Schema.Array(Schema.Number)
}) {
  override get message() {
    const what = Number.isFinite(this.loss) ? `gradient norm is ${this.gradientNorm}` : `loss is ${this.loss}`
    const before = this.recent.map((loss) => loss.toPrecision(4)).join(", ")
    return (
      `training diverged: ${what} at step ${this.step} (epoch ${this.epoch}, batch ${this.batch}, ` +
      `learning rate ${this.learningRate}; losses before: ${before || "none"}). ` +
      "Lower the learning rate, lengthen the warm-up or set trainer.gradient_clip_val; " +
      "the last checkpoint holds the weights from before."
    )
  }
}

/** A policy watches a metric that the task does not have. */
export class MonitorMissing extends Schema.TaggedError<MonitorMissing>()("MonitorMissing", {
  monitor: Schema.String,
  by: Schema.String,
  available: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.by} monitors "${this.monitor}", which this task does not report. It reports: ${this.available.join(", ")}`
  }
}

export interface CheckpointOptions {
  readonly retention: RetentionOptions
  /** Epochs between save points after validation; 1 saves after each. */
  readonly everyNEpochs: number | undefined
  /** Optimizer steps between save points. */
  readonly everyNTrainSteps: number | undefined
  /** Least seconds between save points within an epoch. */
  readonly trainTimeInterval: number | undefined
  /** Leaves the optimizer out: such a checkpoint cannot resume training exactly. */
  readonly saveWeightsOnly: boolean
}

export interface FitOptions {
  readonly seed: number
  /** Epochs, counted from 1; absent means no limit. */
  readonly maxEpochs?: number | undefined
  readonly minEpochs?: number | undefined
  /** Optimizer steps, counted from 1; absent means no limit. */
  readonly maxSteps?: number | undefined
  readonly minSteps?: number | undefined
  /** Seconds of this process after which training stops at the next step. */
  readonly maxTime?: number | undefined
  /** Fraction of the batches, or their number. */
  readonly limitTrainBatches?: number | undefined
  readonly limitValBatches?: number | undefined
  /** Validation batches before the first step, whose metrics go nowhere; 0 for none. */
  readonly numSanityValSteps: number
  /** Batches between validations inside an epoch, or a fraction of the epoch; absent means at its end. */
  readonly valCheckInterval?: number | undefined
  /** Epochs between validations; 1 validates after each. */
  readonly checkValEveryNEpoch: number
  /** Micro-batches to an optimizer step, at least 1; the loss is divided by it. */
  readonly accumulateGradBatches: number
  readonly gradientClip?: GradientClip | undefined
  readonly optimizer: Optimizer
  /** Built once the number of optimizer steps is known. */
  readonly learningRate: (totals: Totals) => LearningRate
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

export interface Totals {
  /** Batches in an epoch and in a validation, after limits. */
  readonly trainBatches: number
  readonly valBatches: number
  /** Batches between validations, and epochs between them. */
  readonly valEvery: number
  /** Optimizer steps in an epoch, and in the whole run where it has an end. */
  readonly stepsPerEpoch: number
  readonly steps: number | undefined
}

const validationInterval = (interval: number | undefined, batches: number): number => {
  if (interval === undefined) return batches
  return Number.isInteger(interval) ? interval : Math.max(1, Math.floor(batches * interval))
}

const least = (...limits: ReadonlyArray<number | undefined>): number | undefined => {
  const known = limits.filter((limit) => limit !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The counts that follow from the options and the lengths of the data sets. */
export const totals = (options: FitOptions, trainLength: number, valLength: number | undefined): Totals => {
  const trainBatches = Dataset.limit(trainLength, options.limitTrainBatches)
  const stepsPerEpoch = Math.ceil(trainBatches / options.accumulateGradBatches)
  return {
    trainBatches,
    valBatches: valLength === undefined ? 0 : Dataset.limit(valLength, options.limitValBatches),
    valEvery: validationInterval(options.valCheckInterval, trainBatches),
    stepsPerEpoch,
    steps: least(
      options.maxSteps,
      options.maxEpochs === undefined ? undefined : options.maxEpochs * stepsPerEpoch
    )
  }
}
