/** From a decoded plan to the options of the trainer. */

import type * as FitOptions from "../train/FitOptions.ts"
import type { Limit } from "../train/Limit.ts"
import * as CallbacksPlan from "./CallbacksPlan.ts"
import * as OptimizerPlan from "./OptimizerPlan.ts"
import type { FitPlan, TrainerPlan } from "./Plan.ts"
import { given } from "./PlanField.ts"
import * as SchedulePlan from "./SchedulePlan.ts"

const unlimited = (value: number | null): number | undefined =>
  value === null || value === -1 ? undefined : value

/** Batches of a `fast_dev_run`; 0 if it is off. */
export const devBatches = ({ fast_dev_run }: Pick<TrainerPlan, "fast_dev_run">): number =>
  typeof fast_dev_run === "boolean" ? Number(fast_dev_run) : fast_dev_run

/** How much of its data an evaluation uses. */
export const evaluationLimit = (
  trainer: TrainerPlan,
  kind: "val" | "test" | "predict"
): Limit | undefined => {
  const batches = devBatches(trainer)
  return batches > 0 ? batches : given(trainer[`limit_${kind}_batches`])
}

const gradientClip = ({ gradient_clip_val: value, gradient_clip_algorithm: algorithm }: TrainerPlan) =>
  value === null ? undefined : { value, algorithm }

/** Options of a fit that are not in its plan. */
export interface RunFacts
  extends Partial<
    Pick<FitOptions.FitOptions, "resume" | "prefetch" | "planHash" | "taskPlan" | "versions">
  > {}

/** The options of `Trainer.fit` for a plan; what `run` leaves out is as in `FitOptions.make`. */
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
    accumulationSchedule: CallbacksPlan.accumulationSchedule(plan.callbacks),
    detectAnomaly: trainer.detect_anomaly,
    gradientClip: gradientClip(trainer),
    optimizer: OptimizerPlan.optimizer(plan.optimizer),
    parameterGroups: OptimizerPlan.parameterGroups(plan.optimizer),
    learningRate: CallbacksPlan.settling(
      plan.callbacks,
      SchedulePlan.learningRate(plan.optimizer.lr, plan.schedule)
    ),
    rateRules: CallbacksPlan.rateRules(plan.callbacks),
    averaging: CallbacksPlan.averaging(plan.callbacks),
    checkpoint: trainer.enable_checkpointing
      ? CallbacksPlan.checkpoint(plan.callbacks.model_checkpoint)
      : undefined,
    stopRules: CallbacksPlan.stopRules(plan.callbacks)
  }
}
