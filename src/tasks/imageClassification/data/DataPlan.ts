/** Where samples come from and how they are loaded: the plan's key `data`. */
import * as Schema from "effect/Schema"
import * as CachePlan from "../../../pipeline/plan/CachePlan.ts"
import { AboveZero, atMost, Count, Fraction, field, required, Side } from "../../../pipeline/plan/Plan.ts"
import * as SplitPlan from "../../../pipeline/split/SplitPlan.ts"
import { AugmentOptions } from "./Augment.ts"
import { TransformList } from "./TransformList.ts"

/** A matrix of as many squared is kept while a set is evaluated. */
export const MOST_CLASSES = 4096

export const ClassNames = Schema.NonEmptyArray(Schema.NonEmptyString).check(
  Schema.isMaxLength(MOST_CLASSES),
  Schema.isUnique()
)

/** Their number, and then their names are found in the data and sorted; or their names, in the order of the outputs. */
export const Classes = Schema.Union([atMost(MOST_CLASSES, 2), ClassNames])
export type Classes = typeof Classes.Type

const CLASSES = "How many classes there are, or their names in the order of the net's outputs."

const BatchSize = atMost(65_536)
const PerChannel = Schema.NonEmptyArray(Schema.Finite).check(Schema.isMaxLength(3))
const DeviationPerChannel = Schema.NonEmptyArray(AboveZero).check(Schema.isMaxLength(3))

const splitting = {
  val_fraction: field(
    Fraction,
    0.1,
    "Part of each class's training samples that validates, unless the data has a part for it."
  ),
  split_seed: field(Count, 0, "Seed of what is drawn for it: the same samples for any seed of the run.")
}

const USUAL = { by: "seed", stratify: true } as const

/** Whether the samples are divided as they are by default: class by class, drawn. */
export const dividesByClass = ({ by, group, stratify }: SplitPlan.SplitPlan): boolean =>
  by === USUAL.by && stratify === USUAL.stratify && group === null

const testing = {
  split: field(
    SplitPlan.make(USUAL.by, USUAL.stratify),
    {},
    "How samples are divided where the data does not say so."
  ),
  test_fraction: field(
    Fraction,
    0,
    "Part of each class's samples that is kept for tests, unless the data has a part for it."
  )
}

const loading = {
  fit: field(
    Schema.Literals(["crop", "stretch"]),
    "crop",
    "How a picture of another shape becomes the net's: its middle, or all of it out of proportion."
  ),
  batch_size: field(BatchSize, 64, "Pictures in a training batch."),
  val_batch_size: field(BatchSize, 256, "Pictures in an evaluation batch."),
  workers: field(
    Schema.Union([atMost(256, 0), Schema.Literal("auto")]),
    1,
    "Threads that prepare batches; 0 prepares them between steps, auto takes as many as the machine has to spare."
  ),
  prefetch: field(atMost(1024), 4, "Batches prepared ahead."),
  augment: field(AugmentOptions, {}, "How training samples differ from their pictures."),
  transforms: field(
    Schema.NullOr(TransformList),
    null,
    "What is done to training samples, in order; null: what augment says."
  )
}

const pictures = {
  height: field(Side, 64, "Height of a picture as the net sees it, pixels."),
  width: field(Side, 64, "Width of a picture as the net sees it, pixels."),
  channels: field(Schema.Literals([1, 3]), 3, "1 sees grey values, 3 red, green and blue."),
  mean: field(
    PerChannel,
    [0.485, 0.456, 0.406],
    "Taken from each value in 0..1, one number a channel or one for all; the default is ImageNet's."
  ),
  std: field(DeviationPerChannel, [0.229, 0.224, 0.225], "What the rest is divided by, likewise."),
  ...CachePlan.fields,
  on_bad_sample: field(
    Schema.Literals(["fail", "skip"]),
    "fail",
    "What samples do that cannot be used: fail the run, or be left out with a warning."
  )
}

/** Four files as MNIST's (LeCun, Cortes and Burges, 1998), gzipped or not. */
export const IdxData = Schema.Struct({
  kind: Schema.tag("idx"),
  root: required(
    Schema.NonEmptyString,
    "Folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and the same of t10k, each with .gz or without."
  ),
  classes: field(Classes, 10, CLASSES),
  height: field(Side, 28, "Height of a picture as the net sees it, pixels."),
  width: field(Side, 28, "Width of a picture as the net sees it, pixels."),
  mean: field(PerChannel, [0.1307], "Taken from each value in 0..1; the default is MNIST's."),
  std: field(DeviationPerChannel, [0.3081], "What the rest is divided by."),
  ...splitting,
  ...loading
})
export type IdxData = typeof IdxData.Type

/** A folder for each class, all in `root` or in its folders `train`, `val` and `test`. */
export const FolderData = Schema.Struct({
  kind: Schema.tag("folder"),
  root: required(
    Schema.NonEmptyString,
    "Folder with a folder of pictures for each class, or train/ with them."
  ),
  classes: required(Classes, CLASSES),
  ...splitting,
  ...testing,
  ...pictures,
  ...loading
})
export type FolderData = typeof FolderData.Type

/** A table of pictures and their classes. */
export const CsvData = Schema.Struct({
  kind: Schema.tag("csv"),
  file: required(Schema.NonEmptyString, "CSV in UTF-8 with a line of column names first."),
  root: field(
    Schema.NullOr(Schema.NonEmptyString),
    null,
    "Folder that the paths begin in; null: the folder of the file."
  ),
  path_column: field(Schema.NonEmptyString, "path", "Column with the picture's path."),
  label_column: field(Schema.NonEmptyString, "label", "Column with the name of its class."),
  split_column: field(
    Schema.NonEmptyString,
    "split",
    "Column that says train, val or test; without it the fractions divide the samples."
  ),
  classes: required(Classes, CLASSES),
  ...splitting,
  ...testing,
  ...pictures,
  ...loading
})
export type CsvData = typeof CsvData.Type

export const DataPlan = Schema.Union([IdxData, FolderData, CsvData])
export type DataPlan = typeof DataPlan.Type
export type PictureData = FolderData | CsvData

export const countOf = ({ classes }: { readonly classes: Classes }): number =>
  typeof classes === "number" ? classes : classes.length

export const channelsOf = (data: DataPlan): 1 | 3 => (data.kind === "idx" ? 1 : data.channels)
