/** Annotated pictures packed into shards, and shards opened in place of a folder. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import { PlanRefused, type TaskFailure } from "../../pipeline/module/TaskModule.ts"
import type { ImageSize } from "../../pipeline/picture/Images.ts"
import * as Shards from "../../pipeline/shards/Shards.ts"
import type * as ShardWriter from "../../pipeline/shards/ShardWriter.ts"
import type { DataError } from "../../pipeline/task/Dataset.ts"
import type { DataServices } from "../../pipeline/task/Workers.ts"
import * as DataFingerprint from "./DataFingerprint.ts"
import type { DataPlan, DetectorPlan, ReceiptsData } from "./DetectionPlan.ts"
import type { SetName } from "./DetectionSource.ts"
import * as ShardSource from "./data/ShardSource.ts"
import * as AnnotatedFolder from "./format/AnnotatedFolder.ts"
import * as OwnFormat from "./format/OwnFormat.ts"

const TASK = "text_detection"

const SETS = ["train", "val", "test"] as const

/** How a plan's folder is opened; a layout of the user's own is loaded. */
export const folderOptions = (plan: ReceiptsData): Effect.Effect<AnnotatedFolder.Options, DataError> =>
  Effect.map(OwnFormat.of(plan.format), (format) => ({
    root: plan.root,
    format,
    valFraction: plan.val_fraction,
    testFraction: plan.test_fraction,
    split: plan.split,
    splitSeed: plan.split_seed,
    onBadSample: plan.on_bad_sample
  }))

/** The pictures of a plan's folder, divided and checked as a run would. */
export const pack = Effect.fn("ShardedData.pack")(function* ({
  data: plan
}: DetectorPlan): Effect.fn.Return<ShardWriter.Packable, TaskFailure, DataServices> {
  if (plan.kind !== "receipts") {
    return yield* new PlanRefused({
      key: "data.kind",
      value: plan.kind,
      problem: "synthetic receipts are drawn as they are needed, so that there is nothing to pack",
      cure: "Name a folder: data=receipts data.root=<folder>. `anneal data synth` draws one."
    })
  }
  const folder = yield* AnnotatedFolder.open(yield* folderOptions(plan))
  const sets = SETS.filter((set) => set !== "test" || !folder.testIsVal)
  const parts = yield* Effect.forEach(sets, (name) =>
    Effect.map(DataFingerprint.ofSet(plan, 0, name, folder[name]), (fingerprint) => ({
      name,
      samples: folder[name].map(ShardSource.toSample),
      facts: { ...ShardSource.factsOf(folder[name], fingerprint) }
    }))
  )
  return { facts: {}, parts }
})

/** What a run has to know of a set before it reads samples. */
export interface Known {
  readonly size: number
  readonly sizes: ReadonlyArray<ImageSize>
  readonly legible: number
  readonly fingerprint: string
}

export interface Sharded {
  readonly opened: Shards.Opened
  readonly known: { readonly [set in SetName]: Known }
  readonly testIsVal: boolean
}

/** The shards of a plan, if its root has some and no layout is named. */
export const find = Effect.fnUntraced(function* (
  plan: DataPlan
): Effect.fn.Return<Sharded | undefined, DataError, FileSystem.FileSystem | Path.Path> {
  if (plan.kind !== "receipts" || plan.format !== "auto") return undefined
  const opened = yield* Shards.find(plan.root, TASK)
  if (opened === undefined) return undefined
  const one = (set: SetName) =>
    Effect.map(ShardSource.facts(opened, set), (facts) => ({
      ...facts,
      size: Shards.sizeOf(opened, ShardSource.partOf(opened, set))
    }))
  const known = { train: yield* one("train"), val: yield* one("val"), test: yield* one("test") }
  return { opened, known, testIsVal: ShardSource.partOf(opened, "test") === "val" }
})
