/** The folder of one run: created or reopened under a lock, with a record of the run in `run.json`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"
import { Use } from "../task/CacheUse.ts"

/** The run directory cannot be created, locked or written. */
export class RunDirectoryError extends PathError.extend<RunDirectoryError>("RunDirectoryError")({
  _tag: Schema.tag("RunDirectoryError")
}) {}

const Git = Schema.NullOr(Schema.Struct({ commit: Schema.String, dirty: Schema.Boolean }))

const Versions = Schema.Record(Schema.String, Schema.String)

const Fact = Schema.NullOr(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

/** A value that is different in a resumed run; null if there is none. */
export const RunChange = Schema.Struct({ key: Schema.String, before: Fact, now: Fact })
export type RunChange = typeof RunChange.Type

/** One resume of the run, with the facts that are different from those at its beginning. */
const Resumed = Schema.Struct({
  at: Schema.String,
  command: Schema.Array(Schema.String),
  overrides: Schema.optionalKey(Schema.Array(Schema.String)),
  git: Schema.optionalKey(Git),
  versions: Schema.optionalKey(Versions),
  engine: Schema.optionalKey(Schema.String),
  data: Schema.optionalKey(Versions),
  changes: Schema.optionalKey(Schema.Array(RunChange))
})

const Shape = Schema.Array(Schema.Int)

/** The weights that the model began with, by names of the model, but for `leftOver`, which are the file's. */
export const BeganWith = Schema.Struct({
  /** Absolute: a file, a checkpoint, or the index of several files. */
  path: Schema.String,
  /** Of each file, in hexadecimal. */
  sha256: Schema.Record(Schema.String, Schema.String),
  /** Whose names and layouts the file has. */
  names: Schema.Literals(["anneal", "torchvision", "timm", "keras"]),
  loaded: Schema.Array(Schema.String),
  /** Of another shape than the model's. */
  skipped: Schema.Array(Schema.Struct({ name: Schema.String, found: Shape, wanted: Shape })),
  /** In the file, and nothing to the model. */
  leftOver: Schema.Array(Schema.String),
  /** Not in the file. */
  firstValues: Schema.Array(Schema.String)
})
export type BeganWith = typeof BeganWith.Type

/** Samples that were left out because they cannot be used. */
const Skipped = Schema.Struct({
  count: Schema.Int,
  /** The first of them, at most 1000. */
  samples: Schema.Array(Schema.Struct({ where: Schema.String, problem: Schema.String }))
})

/** What `run.json` holds; times are ISO 8601, durations seconds. */
export class RunRecord extends Schema.Class<RunRecord>("RunRecord")({
  id: Schema.String,
  kind: Schema.Literals(["train", "test", "predict"]),
  status: Schema.Literals(["running", "done", "failed", "interrupted"]),
  started: Schema.String,
  ended: Schema.NullOr(Schema.String),
  command: Schema.Array(Schema.String),
  seed: Schema.Int,
  git: Git,
  versions: Versions,
  engine: Schema.NullOr(Schema.String),
  /** Finished optimizer steps. */
  steps: Schema.Int,
  /** Last values by metric name, and the best ones under `best/`. */
  metrics: Schema.Record(Schema.String, Schema.Finite),
  checkpoints: Schema.Array(Schema.String),
  /** The message of the failure, if the run failed. */
  error: Schema.NullOr(Schema.String),
  /** The run directory that this run resumed from, if it is another one. */
  parent: Schema.NullOr(Schema.String),
  /** The task by its name, and the file that declares it with the digest of its source, if it is not built in. */
  task: Schema.optionalKey(
    Schema.Struct({
      name: Schema.String,
      module: Schema.optionalKey(Schema.String),
      digest: Schema.optionalKey(Schema.String),
      /** The metric that the task is judged by, without a prefix, and its direction. */
      objective: Schema.optionalKey(
        Schema.Struct({ metric: Schema.String, mode: Schema.Literals(["min", "max"]) })
      )
    })
  ),
  /** Each time that the run was taken up again; the facts beside it are those of its beginning. */
  resumes: Schema.Array(Resumed),
  /** The overrides of the command line, `key=value`. */
  overrides: Schema.Array(Schema.String),
  /** A fingerprint of the data by data set name, such as a digest of names and sizes. */
  data: Schema.Record(Schema.String, Schema.String),
  /** What the model began with, if not with its own first values. */
  weights: Schema.optionalKey(BeganWith),
  /** Absent where nothing was left out. */
  skipped: Schema.optionalKey(Skipped),
  /** Seconds by phase: `data`, `step`, `validation`, `checkpoint`, `logging`. */
  durations: Schema.Record(Schema.String, Schema.Finite),
  /** Part of the time of steps that they waited for their batches, 0 to 1, after the first of this process. */
  dataWait: Schema.optionalKey(Schema.Finite),
  /** What became of the cache of samples in this process; absent where there is none. */
  dataCache: Schema.optionalKey(Use),
  /** Peak memory of the process in bytes. */
  peakMemory: Schema.NullOr(Schema.Finite)
}) {}

export class RunDirectory extends Context.Service<
  RunDirectory,
  {
    /** Absolute. */
    readonly path: string
    readonly id: string
    /** Absolute path of a file inside; its folder is created. */
    readonly file: (relative: string) => Effect.Effect<string, RunDirectoryError>
    /** Writes text or bytes atomically: to a temporary file, flushed and renamed. */
    readonly write: (relative: string, content: string | Uint8Array) => Effect.Effect<void, RunDirectoryError>
    /** Changes fields of `run.json`, atomically. */
    readonly update: (change: Partial<typeof RunRecord.Type>) => Effect.Effect<void, RunDirectoryError>
    readonly record: Effect.Effect<RunRecord>
  }
>()("anneal/pipeline/RunDirectory") {}
