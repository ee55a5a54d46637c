/** What the command line knows of text detection before any of it is loaded. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { field, Side } from "../../pipeline/plan/Plan.ts"
import * as TaskModule from "../../pipeline/task/TaskModule.ts"
import { DataPlan, DetectorPlan } from "./DetectionPlan.ts"
import { PostProcessOptions } from "./postprocess/PostProcessOptions.ts"

const postprocess = field(
  Schema.NullOr(PostProcessOptions),
  null,
  "From probability map to polygons; null: as in training."
)

export const TestKeys = Schema.Struct({
  postprocess,
  data: field(Schema.NullOr(DataPlan), null, "What to test on; null: the data of the training run.")
})

export const PredictKeys = Schema.Struct({
  postprocess,
  image_dir: Schema.NonEmptyString,
  long_side: field(
    Schema.NullOr(Side),
    null,
    "Long side of a picture as the net sees it; null: as in training."
  ),
  include_confidence: field(Schema.Boolean, false, "Write each region's confidence."),
  minified_json: field(Schema.Boolean, false, "Write JSON without white space."),
  overlays: field(Schema.Boolean, true, "Write each picture with its polygons drawn.")
})
export type PredictKeys = typeof PredictKeys.Type

export default TaskModule.lazy({
  name: "text_detection",
  plan: DetectorPlan,
  objective: { metric: "hmean", mode: "max" },
  testPlan: TestKeys,
  predictPlan: PredictKeys,
  requires: ["pictures"],
  onResume: {
    "data.root": "free",
    "data.test_size": "free",
    "data.workers": "free",
    "data.prefetch": "free",
    "data.val_batch_size": "shown"
  },
  next: [
    { command: "anneal predict image_dir=<folder>", does: "find the text on your pictures" },
    { command: "anneal train data=receipts data.root=<folder>", does: "learn from your own receipts" }
  ],
  load: Effect.map(
    Effect.promise(() => import("./implementation.ts")),
    (module) => module.implementation
  )
})
