/** Why a fit cannot begin, or had to stop. */
import * as Schema from "effect/Schema"
import type { DeviceError, DeviceUnsupported } from "../device/Device.ts"
import type { DataError } from "../task/Dataset.ts"
import type { CheckpointError, CheckpointMismatch } from "./Checkpoints.ts"

/** Options that contradict each other, or the data; each with what to do. */
export class OptionsContradict extends Schema.TaggedError<OptionsContradict>()("OptionsContradict", {
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    const [only, ...more] = this.problems
    return more.length === 0
      ? `trainer options contradict: ${only}`
      : ["trainer options contradict:", ...this.problems.map((problem) => `  ${problem}`)].join("\n")
  }
}

/** The loss or a gradient became infinite or not a number; the weights are those before this step. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  epoch: Schema.Int,
  /** Batches done in the epoch before this one. */
  batch: Schema.Int,
  /** The optimizer step that was under way, from 1. */
  step: Schema.Int,
  learningRate: Schema.Number,
  loss: Schema.Number,
  gradientNorm: Schema.Number,
  /** Losses before this one, oldest first. */
  recent: Schema.Array(Schema.Number),
  /** Where the first number that is not finite came from, as a sentence; known under `detect_anomaly`. */
  origin: Schema.optionalKey(Schema.String),
  /** Where the state before this step was saved; what resumes from there meets the same batch. */
  saved: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const what = Number.isFinite(this.loss) ? `gradient norm is ${this.gradientNorm}` : `loss is ${this.loss}`
    const before = this.recent.map((loss) => loss.toPrecision(4)).join(", ")
    return [
      `training diverged: ${what} at step ${this.step} (epoch ${this.epoch}, batch ${this.batch}, ` +
        `learning rate ${this.learningRate}; losses before: ${before || "none"}).`,
      ...(this.origin === undefined ? [] : [`${this.origin}.`]),
      "Lower the learning rate, lengthen the warm-up or set trainer.gradient_clip_val.",
      ...(this.saved === undefined ? [] : [replay(this.saved, this.origin !== undefined)])
    ].join("\n")
  }
}

/** How to meet the same batch again. */
const replay = (saved: string, explained: boolean): string =>
  explained
    ? `The state before this step and its batch are in ${saved}; resume=${saved} repeats it.`
    : `The state before this step and its batch are in ${saved}; ` +
      `resume=${saved} trainer.detect_anomaly=true repeats it and names the operation that did it.`

/** A step that cannot be kept: what it returned is not what the model declares. The weights are those before it. */
export class StepRefused extends Schema.TaggedError<StepRefused>()("StepRefused", {
  task: Schema.String,
  /** Optimizer steps done before it. */
  step: Schema.Int,
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return [`task ${this.task}, after step ${this.step}:`, ...this.problems].join(
      this.problems.length === 1 ? " " : "\n  "
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
    const wrong = `${this.by} monitors "${this.monitor}", which this task does not report`
    return this.available.length === 0
      ? `${wrong}: nothing is validated. Validate (data to validate on, limit_val_batches above 0), or do without it`
      : `${wrong}. It reports: ${this.available.join(", ")}. Name one of these as its monitor`
  }
}

export type FitError =
  | DeviceError
  | DeviceUnsupported
  | DataError
  | CheckpointError
  | CheckpointMismatch
  | Diverged
  | MonitorMissing
  | OptionsContradict
  | StepRefused
