/**
 * The parts of a plan that every run shares, as Schemas with defaults, units and docs: what `configs/` composes
 * into and what editors complete. A task adds its own.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A field that must be given. */
export const required = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.annotateKey<S>({ description })(schema)

/** A field with a default and a sentence for people and editors. */
export const field = <S extends Schema.Top>(schema: S, value: S["Encoded"], description: string) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value))).annotateKey({ description })

export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
export const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
export const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
export const AboveZero = Schema.Finite.check(Schema.isGreaterThan(0))
export const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Decay = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))

/** Lightning's `-1` for "no limit", and its null. */
const Unlimited = Schema.NullOr(Schema.Union([Schema.Literal(-1), Positive]))

/** A number of batches, or a fraction of them below 1. */
const Limit = Schema.NullOr(NonNegative)

export const TrainerPlan = Schema.Struct({
  max_epochs: field(Unlimited, 10, "Epochs to train, from 1; -1 or null: no limit."),
  min_epochs: field(Schema.NullOr(Count), null, "Epochs before any stop rule is heard."),
  max_steps: field(Unlimited, -1, "Optimizer steps to train, from 1; -1 or null: no limit."),
  min_steps: field(Schema.NullOr(Count), null, "Optimizer steps before any stop rule is heard."),
  max_time: field(Schema.NullOr(AboveZero), null, "Seconds after which training stops at the next step."),
  limit_train_batches: field(Limit, null, "Batches of an epoch to train on: a count, or a fraction below 1."),
  limit_val_batches: field(Limit, null, "Batches to validate on: a count, or a fraction below 1."),
  limit_test_batches: field(Limit, null, "Batches to test on: a count, or a fraction below 1."),
  limit_predict_batches: field(Limit, null, "Batches to predict: a count, or a fraction below 1."),
  num_sanity_val_steps: field(Count, 1, "Validation batches before the first step; 0: none."),
  val_check_interval: field(
    Schema.NullOr(AboveZero),
    null,
    "Batches between validations, or a fraction of the epoch; null: at its end."
  ),
  check_val_every_n_epoch: field(Positive, 1, "Epochs between validations."),
  log_every_n_steps: field(Positive, 20, "Optimizer steps between log entries."),
  accumulate_grad_batches: field(Positive, 1, "Batches whose gradients make one optimizer step."),
  gradient_clip_val: field(Schema.NullOr(AboveZero), 5, "Largest gradient norm or value; null: no clipping."),
  gradient_clip_algorithm: field(Schema.Literals(["norm", "value"]), "norm", "What is clipped."),
  accelerator: field(
    Schema.Literals(["auto", "cpu", "wasm", "native", "gpu", "webgpu"]),
    "auto",
    "The engine; auto takes the best that this machine has and says which."
  ),
  devices: field(
    Schema.Union([Schema.Int, Schema.Literal("auto")]),
    1,
    "Devices to train on; one is what Anneal uses."
  ),
  strategy: field(
    Schema.Literal("auto"),
    "auto",
    "How devices share work; one device leaves nothing to share."
  ),
  precision: field(
    Schema.Literals(["32-true", "16-mixed", "bf16-mixed"]),
    "32-true",
    "Arithmetic; an engine that cannot do it refuses."
  ),
  deterministic: field(Schema.Boolean, true, "Refuse an engine that does not repeat its bits.")
})
export type TrainerPlan = typeof TrainerPlan.Type

const betas = field(Schema.Tuple([Decay, Decay]), [0.9, 0.999], "Decay rates of the first and second moment.")
const lr = field(AboveZero, 1e-3, "Peak learning rate.")
const weightDecay = (value: number) => field(NonNegative, value, "Weight decay; norms and biases are spared.")

export const OptimizerPlan = Schema.Union([
  Schema.Struct({
    kind: Schema.tag("adam"),
    lr,
    betas,
    eps: field(AboveZero, 1e-8, "Added to the denominator."),
    weight_decay: weightDecay(0)
  }),
  Schema.Struct({
    kind: Schema.tag("adamw"),
    lr,
    betas,
    eps: field(AboveZero, 1e-8, "Added to the denominator."),
    weight_decay: weightDecay(0.01)
  }),
  Schema.Struct({
    kind: Schema.tag("sgd"),
    lr,
    momentum: field(Decay, 0.9, "Part of the last velocity that stays."),
    dampening: field(Fraction, 0, "Part of the gradient that is held back."),
    nesterov: field(Schema.Boolean, false, "Look ahead along the velocity."),
    weight_decay: weightDecay(0)
  }),
  Schema.Struct({
    kind: Schema.tag("rmsprop"),
    lr,
    alpha: field(Decay, 0.99, "Smoothing of the squared gradient."),
    eps: field(AboveZero, 1e-8, "Added to the denominator."),
    momentum: field(Decay, 0, "Part of the last velocity that stays."),
    centered: field(Schema.Boolean, false, "Divide by a variance, not a square."),
    weight_decay: weightDecay(0)
  }),
  Schema.Struct({
    kind: Schema.tag("lion"),
    lr: field(AboveZero, 1e-4, "Peak learning rate."),
    betas: field(Schema.Tuple([Decay, Decay]), [0.9, 0.99], "Decay rates of update and momentum."),
    weight_decay: weightDecay(0)
  })
])
export type OptimizerPlan = typeof OptimizerPlan.Type

const warmup = field(Count, 0, "Optimizer steps from 0 up to the peak rate.")

export const SchedulePlan = Schema.Union([
  Schema.Struct({ kind: Schema.tag("constant"), warmup_steps: warmup }),
  Schema.Struct({
    kind: Schema.tag("cosine"),
    warmup_steps: warmup,
    final_lr: field(NonNegative, 0, "Learning rate at the end."),
    steps: field(
      Schema.NullOr(Positive),
      null,
      "Optimizer steps of the decay; null: as many as the run has after the warm-up."
    )
  })
])
export type SchedulePlan = typeof SchedulePlan.Type

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

export const ExperimentPlan = Schema.Struct({
  kind: field(Schema.Literals(["train", "test", "predict"]), "train", "What the run does."),
  task: field(Schema.NonEmptyString, "text_detection", "What is being learnt.")
})

export const PathsPlan = Schema.Struct({
  output_dir: field(Schema.NonEmptyString, "outputs/experiments", "Where run directories go.")
})
