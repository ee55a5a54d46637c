/** The classifier's part of a plan: its data, net, loss and metrics, as `configs/image_classification` composes them. */
import * as Schema from "effect/Schema"
import { field } from "../../pipeline/plan/Plan.ts"
import { DataPlan } from "./data/DataPlan.ts"
import { LossOptions } from "./model/Loss.ts"
import { ModelPlan } from "./model/ModelPlan.ts"

export const MetricOptions = Schema.Struct({
  per_class: field(Schema.Boolean, true, "Reports precision and recall of each class beside the means.")
})
export type MetricOptions = typeof MetricOptions.Type

export const ClassificationPlan = Schema.Struct({
  data: DataPlan,
  model: field(ModelPlan, { kind: "cnn" }, "The net."),
  loss: field(LossOptions, {}, "Cross-entropy."),
  metrics: field(MetricOptions, {}, "What is reported.")
})
export type ClassificationPlan = typeof ClassificationPlan.Type

/** Other data than the training's; null measures its own. */
export const ClassificationTestPlan = Schema.Struct({
  data: field(Schema.NullOr(DataPlan), null, "Data to test on; null: the training run's.")
})
