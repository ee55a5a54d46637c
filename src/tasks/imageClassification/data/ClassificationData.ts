/** A run's data sets: samples listed and checked here, batches made in workers. */
import { extname } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import {
  type DataContext,
  type Packable,
  PlanRefused,
  type Purpose,
  type TaskData,
  type TaskFailure,
  type TaskServices
} from "../../../pipeline/module/TaskModule.ts"
import type { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as SampleCache from "../../../pipeline/task/SampleCache.ts"
import { Workers } from "../../../pipeline/task/Workers.ts"
import type { ClassificationBatch } from "./Batch.ts"
import { type Catalogue, sizeOf } from "./Catalogue.ts"
import * as ClassFolders from "./ClassFolders.ts"
import type * as ClassificationSource from "./ClassificationSource.ts"
import * as CsvTable from "./CsvTable.ts"
import { channelsOf, countOf, type DataPlan, type PictureData } from "./DataPlan.ts"
import * as IdxFolder from "./IdxFolder.ts"
import * as PictureSets from "./PictureSets.ts"
import * as ShardData from "./ShardData.ts"

/** What data is checked against of a task's plan. */
export interface Planned {
  readonly data: DataPlan
  readonly loss: { readonly class_weights: ReadonlyArray<number> | null }
}

/** The samples of a plan; pictures are looked at where a run of this purpose reads them, and not in shards. */
export const catalogue = Effect.fnUntraced(function* (
  plan: DataPlan,
  purpose: Purpose
): Effect.fn.Return<Catalogue, TaskFailure, FileSystem.FileSystem | Path.Path | ImageCodec> {
  if (plan.kind === "idx") return yield* IdxFolder.catalogue(plan, purpose)
  const sharded = yield* ShardData.catalogue(plan)
  return sharded ?? (yield* PictureSets.catalogue(plan, purpose, yield* listing(plan)))
})

/** The samples of a plan, divided and checked, to be packed into shards. */
export const pack = Effect.fn("ClassificationData.pack")(function* ({
  data: plan
}: Planned): Effect.fn.Return<Packable, TaskFailure, FileSystem.FileSystem | Path.Path | ImageCodec> {
  if (plan.kind === "idx") {
    return yield* new PlanRefused({
      key: "data.kind",
      value: plan.kind,
      problem: "its pictures are packed already, in one file",
      cure: "Name pictures in files: data=folder data.root=<folder>."
    })
  }
  return yield* ShardData.pack(yield* catalogue(plan, "train"), yield* catalogue(plan, "test"))
})

/** The samples that a folder or a table lists; no picture is looked at. */
export const listing = (plan: PictureData) =>
  plan.kind === "folder" ? ClassFolders.list(plan) : CsvTable.list(plan)

/** The names of the classes of a plan's data, in the order of a net's outputs; no picture is looked at. */
export const classNames = (
  plan: PictureData
): Effect.Effect<ReadonlyArray<string>, TaskFailure, FileSystem.FileSystem | Path.Path> =>
  Effect.flatMap(ShardData.classNames(plan), (sharded) =>
    sharded === undefined ? Effect.map(listing(plan), ({ classes }) => classes) : Effect.succeed(sharded)
  )

/** Lists of one number a channel, or of one a class. */
const checkLengths = ({ data, loss }: Planned): Effect.Effect<void, PlanRefused> => {
  const channels = channelsOf(data)
  const classes = countOf(data)
  const perChannel = (key: "mean" | "std") => ({
    key: `data.${key}`,
    values: data[key],
    wanted: [1, channels],
    of: "channel"
  })
  const weights = loss.class_weights
  const lists = [
    perChannel("mean"),
    perChannel("std"),
    ...(weights === null
      ? []
      : [{ key: "loss.class_weights", values: weights, wanted: [classes], of: "class" }])
  ]
  const bad = lists.find(({ values, wanted }) => !wanted.includes(values.length))
  if (bad === undefined) return Effect.void
  const wanted = [...new Set(bad.wanted)].join(" or ")
  return Effect.fail(
    new PlanRefused({
      key: bad.key,
      value: `[${bad.values.join(", ")}]`,
      problem: `it has ${bad.values.length} numbers where ${wanted} are wanted, one for each ${bad.of}`,
      cure: `Give ${wanted}.`
    })
  )
}

/** Bytes of a batch that no machine's memory is asked for: more are a mistake in a number. */
const MOST_BYTES = 4 * 1024 ** 3

const checkBytes = ({ data }: Planned): Effect.Effect<void, PlanRefused> => {
  const bytes = data.height * data.width * channelsOf(data) * Float32Array.BYTES_PER_ELEMENT
  const key = (["batch_size", "val_batch_size"] as const).find((name) => data[name] * bytes > MOST_BYTES)
  return key === undefined
    ? Effect.void
    : Effect.fail(
        new PlanRefused({
          key: `data.${key}`,
          value: String(data[key]),
          problem: `a batch of pictures of ${data.width} x ${data.height} pixels takes more than ${MOST_BYTES / 1024 ** 3} GiB`,
          cure: `Set data.${key}=${Math.max(1, Math.floor(MOST_BYTES / bytes))} or less, or a smaller height and width.`
        })
      )
}

const placeOf = (plan: DataPlan): string => (plan.kind === "csv" ? plan.file : plan.root)

/** A training set smaller than one batch would train on nothing, without a word. */
export const checkSize = (plan: DataPlan, samples: number): Effect.Effect<void, DataError> =>
  samples >= plan.batch_size
    ? Effect.void
    : Effect.fail(
        new DataError({
          where: placeOf(plan),
          problem: `${samples} training samples do not fill one batch of ${plan.batch_size}`,
          cure: `Add samples, or set data.batch_size=${Math.max(1, samples)} or less.`
        })
      )

export const open = Effect.fn("ClassificationData.open")(function* (
  plan: Planned,
  { seed, purpose }: DataContext
): Effect.fn.Return<TaskData<ClassificationBatch>, TaskFailure, TaskServices> {
  yield* checkLengths(plan)
  yield* checkBytes(plan)
  const { data } = plan
  const { skipped, ...found } = yield* catalogue(data, purpose)
  // The pictures of an idx file are decoded already.
  const cache = data.kind === "idx" ? undefined : yield* SampleCache.open(data)
  const workers = yield* Workers
  const setup: ClassificationSource.Setup = { plan: data, seed, catalogue: found }
  const sets = yield* workers.open<ClassificationSource.Setup, ClassificationSource.Sets>({
    // The same name in every form that this module takes: .ts here, .js in the library, .mjs in the bundle.
    module: new URL(`./classificationWorker${extname(import.meta.url)}`, import.meta.url),
    setup,
    threads: data.workers,
    cache
  })
  if (purpose === "train") yield* checkSize(data, sizeOf(found.train))
  return {
    train: sets.train,
    val: sets.val,
    test: found.test === undefined ? undefined : sets.test,
    warnings: found.warnings,
    skipped,
    cache,
    prefetch: data.prefetch
  }
})
