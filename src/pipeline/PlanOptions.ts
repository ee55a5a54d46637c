/** From decoded plan to trainer: the one place where plan keys become values and policies. */
import type * as FitOptions from "./FitOptions.ts"
import * as LearningRate from "./LearningRate.ts"
import * as Optimizer from "./Optimizer.ts"
import type { CallbacksPlan, OptimizerPlan, SchedulePlan, TrainerPlan } from "./Plan.ts"
import * as StopRule from "./StopRule.ts"

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

/** Steps of a decay whose run has no end, in epochs: Lightning's default length of a run. */
const endlessEpochs = 1000

export const learningRate =
  (rate: number, plan: SchedulePlan) =>
  (totals: FitOptions.Totals): LearningRate.LearningRate => {
    const steps = totals.steps ?? endlessEpochs * totals.stepsPerEpoch
    const after =
      plan.kind === "constant"
        ? LearningRate.constant(rate)
        : LearningRate.cosine({
            rate,
            steps: plan.steps ?? steps - plan.warmup_steps,
            final: plan.final_lr
          })
    return LearningRate.warmUp({ rate, steps: plan.warmup_steps, after })
  }

const unlimited = (value: number | null): number | undefined =>
  value === null || value === -1 ? undefined : value

const filenameOf = (monitor: string | null): string => {
  if (monitor === null) return "epoch-{epoch:02d}_step-{step:06d}"
  return `best-${monitor.replace(/^[^/]*\//, "")}-{${monitor}:.4f}`
}

export const checkpoint = (
  plan: CallbacksPlan["model_checkpoint"]
): FitOptions.CheckpointOptions | undefined =>
  plan.enabled
    ? {
        retention: {
          monitor: plan.monitor ?? undefined,
          mode: plan.mode,
          saveTopK: plan.save_top_k === -1 ? "all" : plan.save_top_k,
          saveLast: plan.save_last,
          filename: plan.filename ?? filenameOf(plan.monitor)
        },
        everyNEpochs: plan.every_n_epochs ?? undefined,
        everyNTrainSteps: plan.every_n_train_steps ?? undefined,
        trainTimeInterval: plan.train_time_interval ?? undefined,
        saveWeightsOnly: plan.save_weights_only
      }
    : undefined

export const stopRules = (plan: CallbacksPlan): ReadonlyArray<StopRule.StopRule> => {
  const early = plan.early_stopping
  return early.enabled
    ? [
        StopRule.earlyStopping({
          monitor: early.monitor,
          mode: early.mode,
          patience: early.patience,
          minDelta: early.min_delta,
          strict: early.strict,
          checkFinite: early.check_finite,
          stoppingThreshold: early.stopping_threshold ?? undefined,
          divergenceThreshold: early.divergence_threshold ?? undefined
        })
      ]
    : []
}

export interface FitPlan {
  readonly seed: number
  readonly trainer: TrainerPlan
  readonly optimizer: OptimizerPlan
  readonly schedule: SchedulePlan
  readonly callbacks: CallbacksPlan
}

/** Everything that `Trainer.fit` needs from a plan. */
export const fitOptions = (
  plan: FitPlan,
  run: Pick<FitOptions.FitOptions, "resume" | "prefetch" | "planHash" | "taskPlan" | "versions">
): FitOptions.FitOptions => {
  const { trainer } = plan
  return {
    ...run,
    seed: plan.seed,
    maxEpochs: unlimited(trainer.max_epochs),
    minEpochs: trainer.min_epochs ?? undefined,
    maxSteps: unlimited(trainer.max_steps),
    minSteps: trainer.min_steps ?? undefined,
    maxTime: trainer.max_time ?? undefined,
    limitTrainBatches: trainer.limit_train_batches ?? undefined,
    limitValBatches: trainer.limit_val_batches ?? undefined,
    numSanityValSteps: trainer.num_sanity_val_steps,
    valCheckInterval: trainer.val_check_interval ?? undefined,
    checkValEveryNEpoch: trainer.check_val_every_n_epoch,
    accumulateGradBatches: trainer.accumulate_grad_batches,
    gradientClip:
      trainer.gradient_clip_val === null
        ? undefined
        : { value: trainer.gradient_clip_val, algorithm: trainer.gradient_clip_algorithm },
    optimizer: optimizer(plan.optimizer),
    learningRate: learningRate(plan.optimizer.lr, plan.schedule),
    checkpoint: checkpoint(plan.callbacks.model_checkpoint),
    stopRules: stopRules(plan.callbacks)
  }
}
