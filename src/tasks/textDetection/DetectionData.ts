/** The data sets of a detector's plan, checked and made in worker threads. */
import { extname } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type {
  DataContext,
  Purpose,
  TaskData,
  TaskFailure,
  TaskServices
} from "../../pipeline/module/TaskModule.ts"
import type { ImageCodec } from "../../pipeline/picture/Images.ts"
import { DataError, type Dataset } from "../../pipeline/task/Dataset.ts"
import * as SampleCache from "../../pipeline/task/SampleCache.ts"
import { Workers } from "../../pipeline/task/Workers.ts"
import * as DataFingerprint from "./DataFingerprint.ts"
import type { DataPlan, DetectorPlan } from "./DetectionPlan.ts"
import * as DetectionSource from "./DetectionSource.ts"
import type { DetectionBatch } from "./data/Batch.ts"
import * as AnnotatedFolder from "./format/AnnotatedFolder.ts"
import * as Memory from "./Memory.ts"
import * as DbnetOptions from "./model/DbnetOptions.ts"
import * as ShardedData from "./ShardedData.ts"
import * as SynthSource from "./synthetic/SynthSource.ts"

const none = { train: [], val: [], test: [], testIsVal: false, warnings: [], skipped: [], listed: [] }

/** What a run has to know of its pictures, be they in a folder or in shards. */
interface Known {
  readonly folder: AnnotatedFolder.Opened
  readonly sharded: ShardedData.Sharded | undefined
}

/** The pictures of a plan's folder or shards; none of synthetic ones. */
export const opened = Effect.fnUntraced(function* (
  plan: DataPlan
): Effect.fn.Return<Known, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  if (plan.kind !== "receipts") return { folder: none, sharded: undefined }
  const sharded = yield* ShardedData.find(plan)
  if (sharded !== undefined) return { folder: { ...none, testIsVal: sharded.testIsVal }, sharded }
  return { folder: yield* AnnotatedFolder.open(yield* ShardedData.folderOptions(plan)), sharded }
})

const sizeOf = (plan: DataPlan, { folder, sharded }: Known, set: DetectionSource.SetName): number => {
  if (plan.kind !== "receipts") return plan[`${set}_size`]
  return sharded?.known[set].size ?? folder[set].length
}

/** A training set smaller than one batch would train on nothing, without a word. */
const checkSize = (plan: DataPlan, train: Dataset<DetectionBatch>): Effect.Effect<void, DataError> =>
  train.length > 0
    ? Effect.void
    : Effect.fail(
        new DataError({
          where: plan.kind === "receipts" ? plan.root : "synthetic pictures",
          problem: `${train.samples} training samples do not fill one batch of ${plan.batch_size}`,
          cure: "Add pictures, or set data.batch_size or data.repeat to suit."
        })
      )

const purposes = { train: "train on", val: "validate on", test: "test on" } as const

const hasWords = ({ folder, sharded }: Known, set: DetectionSource.SetName): boolean =>
  sharded === undefined
    ? folder[set].some(({ regions }) => regions.some(({ ignore }) => !ignore))
    : sharded.known[set].legible > 0

const checkWords = (
  plan: DataPlan,
  set: DetectionSource.SetName,
  known: Known
): Effect.Effect<void, DataError> =>
  plan.kind !== "receipts" || sizeOf(plan, known, set) === 0 || hasWords(known, set)
    ? Effect.void
    : Effect.fail(
        new DataError({
          where: plan.root,
          problem: `none of the ${sizeOf(plan, known, set)} pictures to ${purposes[set]} has a legible word`,
          cure: 'Mark words on them: "words" with "points", neither illegible nor ###.'
        })
      )

/** What is wrong with the sets that a run of this purpose reads. */
const checked = Effect.fnUntraced(function* (
  { data: plan, model }: DetectorPlan,
  multiple: number,
  known: Known,
  purpose: Purpose
) {
  const evaluated = purpose === "train" ? "val" : "test"
  if (purpose === "train") yield* checkWords(plan, "train", known)
  yield* checkWords(plan, evaluated, known)
  if (purpose === "train") yield* Memory.training(model, plan, multiple)
  const sizes = known.sharded?.known[evaluated].sizes ?? Memory.sizesOf(plan, known.folder[evaluated])
  yield* Memory.evaluationOf(model, plan, multiple, sizes)
})

const testIsVal =
  "there is no test set, so this uses the validation set, which `best` was chosen by: " +
  "add test/annotations.json, or train with data.test_fraction=0.1"

/** Synthetic receipts are new in each epoch. */
const cacheOf = (plan: DataPlan): Effect.Effect<SampleCache.Shared | undefined, DataError> =>
  plan.kind === "receipts" ? SampleCache.open(plan) : Effect.undefined

/** Checks the folder, starts the workers and describes the sets; everything ends with the scope. */
export const open = Effect.fn("DetectionData.open")(function* (
  whole: DetectorPlan,
  { seed, purpose }: DataContext
): Effect.fn.Return<TaskData<DetectionBatch>, TaskFailure, TaskServices> {
  const { data: plan } = whole
  const multiple = DbnetOptions.multipleOf(whole.model)
  const fs = yield* FileSystem.FileSystem
  const pictures = yield* opened(plan)
  const { folder, sharded } = pictures
  const { train, val, test } = folder
  const entries = { train, val, test }
  const setup: DetectionSource.Setup = { plan, seed, multiple, entries, shards: sharded?.opened }
  const described = (set: DetectionSource.SetName): Dataset<DetectionBatch> =>
    DetectionSource.dataset(setup, set, {
      name: set,
      size: sizeOf(plan, pictures, set),
      image: () => Effect.die(`the pictures of ${set} are in the workers`)
    })
  const known = { train: described("train"), val: described("val"), test: described("test") }
  const cache = yield* cacheOf(plan)
  if (plan.kind === "synthetic") yield* SynthSource.prepare(plan)
  const workers = yield* Workers
  const sets = yield* workers.open<DetectionSource.Setup, typeof known>({
    // The same name in every form this module takes: .ts here, .js in the library, .mjs in the bundle.
    module: new URL(`./detectionWorker${extname(import.meta.url)}`, import.meta.url),
    setup,
    threads: plan.workers,
    known,
    cache
  })
  const served = (set: DetectionSource.SetName): Dataset<DetectionBatch> => ({
    ...sets[set],
    fingerprint:
      sharded === undefined
        ? DataFingerprint.ofSet(plan, seed, set, entries[set]).pipe(
            Effect.provideService(FileSystem.FileSystem, fs)
          )
        : Effect.succeed(sharded.known[set].fingerprint)
  })
  yield* checkSize(plan, known.train)
  yield* checked(whole, multiple, pictures, purpose)
  return {
    train: served("train"),
    val: served("val"),
    test: served("test"),
    warnings: [...folder.warnings, ...(purpose === "test" && folder.testIsVal ? [testIsVal] : [])],
    skipped: folder.skipped,
    cache,
    prefetch: plan.prefetch
  }
})
