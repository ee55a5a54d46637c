/** The folder that one run owns: created or reopened under a lock, with `run.json` telling what happened. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"

/** The run directory cannot be made, locked or written. */
export class RunDirectoryError extends PathError.extend<RunDirectoryError>("RunDirectoryError")({
  _tag: Schema.tag("RunDirectoryError")
}) {}

const Git = Schema.NullOr(Schema.Struct({ commit: Schema.String, dirty: Schema.Boolean }))

const Versions = Schema.Record(Schema.String, Schema.String)

const Fact = Schema.NullOr(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

/** A value that a resumed run has otherwise than before; null where it had none. */
export const RunChange = Schema.Struct({ key: Schema.String, before: Fact, now: Fact })
export type RunChange = typeof RunChange.Type

/** A time that the run was taken up again, and what was no longer as the record tells of its beginning. */
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
  /** Optimizer steps done. */
  steps: Schema.Int,
  /** Last and best values by metric name. */
  metrics: Schema.Record(Schema.String, Schema.Finite),
  checkpoints: Schema.Array(Schema.String),
  /** The sentence of the failure, when there was one. */
  error: Schema.NullOr(Schema.String),
  /** The run directory that this one resumed from, when it is another. */
  parent: Schema.NullOr(Schema.String),
  /** Each time that the run was taken up again; the facts beside it are those of its beginning. */
  resumes: Schema.Array(Resumed),
  /** The `key=value` words of the command line. */
  overrides: Schema.Array(Schema.String),
  /** What tells the data apart, by data set name, such as a digest of names and sizes. */
  data: Schema.Record(Schema.String, Schema.String),
  /** Seconds by phase: `data`, `step`, `validation`, `checkpoint`, `logging`. */
  durations: Schema.Record(Schema.String, Schema.Finite),
  /** Most bytes that the process held in memory. */
  peakMemory: Schema.NullOr(Schema.Finite)
}) {}

export class RunDirectory extends Context.Service<
  RunDirectory,
  {
    /** Absolute. */
    readonly path: string
    readonly id: string
    /** Absolute path of a file inside, with its folder made. */
    readonly file: (relative: string) => Effect.Effect<string, RunDirectoryError>
    /** Writes text or bytes atomically: beside, flushed, renamed. */
    readonly write: (relative: string, content: string | Uint8Array) => Effect.Effect<void, RunDirectoryError>
    /** Changes `run.json`, atomically. */
    readonly update: (change: Partial<typeof RunRecord.Type>) => Effect.Effect<void, RunDirectoryError>
    readonly record: Effect.Effect<RunRecord>
  }
>()("anneal/pipeline/RunDirectory") {}
