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
import { Workers } from "../../pipeline/task/Workers.ts"
import * as DataFingerprint from "./DataFingerprint.ts"
import type { DataPlan, DetectorPlan, ReceiptsData } from "./DetectionPlan.ts"
import * as DetectionSource from "./DetectionSource.ts"
import type { DetectionBatch } from "./data/Batch.ts"
import * as AnnotatedFolder from "./format/AnnotatedFolder.ts"
import * as Memory from "./Memory.ts"
import * as DbnetOptions from "./model/DbnetOptions.ts"
import * as SynthSource from "./synthetic/SynthSource.ts"

const none = { train: [], val: [], test: [], testIsVal: false, warnings: [], skipped: [], listed: [] }

/** How a plan's folder is opened. */
export const folderOptions = (plan: ReceiptsData): AnnotatedFolder.Options => ({
  root: plan.root,
  format: plan.format,
  valFraction: plan.val_fraction,
  testFraction: plan.test_fraction,
  split: plan.split,
  splitSeed: plan.split_seed,
  onBadSample: plan.on_bad_sample
})

const opened = (
  plan: DataPlan
): Effect.Effect<AnnotatedFolder.Opened, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> =>
  plan.kind === "receipts" ? AnnotatedFolder.open(folderOptions(plan)) : Effect.succeed(none)

const sizeOf = (plan: DataPlan, folder: AnnotatedFolder.Opened, set: DetectionSource.SetName): number =>
  plan.kind === "receipts" ? folder[set].length : plan[`${set}_size`]

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

/** What is wrong with the sets that a run of this purpose reads. */
const checked = Effect.fnUntraced(function* (
  { data: plan, model }: DetectorPlan,
  multiple: number,
  folder: AnnotatedFolder.Opened,
  purpose: Purpose
) {
  const evaluated = purpose === "train" ? "val" : "test"
  if (purpose === "train") yield* checkWords(plan, "train", folder.train)
  yield* checkWords(plan, evaluated, folder[evaluated])
  if (purpose === "train") yield* Memory.training(model, plan, multiple)
  yield* Memory.evaluationOf(model, plan, multiple, Memory.sizesOf(plan, folder[evaluated]))
})

const testIsVal =
  "there is no test set, so this uses the validation set, which `best` was chosen by: " +
  "add test/annotations.json, or train with data.test_fraction=0.1"

/** Checks the folder, starts the workers and describes the sets; everything ends with the scope. */
export const open = Effect.fn("DetectionData.open")(function* (
  whole: DetectorPlan,
  { seed, purpose }: DataContext
): Effect.fn.Return<TaskData<DetectionBatch>, TaskFailure, TaskServices> {
  const { data: plan } = whole
  const multiple = DbnetOptions.multipleOf(whole.model)
  const fs = yield* FileSystem.FileSystem
  const folder = yield* opened(plan)
  const { train, val, test } = folder
  const setup: DetectionSource.Setup = { plan, seed, multiple, entries: { train, val, test } }
  const described = (set: DetectionSource.SetName): Dataset<DetectionBatch> =>
    DetectionSource.dataset(setup, set, {
      name: set,
      size: sizeOf(plan, folder, set),
      image: () => Effect.die(`the pictures of ${set} are in the workers`)
    })
  const known = { train: described("train"), val: described("val"), test: described("test") }
  if (plan.kind === "synthetic") yield* SynthSource.prepare(plan)
  const workers = yield* Workers
  const sets = yield* workers.open<DetectionSource.Setup, typeof known>({
    // The same name in every form this module takes: .ts here, .js in the library, .mjs in the bundle.
    module: new URL(`./detectionWorker${extname(import.meta.url)}`, import.meta.url),
    setup,
    threads: plan.workers,
    known
  })
  const served = (set: DetectionSource.SetName): Dataset<DetectionBatch> => ({
    ...sets[set],
    fingerprint: DataFingerprint.ofSet(plan, seed, set, setup.entries[set]).pipe(
      Effect.provideService(FileSystem.FileSystem, fs)
    )
  })
  yield* checkSize(plan, known.train)
  yield* checked(whole, multiple, folder, purpose)
  return {
    train: served("train"),
    val: served("val"),
    test: served("test"),
    warnings: [...folder.warnings, ...(purpose === "test" && folder.testIsVal ? [testIsVal] : [])],
    skipped: folder.skipped,
    prefetch: plan.prefetch
  }
})
