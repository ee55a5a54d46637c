/** The `callbacks` part of a plan, under the names of Lightning's callbacks, and the policies that it stands for. */

import * as Schema from "effect/Schema"
import { AboveZero, Count, Decay, NonNegative, Positive } from "../internal/Numbers.ts"
import * as LearningRate from "../optim/LearningRate.ts"
import { monitorOf, type Objective } from "../task/Objective.ts"
import * as Averaging from "../train/Averaging.ts"
import type { CheckpointOptions } from "../train/FitOptions.ts"
import * as Limit from "../train/Limit.ts"
import * as RateRule from "../train/RateRule.ts"
import * as Retention from "../train/Retention.ts"
import * as StopRule from "../train/StopRule.ts"
import type { Totals } from "../train/Totals.ts"
import { field, given } from "./PlanField.ts"

/** What a policy watches. */
const watched = {
  monitor: field(
    Schema.NullOr(Schema.String),
    "objective",
    "Metric to watch, such as val/loss; `objective` is that of the task, null watches none."
  ),
  mode: field(
    Schema.Literals(["auto", "min", "max"]),
    "auto",
    "Whether a smaller or a larger value is better; auto is the direction of the task's objective."
  )
}
const enabled = field(Schema.Boolean, false, "Whether the callback is used.")

const ReduceOnPlateau = Schema.Struct({
  enabled,
  ...watched,
  factor: field(
    Schema.Finite.check(
      Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true, exclusiveMaximum: true })
    ),
    0.1,
    "Factor that the scheduled rate is multiplied by at each reduction."
  ),
  patience: field(Count, 10, "Validations without improvement to wait; the next one reduces the rate."),
  threshold: field(NonNegative, 1e-4, "Smallest change that counts as an improvement."),
  threshold_mode: field(
    Schema.Literals(["rel", "abs"]),
    "rel",
    "Whether the threshold is a fraction of the best value (rel) or an amount (abs)."
  ),
  cooldown: field(Count, 0, "Validations after a reduction that are not counted."),
  min_lr: field(NonNegative, 0, "Smallest rate; it is not reduced below this.")
})

const EmaWeightAveraging = Schema.Struct({
  enabled: field(
    Schema.Union([Schema.Boolean, Schema.Literal("auto")]),
    false,
    "Whether the callback is used; auto: unless stochastic_weight_averaging is."
  ),
  decay: field(
    Decay,
    0.999,
    "Fraction of the average that is kept at each update; in the n-th at most (1 + n) / (10 + n)."
  ),
  update_every_n_steps: field(Positive, 1, "Optimizer steps between updates."),
  update_starting_at_step: field(Count, 0, "Optimizer steps before the first update.")
})

const StochasticWeightAveraging = Schema.Struct({
  enabled,
  swa_epoch_start: field(
    Limit.Plan,
    0.8,
    "Epoch, from 1, after which the first weights enter the average, or a fraction of the run."
  ),
  swa_lrs: field(Schema.NullOr(AboveZero), null, "Learning rate while averaging; null keeps the schedule's."),
  annealing_epochs: field(Count, 10, "Epochs over which the rate changes to swa_lrs."),
  annealing_strategy: field(Schema.Literals(["cos", "linear"]), "cos", "How the rate changes.")
})

const oneAverage = Schema.makeFilter<{
  readonly ema_weight_averaging: { readonly enabled: boolean | "auto" }
  readonly stochastic_weight_averaging: { readonly enabled: boolean }
}>(
  ({ ema_weight_averaging: ema, stochastic_weight_averaging: swa }) => !(ema.enabled === true && swa.enabled),
  {
    expected: "at most one of ema_weight_averaging and stochastic_weight_averaging to be enabled"
  }
)

const filename = Schema.String.check(Schema.makeFilter<string>((pattern) => Retention.problemOf(pattern)))

const epochs = Schema.String.check(Schema.isPattern(/^\d+$/, { expected: "an epoch, counted from 0" }))

export const CallbacksPlan = Schema.Struct({
  model_checkpoint: field(
    Schema.Struct({
      enabled: field(Schema.Boolean, true, "Whether checkpoints are written."),
      ...watched,
      save_top_k: field(
        Schema.Union([Schema.Literal(-1), Count]),
        1,
        "Ranked checkpoints to keep; -1 keeps every one."
      ),
      save_last: field(Schema.Boolean, true, "Write `last` at every save point."),
      every_n_epochs: field(Schema.NullOr(Positive), 1, "Epochs between save points."),
      every_n_train_steps: field(Schema.NullOr(Positive), null, "Optimizer steps between save points."),
      train_time_interval: field(Schema.NullOr(AboveZero), null, "Seconds between save points."),
      save_weights_only: field(
        Schema.Boolean,
        false,
        "Leave out what only resuming needs; such a checkpoint cannot be resumed from."
      ),
      filename: field(
        Schema.NullOr(filename),
        null,
        "Pattern such as epoch-{epoch:02d}_step-{step:06d}; null: best-<metric>-<value>."
      )
    }),
    {},
    "Which checkpoints are written and kept."
  ),
  reduce_on_plateau: field(
    ReduceOnPlateau,
    {},
    "Reduce the learning rate when the metric no longer improves."
  ),
  ema_weight_averaging: field(EmaWeightAveraging, {}, "Validate and save a moving average of the weights."),
  stochastic_weight_averaging: field(
    StochasticWeightAveraging,
    {},
    "Validate and save the mean of the weights after the last epochs."
  ),
  gradient_accumulation_scheduler: field(
    Schema.Struct({
      scheduling: field(
        Schema.NullOr(Schema.Record(epochs, Positive)),
        null,
        "Batches per optimizer step from each epoch on, counted from 0; null: accumulate_grad_batches."
      )
    }),
    {},
    "Change the number of batches whose gradients are accumulated, epoch by epoch."
  ),
  model_summary: field(
    Schema.Struct({
      max_depth: field(
        Schema.Union([Schema.Literal(-1), Positive]),
        1,
        "Number of words of a tensor's name that group tensors into a part; -1 lists every tensor."
      )
    }),
    {},
    "The table of the model that is shown before training."
  ),
  early_stopping: field(
    Schema.Struct({
      enabled: field(Schema.Boolean, true, "Whether training may stop early."),
      ...watched,
      patience: field(
        Positive,
        StopRule.defaults.patience,
        "Validations without improvement before stopping."
      ),
      min_delta: field(
        NonNegative,
        StopRule.defaults.minDelta,
        "Smallest change that counts as an improvement."
      ),
      strict: field(Schema.Boolean, StopRule.defaults.strict, "Whether a missing metric is an error."),
      check_finite: field(
        Schema.Boolean,
        StopRule.defaults.checkFinite,
        "Whether a metric that is not finite stops training."
      ),
      stopping_threshold: field(
        Schema.NullOr(Schema.Finite),
        null,
        "Stop at once when the metric is better than this."
      ),
      divergence_threshold: field(
        Schema.NullOr(Schema.Finite),
        null,
        "Stop at once when the metric is worse than this."
      )
    }),
    {},
    "Stop when the metric no longer improves."
  )
}).check(oneAverage)
export type CallbacksPlan = typeof CallbacksPlan.Type

interface Watched {
  readonly monitor: string | null
  readonly mode: "auto" | "min" | "max"
}

/** The metric and the direction that a policy watches; none if it names none, or the objective where there is none. */
const watchedBy = ({ monitor: named, mode: way }: Watched, objective: Objective | undefined) => {
  const monitor = named === "objective" ? objective && monitorOf(objective) : given(named)
  const mode = way === "auto" ? (objective?.mode ?? "max") : way
  return { monitor, mode }
}

const filenameOf = (monitor: string | undefined): string => {
  if (monitor === undefined) return "epoch-{epoch:02d}_step-{step:06d}"
  return `best-${monitor.replace(/^[^/]*\//, "")}-{${monitor}:.4f}`
}

export const checkpoint = (
  plan: CallbacksPlan["model_checkpoint"],
  objective: Objective | undefined
): CheckpointOptions | undefined => {
  if (!plan.enabled) return undefined
  const { monitor, mode } = watchedBy(plan, objective)
  return {
    retention: {
      monitor,
      mode,
      saveTopK: plan.save_top_k === -1 ? "all" : plan.save_top_k,
      saveLast: plan.save_last,
      filename: plan.filename ?? filenameOf(monitor)
    },
    everyNEpochs: given(plan.every_n_epochs),
    everyNTrainSteps: given(plan.every_n_train_steps),
    trainTimeInterval: given(plan.train_time_interval),
    saveWeightsOnly: plan.save_weights_only
  }
}

export const stopRules = (
  { early_stopping: early }: CallbacksPlan,
  objective: Objective | undefined
): ReadonlyArray<StopRule.StopRule> => {
  const { monitor, mode } = watchedBy(early, objective)
  if (!early.enabled || monitor === undefined) return []
  const rule = StopRule.earlyStopping({
    monitor,
    mode,
    patience: early.patience,
    minDelta: early.min_delta,
    strict: early.strict,
    checkFinite: early.check_finite,
    stoppingThreshold: given(early.stopping_threshold),
    divergenceThreshold: given(early.divergence_threshold)
  })
  return [rule]
}

export const rateRules = (
  { reduce_on_plateau: plan }: CallbacksPlan,
  objective: Objective | undefined
): ReadonlyArray<RateRule.RateRule> => {
  const { monitor, mode } = watchedBy(plan, objective)
  if (!plan.enabled || monitor === undefined) return []
  return [
    RateRule.plateau({ ...plan, monitor, mode, thresholdMode: plan.threshold_mode, minRate: plan.min_lr })
  ]
}

type SwaPlan = CallbacksPlan["stochastic_weight_averaging"]

/** Epoch, counted from 0, whose last weights are the first in the average. */
const swaStart = ({ swa_epoch_start: start }: SwaPlan, { horizon }: Totals): number =>
  Math.max(0, (typeof start === "number" ? start : Math.floor(horizon.epochs * start.fraction)) - 1)

/** The average that a plan asks for, if any; its Schema refuses two. */
export const averaging = (plan: CallbacksPlan): ((totals: Totals) => Averaging.Averaging) | undefined => {
  const { ema_weight_averaging: ema, stochastic_weight_averaging: swa } = plan
  if (swa.enabled) return (totals) => Averaging.swa({ fromEpoch: swaStart(swa, totals) })
  const { decay, update_every_n_steps: everyNSteps, update_starting_at_step: fromStep } = ema
  return ema.enabled !== false ? () => Averaging.ema({ decay, everyNSteps, fromStep }) : undefined
}

/** `schedule`, then the constant rate of stochastic weight averaging, if the plan has one. */
export const settling =
  (plan: CallbacksPlan, schedule: (totals: Totals) => LearningRate.LearningRate) =>
  (totals: Totals): LearningRate.LearningRate => {
    const { stochastic_weight_averaging: swa } = plan
    const before = schedule(totals)
    if (!swa.enabled || swa.swa_lrs === null) return before
    return LearningRate.settling({
      before,
      rate: swa.swa_lrs,
      fromEpoch: swaStart(swa, totals),
      epochs: swa.annealing_epochs,
      anneal: swa.annealing_strategy
    })
  }

export const accumulationSchedule = (plan: CallbacksPlan): ReadonlyMap<number, number> | undefined => {
  const { scheduling } = plan.gradient_accumulation_scheduler
  return scheduling === null
    ? undefined
    : new Map(Object.entries(scheduling).map(([epoch, batches]) => [Number(epoch), batches]))
}
