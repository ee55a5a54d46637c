/** The `trainer` part of a plan: limits, intervals and the device, with Lightning's names and meanings. */
import * as Schema from "effect/Schema"
import { AboveZero, Count, Positive } from "../internal/Numbers.ts"
import * as Limit from "../train/Limit.ts"
import { field } from "./PlanField.ts"
import * as TimeSpan from "./TimeSpan.ts"

/** Lightning's `-1` for "no limit", and its null. */
const Unlimited = Schema.NullOr(Schema.Union([Schema.Literal(-1), Count]))

const limit = (what: string) =>
  field(
    Schema.NullOr(Limit.Plan),
    null,
    `Batches to ${what}: a count (3), or a fraction of them (0.5, 1.0); null: all.`
  )

/** When training ends. */
const ends = {
  max_epochs: field(Unlimited, 10, "Epochs to train; -1 or null: no limit."),
  min_epochs: field(Schema.NullOr(Count), null, "Epochs before early stopping or max_time may end training."),
  max_steps: field(Unlimited, -1, "Optimizer steps to train; -1 or null: no limit."),
  min_steps: field(
    Schema.NullOr(Count),
    null,
    "Optimizer steps before early stopping or max_time may end training."
  ),
  max_time: field(
    Schema.NullOr(TimeSpan.Plan),
    null,
    'Time to train, resumes included: "DD:HH:MM:SS", {hours: 2, minutes: 30}, or seconds; null: no limit.'
  )
}

/** How much of the data is used. */
const amounts = {
  limit_train_batches: limit("train on in an epoch"),
  limit_val_batches: limit("validate on"),
  limit_test_batches: limit("test on"),
  limit_predict_batches: limit("predict"),
  overfit_batches: field(
    Limit.Plan,
    0,
    "Train on this many batches of the first epoch again and again, and validate on as many; 0: off."
  ),
  fast_dev_run: field(
    Schema.Union([Schema.Boolean, Count]),
    false,
    "Run the whole program with this many batches, without loggers and checkpoints; true: 1."
  ),
  num_sanity_val_steps: field(
    Schema.Union([Schema.Literal(-1), Count]),
    1,
    "Validation batches before the first step; 0: none, -1: all."
  )
}

/** How often something happens. */
const intervals = {
  val_check_interval: field(
    Schema.NullOr(Limit.Plan),
    null,
    "Batches between validations (100), or a fraction of the epoch (0.25); null or 1.0: at its end."
  ),
  check_val_every_n_epoch: field(
    Schema.NullOr(Positive),
    1,
    "Epochs between validations; null: val_check_interval counts batches across epochs."
  ),
  log_every_n_steps: field(Count, 20, "Optimizer steps between log entries; 0: none."),
  accumulate_grad_batches: field(Positive, 1, "Batches whose gradients make one optimizer step.")
}

/** Numerical safety. */
const safety = {
  gradient_clip_val: field(Schema.NullOr(AboveZero), 5, "Largest gradient norm or value; null: no clipping."),
  gradient_clip_algorithm: field(Schema.Literals(["norm", "value"]), "norm", "What is clipped."),
  detect_anomaly: field(
    Schema.Boolean,
    false,
    "Name the first operation that produced a number that is not finite; several times slower."
  ),
  deterministic: field(
    Schema.Union([Schema.Boolean, Schema.Literal("warn")]),
    "warn",
    "Refuse an engine that does not reproduce its results bit by bit (true), or warn."
  )
}

/** What is shown and saved. */
const company = {
  enable_checkpointing: field(
    Schema.Boolean,
    true,
    "Whether checkpoints are saved; false overrides callbacks."
  ),
  enable_progress_bar: field(Schema.Boolean, true, "Whether progress is shown."),
  enable_model_summary: field(Schema.Boolean, true, "Whether a table of the model is shown before training."),
  profiler: field(
    Schema.NullOr(Schema.Literal("simple")),
    null,
    "simple: show at the end how long each phase took; run.json always has it."
  )
}

const device = {
  accelerator: field(
    Schema.Literals(["auto", "cpu", "wasm", "native", "gpu", "webgpu"]),
    "auto",
    "The engine; auto chooses the best that this machine has and reports it."
  ),
  devices: field(
    Schema.Union([Schema.Int, Schema.Literal("auto")]),
    1,
    "Devices to train on; Anneal uses one."
  ),
  threads: field(
    Schema.NullOr(Positive),
    null,
    "Threads of the engine; null: as many as are useful, at most four on wasm."
  ),
  strategy: field(
    Schema.Literal("auto"),
    "auto",
    "How devices share work; with one device there is nothing to share."
  ),
  precision: field(
    Schema.Literals(["32-true", "16-mixed", "bf16-mixed"]),
    "32-true",
    "Precision of the arithmetic; an engine without it refuses."
  )
}

export const TrainerPlan = Schema.Struct({
  ...ends,
  ...amounts,
  ...intervals,
  ...safety,
  ...company,
  ...device
})
export type TrainerPlan = typeof TrainerPlan.Type
