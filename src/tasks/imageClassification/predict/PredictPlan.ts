/** What predictions are asked for: the task's own keys of `anneal predict`. */
import * as Schema from "effect/Schema"
import { atMost, field, required } from "../../../pipeline/plan/Plan.ts"
import { ClassNames, MOST_CLASSES } from "../data/DataPlan.ts"

export const ClassificationPredictPlan = Schema.Struct({
  image_dir: required(
    Schema.NonEmptyString,
    "Folder with pictures, one picture, or one idx file of pictures."
  ),
  top_k: field(atMost(MOST_CLASSES), 5, "Classes to list of each picture, most probable first."),
  class_names: field(
    Schema.NullOr(ClassNames),
    null,
    "Names in the order of the net's outputs; null: those of the training run's data."
  )
})
export type ClassificationPredictPlan = typeof ClassificationPredictPlan.Type
