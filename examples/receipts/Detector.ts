/** Shared by the stages: the net, the task, and a folder of receipts as data sets. */
import { DataError } from "anneal/Dataset"
import * as AnnotatedFolder from "anneal/tasks/textDetection/AnnotatedFolder"
import * as Batch from "anneal/tasks/textDetection/Batch"
import * as Dbnet from "anneal/tasks/textDetection/Dbnet"
import * as FolderSource from "anneal/tasks/textDetection/FolderSource"
import * as TextDetection from "anneal/tasks/textDetection/TextDetection"
import * as Transform from "anneal/tasks/textDetection/Transform"
import * as Effect from "effect/Effect"

export const model = Dbnet.make("dbnet_tiny", Dbnet.dbnetTiny)
export const task = TextDetection.make({ model })

export interface DataOptions {
  readonly seed: number
  /** Pixels of the long side of a picture, and of a training crop's side. */
  readonly longSide: number
  readonly crop: number
  readonly batchSize: number
}

/** Crops to train on, and whole pictures, the last fifth by name, to validate on. */
export const open = Effect.fn("Detector.open")(function* (root: string, options: DataOptions) {
  const { longSide, crop, batchSize, seed } = options
  const { train, val } = yield* AnnotatedFolder.open({ root })
  if (train.length < batchSize) {
    return yield* new DataError({
      where: root,
      problem: `${train.length} pictures to train on do not fill a batch of ${batchSize}`,
      cure: "Add pictures, or use a smaller batch"
    })
  }
  const augment = { ...Transform.defaults, crop, long_side: longSide }
  const source = yield* FolderSource.make("train", train, { maxSide: 1024 })
  const validation = yield* FolderSource.make("val", val, { maxSide: longSide })
  return {
    train: Batch.trainingDataset({ source, seed, batchSize, augment }),
    val: Batch.evaluationDataset({ source: validation, longSide, batchSize: 1, multiple: model.multiple })
  }
})
