/** What is written down of a stage that finished: what it was given, what it gave, and where that came from. */
import * as Schema from "effect/Schema"
import { Artifact } from "./Artifact.ts"

export const StageInput = Schema.Struct({
  /** Fingerprint of the encoded value. */
  digest: Schema.String,
  /** The value itself where it is short, to say what changed. */
  value: Schema.NullOr(Schema.Json),
  /** Keys of the stages that it came from; none for data from outside. */
  from: Schema.Array(Schema.String),
  artifacts: Schema.Array(Artifact)
})
export type StageInput = typeof StageInput.Type

export const StageRecord = Schema.Struct({
  /** Fingerprint of stage, version, parameters and inputs: equal keys mean that the stage need not run. */
  key: Schema.String,
  stage: Schema.String,
  version: Schema.Union([Schema.Int, Schema.String]),
  parameters: Schema.Json,
  inputs: Schema.Record(Schema.String, StageInput),
  output: Schema.Json,
  /** Fingerprint of `output`. */
  digest: Schema.String,
  /** Files and folders of the output. */
  artifacts: Schema.Array(Artifact),
  /** ISO 8601. */
  started: Schema.String,
  seconds: Schema.Finite,
  /** Times that it was begun until it finished, from 1. */
  attempts: Schema.Int,
  /** What else made it: versions of packages, the git commit. */
  environment: Schema.Record(Schema.String, Schema.String)
})
export type StageRecord = typeof StageRecord.Type

/** What the key is made of. */
export type StageCall = Pick<StageRecord, "key" | "stage" | "version" | "parameters" | "inputs">
