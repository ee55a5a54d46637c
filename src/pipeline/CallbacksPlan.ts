/** The `callbacks` part of a plan: policies beside the loop, under the names of Lightning's callbacks. */
import * as Schema from "effect/Schema"
import { AboveZero, Count, field, NonNegative, Positive } from "./PlanField.ts"

export const CallbacksPlan = Schema.Struct({
  model_checkpoint: field(
    Schema.Struct({
      enabled: field(Schema.Boolean, true, "Whether checkpoints are written."),
      monitor: field(Schema.NullOr(Schema.String), "val/hmean", "Metric that ranks; null keeps the newest."),
      mode: field(Schema.Literals(["min", "max"]), "max", "Which way is better."),
      save_top_k: field(
        Schema.Union([Schema.Literal(-1), Count]),
        1,
        "Ranked checkpoints to keep; -1 keeps every one."
      ),
      save_last: field(Schema.Boolean, true, "Write `last` at every save point."),
      every_n_epochs: field(Schema.NullOr(Positive), 1, "Epochs between save points."),
      every_n_train_steps: field(Schema.NullOr(Positive), null, "Optimizer steps between save points."),
      train_time_interval: field(Schema.NullOr(AboveZero), null, "Least seconds between save points."),
      save_weights_only: field(Schema.Boolean, false, "Leave out what only a resume needs."),
      filename: field(
        Schema.NullOr(Schema.String),
        null,
        "Pattern such as epoch-{epoch:02d}_step-{step:06d}; null: best-<metric>-<value>."
      )
    }),
    {},
    "Which checkpoints are written and kept."
  ),
  model_summary: field(
    Schema.Struct({
      max_depth: field(
        Schema.Union([Schema.Literal(-1), Positive]),
        1,
        "Words of a tensor's name that make a part; -1 lists every tensor."
      )
    }),
    {},
    "How the model is listed before training."
  ),
  early_stopping: field(
    Schema.Struct({
      enabled: field(Schema.Boolean, true, "Whether training may stop early."),
      monitor: field(Schema.String, "val/hmean", "Metric to watch."),
      mode: field(Schema.Literals(["min", "max"]), "max", "Which way is better."),
      patience: field(Positive, 5, "Validations without improvement before stopping."),
      min_delta: field(NonNegative, 0, "Least change that counts as improvement."),
      strict: field(Schema.Boolean, true, "A missing metric is an error."),
      check_finite: field(Schema.Boolean, true, "A metric that is not finite stops training."),
      stopping_threshold: field(Schema.NullOr(Schema.Finite), null, "Stop at once when this good."),
      divergence_threshold: field(Schema.NullOr(Schema.Finite), null, "Stop at once when this bad.")
    }),
    {},
    "Stop when the metric no longer improves."
  )
})
export type CallbacksPlan = typeof CallbacksPlan.Type
