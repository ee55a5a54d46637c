/** The detector's part of a plan: its data, net, loss and post-processing, as `configs/` composes them. */
import * as Schema from "effect/Schema"
import * as CachePlan from "../../pipeline/plan/CachePlan.ts"
import { atMost, Count, Fraction, field, required, Side } from "../../pipeline/plan/Plan.ts"
import * as SplitPlan from "../../pipeline/split/SplitPlan.ts"
import { fractions } from "./data/Fractions.ts"
import { TargetOptions } from "./data/Targets.ts"
import { AugmentOptions } from "./data/Transform.ts"
import { TransformList } from "./data/TransformList.ts"
import { moduleEnds, names } from "./format/Names.ts"
import { DbnetOptions } from "./model/DbnetOptions.ts"
import { LossOptions } from "./model/Loss.ts"
import { PostProcessOptions } from "./postprocess/PostProcessOptions.ts"
import * as SynthPlan from "./synthetic/SynthPlan.ts"

const FormatModule = Schema.TemplateLiteral([Schema.String, ".", Schema.Literals(moduleEnds)])
const Range = Schema.Tuple([Side, Side])
/** Each epoch draws an order of this many, 4 bytes each. */
const Pictures = atMost(10_000_000)
const BatchSize = atMost(65_536)

const loading = {
  batch_size: field(BatchSize, 2, "Crops in a training batch."),
  val_batch_size: field(BatchSize, 1, "Pictures in an evaluation batch."),
  repeat: field(atMost(100_000), 1, "Crops taken of each picture in an epoch."),
  long_side: field(Side, 640, "Long side of a picture as evaluation sees it, pixels."),
  workers: field(
    Schema.Union([atMost(256, 0), Schema.Literal("auto")]),
    1,
    "Threads that prepare batches; 0 prepares them between steps, auto takes as many as the machine has to spare."
  ),
  prefetch: field(atMost(1024), 4, "Batches prepared ahead."),
  augment: field(AugmentOptions, {}, "How training crops differ from their pictures."),
  transforms: field(
    Schema.NullOr(TransformList),
    null,
    "What is done to training samples, in order; null: what augment says."
  ),
  targets: field(TargetOptions, {}, "How regions become maps.")
}

export const SyntheticData = Schema.Struct({
  kind: Schema.tag("synthetic"),
  train_size: field(Pictures, 160, "Pictures in an epoch; each epoch draws new ones."),
  val_size: field(Pictures, 16, "Pictures for validation, always the same and never used in training."),
  test_size: field(Pictures, 32, "Pictures for tests, different from those."),
  ...SynthPlan.fields,
  width: field(Range, [288, 384], "Least and most width of a receipt's picture, pixels."),
  height: field(Range, [320, 640], "Least and most height, pixels."),
  text_height: field(Range, [12, 20], "Least and most median height of text, pixels."),
  ...loading
})
export type SyntheticData = typeof SyntheticData.Type

export const ReceiptsData = Schema.Struct({
  kind: Schema.tag("receipts"),
  root: required(Schema.NonEmptyString, "Folder with pictures and their annotations."),
  format: field(
    Schema.Union([Schema.Literals(["auto", ...names]), FormatModule]),
    "auto",
    "Layout of the annotations; auto: found by looking into the folder; or the path of a module that exports one."
  ),
  val_fraction: field(
    Fraction,
    fractions.val,
    "Fraction of the pictures for validation: the last by name before those for tests."
  ),
  test_fraction: field(
    Fraction,
    fractions.test,
    "Fraction of the pictures for tests: the last by name, unless there is test/annotations.json."
  ),
  split_seed: field(
    Count,
    0,
    "Seed of the split where it is drawn: the same samples for any seed of the run."
  ),
  split: field(SplitPlan.make("name", false), {}, "How the pictures are divided."),
  on_bad_sample: field(
    Schema.Literals(["fail", "skip"]),
    "fail",
    "What to do with pictures and polygons that cannot be used: fail the run, or skip and report them."
  ),
  max_side: field(Side, 1024, "Long side of a picture in memory, pixels."),
  ...CachePlan.fields,
  ...loading
})
export type ReceiptsData = typeof ReceiptsData.Type

export const DataPlan = Schema.Union([SyntheticData, ReceiptsData])
export type DataPlan = typeof DataPlan.Type

export const ModelPlan = Schema.Struct({
  name: field(Schema.NonEmptyString, "dbnet", "Name of the net in checkpoints."),
  ...DbnetOptions.fields
})
export type ModelPlan = typeof ModelPlan.Type

/** What is needed to rebuild the detector; stored in checkpoints. */
export const DetectorPlan = Schema.Struct({
  data: DataPlan,
  model: field(ModelPlan, {}, "The net."),
  loss: field(LossOptions, {}, "Weights of the loss's parts."),
  postprocess: field(PostProcessOptions, {}, "From probability map to polygons.")
})
export type DetectorPlan = typeof DetectorPlan.Type

/** Of test and predict. */
const postprocess = field(
  Schema.NullOr(PostProcessOptions),
  null,
  "From probability map to polygons; null: as in training."
)

/** What a test may change after training. */
export const TestKeys = Schema.Struct({
  postprocess,
  search_thresholds: field(
    Schema.Boolean,
    false,
    "Measure the validation data, and say which thresh and box_thresh would have been the best on it."
  ),
  data: field(Schema.NullOr(DataPlan), null, "What to test on; null: the data of the training run.")
})

/** What a prediction is asked for. */
export const PredictKeys = Schema.Struct({
  postprocess,
  image_dir: required(Schema.NonEmptyString, "A folder of pictures, one picture, or a pattern of paths."),
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
