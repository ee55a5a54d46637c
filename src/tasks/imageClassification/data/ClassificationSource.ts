/** From a catalogue to batches: what each data worker builds once, and then serves. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { Dataset } from "../../../pipeline/task/Dataset.ts"
import type { Input } from "./Augment.ts"
import * as Batch from "./Batch.ts"
import type { Catalogue, Part, PartName } from "./Catalogue.ts"
import { channelsOf, type DataPlan } from "./DataPlan.ts"
import * as PartFingerprint from "./PartFingerprint.ts"
import * as PictureSource from "./PictureSource.ts"

/** All that a worker needs, as a plain value. */
export interface Setup {
  readonly plan: DataPlan
  readonly seed: number
  readonly catalogue: Catalogue
}

export type Sets = { readonly [name in PartName]: Dataset<Batch.ClassificationBatch> }

export const inputOf = (plan: DataPlan): Input => ({
  height: plan.height,
  width: plan.width,
  channels: channelsOf(plan),
  mean: plan.mean,
  std: plan.std,
  fit: plan.fit
})

const nothing: Part = { kind: "pictures", entries: [] }

export const build = Effect.fnUntraced(function* ({ plan, seed, catalogue }: Setup) {
  const input = inputOf(plan)
  const services = yield* Effect.context<FileSystem.FileSystem>()
  const idxs: PictureSource.Idxs = new Map()
  const options = Effect.fnUntraced(function* (name: PartName) {
    const part = catalogue[name] ?? nothing
    const source = yield* PictureSource.make(part, input, idxs)
    const batchSize = name === "train" ? plan.batch_size : plan.val_batch_size
    const fingerprint = PartFingerprint.of(part, (file) => PictureSource.pixelsIn(file, idxs)).pipe(
      Effect.provide(services)
    )
    return { name, source, input, classes: catalogue.classes, batchSize, fingerprint }
  })
  const sets: Sets = {
    train: Batch.trainingDataset({
      ...(yield* options("train")),
      seed,
      augment: plan.augment,
      transforms: plan.transforms
    }),
    val: Batch.evaluationDataset(yield* options("val")),
    test: Batch.evaluationDataset(yield* options("test"))
  }
  return sets
})
