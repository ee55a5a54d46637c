/** The data sets of a run; scoped worker threads make their batches. */
import { extname } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as WorkerPool from "../layers/data/WorkerPool.ts"
import type { ImageCodec, ImageSize } from "../pipeline/picture/Images.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { DataError, type Dataset } from "../pipeline/task/Dataset.ts"
import * as DataFingerprint from "../tasks/textDetection/DataFingerprint.ts"
import type { DataPlan } from "../tasks/textDetection/DetectionPlan.ts"
import * as DetectionSource from "../tasks/textDetection/DetectionSource.ts"
import * as AnnotatedFolder from "../tasks/textDetection/data/AnnotatedFolder.ts"
import type { DetectionBatch } from "../tasks/textDetection/data/Batch.ts"
import * as Memory from "../tasks/textDetection/Memory.ts"

export interface DetectionData {
  readonly train: Dataset<DetectionBatch>
  readonly val: Dataset<DetectionBatch>
  readonly test: Dataset<DetectionBatch>
  /** Digest of a set, for `run.json`. */
  readonly fingerprint: (
    set: DetectionSource.SetName
  ) => Effect.Effect<string, DataError, FileSystem.FileSystem>
  /** Sizes of the pictures of a folder, or of the largest ones that are drawn. */
  readonly sizes: (set: DetectionSource.SetName) => ReadonlyArray<ImageSize>
  /** Refuses a set without a single legible word: nothing can be learnt from it or measured on it. */
  readonly requireWords: (set: DetectionSource.SetName) => Effect.Effect<void, DataError>
  /** Whether there is no test set, so that tests use the validation set. */
  readonly testIsVal: boolean
}

export interface Options {
  readonly plan: DataPlan
  readonly seed: number
  /** Both sides of every input are multiples of this, pixels. */
  readonly multiple: number
}

const none = { train: [], val: [], test: [], testIsVal: false, warnings: [] }

const opened = (
  plan: DataPlan
): Effect.Effect<AnnotatedFolder.Opened, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> =>
  plan.kind === "receipts"
    ? AnnotatedFolder.open({
        root: plan.root,
        valFraction: plan.val_fraction,
        testFraction: plan.test_fraction,
        onBadSample: plan.on_bad_sample
      })
    : Effect.succeed(none)

const sizeOf = (plan: DataPlan, folder: AnnotatedFolder.Opened, set: DetectionSource.SetName): number =>
  plan.kind === "receipts" ? folder[set].length : plan[`${set}_size`]

/** Refuses a training set smaller than one batch, which would silently train on nothing. */
const checkSize = (plan: DataPlan, train: Dataset<DetectionBatch>): Effect.Effect<void, DataError> =>
  train.length > 0
    ? Effect.void
    : Effect.fail(
        new DataError({
          where: plan.kind === "receipts" ? plan.root : "synthetic receipts",
          problem: `${train.samples} training samples do not fill one batch of ${plan.batch_size}`,
          cure: "Add pictures, or lower data.batch_size, or raise data.repeat."
        })
      )

const purposes = { train: "train on", val: "validate on", test: "test on" } as const

const checkWords = (
  plan: DataPlan,
  set: DetectionSource.SetName,
  entries: AnnotatedFolder.Opened["train"]
): Effect.Effect<void, DataError> =>
  plan.kind !== "receipts" ||
  entries.length === 0 ||
  entries.some(({ regions }) => regions.some(({ ignore }) => !ignore))
    ? Effect.void
    : Effect.fail(
        new DataError({
          where: plan.root,
          problem: `none of the ${entries.length} pictures to ${purposes[set]} has a legible word`,
          cure: 'Mark words on them: "words" with "points", neither illegible nor ###.'
        })
      )

/** Checks the folder, reports its warnings, and starts the workers, which end with the scope. */
export const open = Effect.fn("DetectionData.open")(function* (
  options: Options
): Effect.fn.Return<
  DetectionData,
  DataError,
  FileSystem.FileSystem | Path.Path | ImageCodec | Progress | Scope.Scope
> {
  const { plan } = options
  const folder = yield* opened(plan)
  const progress = yield* Progress
  yield* Effect.forEach(folder.warnings, progress.warn, { discard: true })
  const { train, val, test } = folder
  const setup: DetectionSource.Setup = { ...options, entries: { train, val, test } }
  const pool = yield* WorkerPool.make<DetectionSource.Setup, DetectionSource.Job, DetectionBatch>({
    // The worker has the extension of this module: .ts here, .js in the library, .mjs in the bundle.
    entry: new URL(`./dataWorker${extname(import.meta.url)}`, import.meta.url),
    setup,
    workers: plan.workers
  })
  const served = (set: DetectionSource.SetName): Dataset<DetectionBatch> => {
    const size = sizeOf(plan, folder, set)
    const described = DetectionSource.dataset(setup, set, {
      name: set,
      size,
      image: () => Effect.die(`the pictures of ${set} are in the workers`)
    })
    return { ...described, batch: (epoch, index) => pool.run({ set, epoch, index }) }
  }
  const sets = {
    train: served("train"),
    val: served("val"),
    test: served("test"),
    fingerprint: (set: DetectionSource.SetName) =>
      DataFingerprint.ofSet(plan, options.seed, set, setup.entries[set]),
    sizes: (set: DetectionSource.SetName) => Memory.sizesOf(plan, setup.entries[set]),
    requireWords: (set: DetectionSource.SetName) => checkWords(plan, set, folder[set]),
    testIsVal: folder.testIsVal
  }
  yield* checkSize(plan, sets.train)
  return sets
})
