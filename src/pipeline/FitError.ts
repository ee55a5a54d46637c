/** Why a fit cannot begin, or had to stop. */
import * as Schema from "effect/Schema"

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
