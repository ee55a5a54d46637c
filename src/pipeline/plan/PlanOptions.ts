/** From decoded plan to trainer: the one place where plan keys become values and policies. */

import * as Optimizer from "../optim/Optimizer.ts"
import type { ParameterGroup } from "../optim/ParameterGroup.ts"
import type * as FitOptions from "../train/FitOptions.ts"
import type { Limit } from "../train/Limit.ts"
import type { FitPlan, OptimizerPlan, TrainerPlan } from "./Plan.ts"
import { given } from "./PlanField.ts"
import * as PlanPolicies from "./PlanPolicies.ts"
import * as PlanSchedule from "./PlanSchedule.ts"

const adamOptions = (plan: Extract<OptimizerPlan, { kind: "adam" | "adamw" }>): Optimizer.AdamOptions => ({
  betas: plan.betas,
  epsilon: plan.eps,
  weightDecay: plan.weight_decay
})

export const optimizer = (plan: OptimizerPlan): Optimizer.Optimizer => {
  switch (plan.kind) {
    case "adam":
      return Optimizer.adam(adamOptions(plan))
    case "adamw":
      return Optimizer.adamW(adamOptions(plan))
    case "sgd":
      return Optimizer.sgd({ ...plan, weightDecay: plan.weight_decay })
    case "rmsprop":
      return Optimizer.rmsprop({ ...plan, epsilon: plan.eps, weightDecay: plan.weight_decay })
    case "lion":
      return Optimizer.lion({ betas: plan.betas, weightDecay: plan.weight_decay })
  }
}

export const parameterGroups = ({ groups }: OptimizerPlan): ReadonlyArray<ParameterGroup> =>
  groups.map(({ match, lr_scale, weight_decay }) => ({
    match,
    learningRateScale: lr_scale,
    weightDecay: given(weight_decay)
  }))

const unlimited = (value: number | null): number | undefined =>
  value === null || value === -1 ? undefined : value

/** Batches of a `fast_dev_run`; 0 where it is off. */
export const devBatches = ({ fast_dev_run }: Pick<TrainerPlan, "fast_dev_run">): number =>
  typeof fast_dev_run === "boolean" ? Number(fast_dev_run) : fast_dev_run

/** How much of its data a run without training sees. */
export const evaluationLimit = (
  trainer: TrainerPlan,
  kind: "val" | "test" | "predict"
): Limit | undefined => {
  const batches = devBatches(trainer)
  return batches > 0 ? batches : given(trainer[`limit_${kind}_batches`])
}

const gradientClip = ({ gradient_clip_val: value, gradient_clip_algorithm: algorithm }: TrainerPlan) =>
  value === null ? undefined : { value, algorithm }

/** What a fit is told beside its plan. */
export interface RunFacts
  extends Partial<
    Pick<FitOptions.FitOptions, "resume" | "prefetch" | "planHash" | "taskPlan" | "versions">
  > {}

/** Everything that `Trainer.fit` needs from a plan; of `run`, what is left out is as in `FitOptions.make`. */
export const fitOptions = (plan: FitPlan, run: RunFacts = {}): FitOptions.FitOptions => {
  const { trainer } = plan
  return {
    prefetch: 2,
    planHash: "",
    taskPlan: null,
    versions: {},
    ...run,
    seed: plan.seed,
    maxEpochs: unlimited(trainer.max_epochs),
    minEpochs: given(trainer.min_epochs),
    maxSteps: unlimited(trainer.max_steps),
    minSteps: given(trainer.min_steps),
    maxTime: given(trainer.max_time),
    limitTrainBatches: given(trainer.limit_train_batches),
    limitValBatches: given(trainer.limit_val_batches),
    overfitBatches: trainer.overfit_batches,
    fastDevRun: devBatches(trainer),
    numSanityValSteps: trainer.num_sanity_val_steps === -1 ? "all" : trainer.num_sanity_val_steps,
    valCheckInterval: given(trainer.val_check_interval),
    checkValEveryNEpoch: given(trainer.check_val_every_n_epoch),
    accumulateGradBatches: trainer.accumulate_grad_batches,
    accumulationSchedule: PlanPolicies.accumulationSchedule(plan.callbacks),
    detectAnomaly: trainer.detect_anomaly,
    gradientClip: gradientClip(trainer),
    optimizer: optimizer(plan.optimizer),
    parameterGroups: parameterGroups(plan.optimizer),
    learningRate: PlanPolicies.settling(
      plan.callbacks,
      PlanSchedule.learningRate(plan.optimizer.lr, plan.schedule)
    ),
    rateRules: PlanPolicies.rateRules(plan.callbacks),
    averaging: PlanPolicies.averaging(plan.callbacks),
    checkpoint: trainer.enable_checkpointing
      ? PlanPolicies.checkpoint(plan.callbacks.model_checkpoint)
      : undefined,
    stopRules: PlanPolicies.stopRules(plan.callbacks)
  }
}
