/** From the `callbacks` of a plan to policies. */
import type { CallbacksPlan } from "./CallbacksPlan.ts"
import type { CheckpointOptions } from "./FitOptions.ts"
import { given } from "./PlanField.ts"
import * as StopRule from "./StopRule.ts"

const filenameOf = (monitor: string | null): string => {
  if (monitor === null) return "epoch-{epoch:02d}_step-{step:06d}"
  return `best-${monitor.replace(/^[^/]*\//, "")}-{${monitor}:.4f}`
}

export const checkpoint = (plan: CallbacksPlan["model_checkpoint"]): CheckpointOptions | undefined =>
  plan.enabled
    ? {
        retention: {
          monitor: given(plan.monitor),
          mode: plan.mode,
          saveTopK: plan.save_top_k === -1 ? "all" : plan.save_top_k,
          saveLast: plan.save_last,
          filename: plan.filename ?? filenameOf(plan.monitor)
        },
        everyNEpochs: given(plan.every_n_epochs),
        everyNTrainSteps: given(plan.every_n_train_steps),
        trainTimeInterval: given(plan.train_time_interval),
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
          stoppingThreshold: given(early.stopping_threshold),
          divergenceThreshold: given(early.divergence_threshold)
        })
      ]
    : []
}
