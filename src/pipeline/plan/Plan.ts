/**
 * The parts of a plan that every run has, as Schemas with defaults, units and descriptions: what `configs/` composes to
 * and what editors complete. A task adds its own.
 */
import * as Schema from "effect/Schema"
import { Count } from "../internal/Numbers.ts"
import { CallbacksPlan } from "./CallbacksPlan.ts"
import { OptimizerPlan } from "./OptimizerPlan.ts"
import { field } from "./PlanField.ts"
import { SchedulePlan } from "./SchedulePlan.ts"
import { TrainerPlan } from "./TrainerPlan.ts"

export {
  AboveZero,
  atMost,
  Count,
  Decay,
  Fraction,
  NonNegative,
  Positive,
  Side
} from "../internal/Numbers.ts"
export { CallbacksPlan } from "./CallbacksPlan.ts"
export { OptimizerPlan } from "./OptimizerPlan.ts"
export { field, required } from "./PlanField.ts"
export { SchedulePlan } from "./SchedulePlan.ts"
export { TrainerPlan } from "./TrainerPlan.ts"

export const ExperimentPlan = Schema.Struct({
  kind: field(Schema.Literals(["train", "test", "predict"]), "train", "What the run does."),
  task: field(
    Schema.NullOr(Schema.NonEmptyString),
    null,
    "Name of the task in the path of the run directory; null: the name that it declares."
  )
})

export const PathsPlan = Schema.Struct({
  output_dir: field(Schema.NonEmptyString, "outputs/experiments", "Folder of the run directories.")
})

/** The plan of any training, whatever the task; `PlanOptions.fitOptions` turns it into options. */
export const FitPlan = Schema.Struct({
  seed: field(Count, 42, "Seed of the weights, the order of samples and everything else that is random."),
  trainer: field(TrainerPlan, {}, "The loop: limits, intervals, device."),
  optimizer: field(OptimizerPlan, { kind: "adam" }, "How the weights are updated."),
  schedule: field(SchedulePlan, { kind: "cosine" }, "How the learning rate changes."),
  callbacks: field(CallbacksPlan, {}, "Checkpoints, early stopping and other policies.")
})
export type FitPlan = typeof FitPlan.Type
