/**
 * The parts of a plan that every run shares, as Schemas with defaults, units and docs: what `configs/` composes
 * into and what editors complete. A task adds its own.
 */
import * as Schema from "effect/Schema"
import { field } from "./PlanField.ts"

export { CallbacksPlan } from "./CallbacksPlan.ts"
export { OptimizerPlan } from "./OptimizerPlan.ts"
export { AboveZero, Count, Fraction, field, NonNegative, Positive, required } from "./PlanField.ts"
export { SchedulePlan } from "./SchedulePlan.ts"
export { TrainerPlan } from "./TrainerPlan.ts"

export const ExperimentPlan = Schema.Struct({
  kind: field(Schema.Literals(["train", "test", "predict"]), "train", "What the run does."),
  task: field(Schema.NonEmptyString, "text_detection", "What is being learnt.")
})

export const PathsPlan = Schema.Struct({
  output_dir: field(Schema.NonEmptyString, "outputs/experiments", "Where run directories go.")
})
