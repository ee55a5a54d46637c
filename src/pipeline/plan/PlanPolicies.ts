/** From the `callbacks` of a plan to policies. */

import * as LearningRate from "../optim/LearningRate.ts"
import { monitorOf, type Objective } from "../task/Objective.ts"
import * as Averaging from "../train/Averaging.ts"
import type { CheckpointOptions } from "../train/FitOptions.ts"
import * as RateRule from "../train/RateRule.ts"
import * as StopRule from "../train/StopRule.ts"
import type { Totals } from "../train/Totals.ts"
import type { CallbacksPlan } from "./CallbacksPlan.ts"
import { given } from "./PlanField.ts"

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

/** The average that a plan asks for; that it asks for one at most is checked with all that contradicts. */
export const averaging = (plan: CallbacksPlan): ((totals: Totals) => Averaging.Averaging) | undefined => {
  const { ema_weight_averaging: ema, stochastic_weight_averaging: swa } = plan
  if (swa.enabled) return (totals) => Averaging.swa({ fromEpoch: swaStart(swa, totals) })
  const { decay, update_every_n_steps: everyNSteps, update_starting_at_step: fromStep } = ema
  return ema.enabled ? () => Averaging.ema({ decay, everyNSteps, fromStep }) : undefined
}

/** The schedule with the learning rate that stochastic weight averaging goes over to. */
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
