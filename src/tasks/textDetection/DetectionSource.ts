/** From a data plan to pictures and batches: a data worker builds them once, then serves batches. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { Canvas } from "../../pipeline/picture/Canvas.ts"
import type { ImageCodec } from "../../pipeline/picture/Images.ts"
import type { Opened } from "../../pipeline/shards/Shards.ts"
import type { DataError, Dataset } from "../../pipeline/task/Dataset.ts"
import type { DataPlan } from "./DetectionPlan.ts"
import * as Batch from "./data/Batch.ts"
import type { Entry } from "./data/FolderCheck.ts"
import * as FolderSource from "./data/FolderSource.ts"
import * as ShardSource from "./data/ShardSource.ts"
import type { ImageSource } from "./data/TextImage.ts"
import * as TransformList from "./data/TransformList.ts"
import * as SynthSource from "./synthetic/SynthSource.ts"

export type SetName = "train" | "val" | "test"

/** What a worker needs, as a plain value. */
export interface Setup {
  readonly plan: DataPlan
  readonly seed: number
  /** Both sides of every input are multiples of this, pixels. */
  readonly multiple: number
  /** The checked pictures of a folder; empty for synthetic pictures. */
  readonly entries: { readonly [name in SetName]: ReadonlyArray<Entry> }
  /** Where the pictures are instead, if they are in shards. */
  readonly shards?: Opened | undefined
}

export const source = (
  setup: Setup,
  set: SetName
): Effect.Effect<ImageSource, DataError, Canvas | FileSystem.FileSystem | ImageCodec> => {
  const { plan, entries, seed, shards } = setup
  switch (plan.kind) {
    case "receipts":
      // One size for all sets: the filter of a codec blurs differently from the crops of training, which the net notices.
      return shards === undefined
        ? FolderSource.make(set, entries[set], { maxSide: plan.max_side })
        : ShardSource.make(set, shards, { maxSide: plan.max_side })
    case "synthetic":
      return SynthSource.make(set, {
        seed,
        size: plan[`${set}_size`],
        // Evaluation gets the same pictures each time, and none of the training set: names key the generator.
        fixed: set !== "train",
        width: plan.width,
        height: plan.height,
        textHeight: plan.text_height,
        document: plan.document,
        level: plan.level,
        difficulty: plan.difficulty,
        languages: plan.languages
      })
  }
}

/** How training samples are made of `images`. */
export const trainingOptions = ({ plan, seed }: Setup, images: ImageSource): Batch.TrainingOptions => {
  const augment = { ...plan.augment, long_side: plan.long_side }
  return {
    source: images,
    seed,
    batchSize: plan.batch_size,
    repeat: plan.repeat,
    augment,
    ...(plan.transforms === null ? {} : { transforms: TransformList.steps(plan.transforms, augment) }),
    targets: plan.targets
  }
}

/** The data set of `images`: whole pictures for evaluation, transformed samples for training. */
export const dataset = (setup: Setup, set: SetName, images: ImageSource): Dataset<Batch.DetectionBatch> => {
  const { plan, multiple } = setup
  return set === "train"
    ? Batch.trainingDataset(trainingOptions(setup, images))
    : Batch.evaluationDataset({
        source: images,
        longSide: plan.long_side,
        batchSize: plan.val_batch_size,
        multiple,
        targets: plan.targets
      })
}

export const build = Effect.fnUntraced(function* (setup: Setup) {
  const one = (set: SetName) => Effect.map(source(setup, set), (images) => dataset(setup, set, images))
  return { train: yield* one("train"), val: yield* one("val"), test: yield* one("test") }
})
