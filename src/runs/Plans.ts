/** The plans of the detector's runs: the only thing that a run reads, and what `configs/` composes into. */
import * as Schema from "effect/Schema"
import { LoggerPlan } from "../pipeline/plan/LoggerPlan.ts"
import { Count, ExperimentPlan, FitPlan, field, PathsPlan, Side } from "../pipeline/plan/Plan.ts"
import { DataPlan, DetectorPlan } from "../tasks/textDetection/DetectionPlan.ts"
import { PostProcessOptions } from "../tasks/textDetection/postprocess/PostProcessOptions.ts"

const experiment = {
  seed: field(Count, 42, "Seed of weights, order, augmentation and drawn receipts."),
  exp_name: field(Schema.NonEmptyString, "quickstart", "Name of the experiment; part of the run directory."),
  experiment: field(ExperimentPlan, {}, "What kind of run this is."),
  paths: field(PathsPlan, {}, "Where things go."),
  trainer: FitPlan.fields.trainer,
  logger: field(LoggerPlan, {}, "Where the facts of a run go.")
}

const figure_images = field(Count, 4, "Pictures in the figure of predictions; 0 draws none.")

export const TrainPlan = Schema.Struct({
  ...experiment,
  resume: field(
    Schema.NullOr(Schema.NonEmptyString),
    null,
    "`last` goes on where the newest run of this experiment stopped; or a run directory, or a checkpoint."
  ),
  resume_exact: field(
    Schema.Boolean,
    true,
    "Refuse to go on with a run where seed, data, model, optimizer or engine are no longer what they were; false goes on."
  ),
  ...DetectorPlan.fields,
  optimizer: FitPlan.fields.optimizer,
  schedule: FitPlan.fields.schedule,
  callbacks: FitPlan.fields.callbacks,
  figure_images
})
export type TrainPlan = typeof TrainPlan.Type

const evaluated = {
  ...experiment,
  checkpoint_path: field(
    Schema.NonEmptyString,
    "best",
    "`best` or `last` of the newest training run of this experiment; or a checkpoint, or a run directory."
  ),
  postprocess: field(
    Schema.NullOr(PostProcessOptions),
    null,
    "From probability map to polygons; null: as in training."
  )
}

export const TestPlan = Schema.Struct({
  ...evaluated,
  data: field(Schema.NullOr(DataPlan), null, "What to test on; null: the data of the training run."),
  figure_images
})
export type TestPlan = typeof TestPlan.Type

export const PredictPlan = Schema.Struct({
  ...evaluated,
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
export type PredictPlan = typeof PredictPlan.Type

/** The plan of each kind of run. */
export const schemas = { train: TrainPlan, test: TestPlan, predict: PredictPlan } as const
