/** Why a fit cannot begin, or had to stop. */
import * as Schema from "effect/Schema"
import type { DeviceError, DeviceUnsupported } from "../device/Device.ts"
import type { DataError } from "../task/Dataset.ts"
import type { CheckpointError, CheckpointMismatch } from "./Checkpoints.ts"

/** Options that are out of range or contradict each other or the data; each problem says what to do. */
export class OptionsContradict extends Schema.TaggedError<OptionsContradict>()("OptionsContradict", {
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    const [only, ...more] = this.problems
    return more.length === 0
      ? `the trainer's options are invalid: ${only}`
      : ["the trainer's options are invalid:", ...this.problems.map((problem) => `  ${problem}`)].join("\n")
  }
}

/** The loss or a gradient is not finite; the weights are those before this step. */
export class Diverged extends Schema.TaggedError<Diverged>()("Diverged", {
  epoch: Schema.Int,
  /** Index of the batch in its epoch, from 0. */
  batch: Schema.Int,
  /** The optimizer step that was under way, from 1. */
  step: Schema.Int,
  learningRate: Schema.Number,
  loss: Schema.Number,
  gradientNorm: Schema.Number,
  /** Previous losses, oldest first. */
  recent: Schema.Array(Schema.Number),
  /** Where the first number that is not finite came from, as a sentence; only with `detect_anomaly`. */
  origin: Schema.optionalKey(Schema.String),
  /** Path of the saved state before this step; a fit that resumes from it trains on the same batch. */
  saved: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const what = Number.isFinite(this.loss) ? `gradient norm is ${this.gradientNorm}` : `loss is ${this.loss}`
    const before = this.recent.map((loss) => loss.toPrecision(4)).join(", ")
    return [
      `training diverged: ${what} at step ${this.step} (epoch ${this.epoch}, batch ${this.batch}, ` +
        `learning rate ${this.learningRate}; previous losses: ${before || "none"}).`,
      ...(this.origin === undefined ? [] : [`${this.origin}.`]),
      "Lower the learning rate, lengthen the warm-up or set trainer.gradient_clip_val.",
      ...(this.saved === undefined ? [] : [replay(this.saved, this.origin !== undefined)])
    ].join("\n")
  }
}

/** How to repeat the step. */
const replay = (saved: string, explained: boolean): string =>
  explained
    ? `The state before this step and its batch are in ${saved}; resume=${saved} repeats it.`
    : `The state before this step and its batch are in ${saved}; ` +
      `resume=${saved} trainer.detect_anomaly=true repeats it and names the operation that caused it.`

/** A step whose result is not what the model declares. The weights are those before it. */
export class StepRefused extends Schema.TaggedError<StepRefused>()("StepRefused", {
  task: Schema.String,
  /** Optimizer steps before it. */
  step: Schema.Int,
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return [`task ${this.task}, after step ${this.step}:`, ...this.problems].join(
      this.problems.length === 1 ? " " : "\n  "
    )
  }
}

/** A policy monitors a metric that the task does not report. */
export class MonitorMissing extends Schema.TaggedError<MonitorMissing>()("MonitorMissing", {
  monitor: Schema.String,
  by: Schema.String,
  available: Schema.Array(Schema.String)
}) {
  override get message() {
    const wrong = `${this.by} monitors "${this.monitor}", which this task does not report`
    return this.available.length === 0
      ? `${wrong}: nothing is validated. Provide validation data and a limit_val_batches above 0, or remove it`
      : `${wrong}. It reports: ${this.available.join(", ")}. Choose one of these as its monitor`
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
