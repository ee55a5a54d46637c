/** The record of a finished stage: its inputs, its output and where they came from. */
import * as Schema from "effect/Schema"
import * as Artifact from "./Artifact.ts"
import * as Fingerprint from "./Fingerprint.ts"

export const StageInput = Schema.Struct({
  /** Fingerprint of the encoded value. */
  digest: Schema.String,
  /** The value itself if it is short, to report what changed. */
  value: Schema.NullOr(Schema.Json),
  /** Keys of the stages that it came from; empty for data from outside. */
  from: Schema.Array(Schema.String),
  artifacts: Schema.Array(Artifact.Artifact)
})
export type StageInput = typeof StageInput.Type

export const StageRecord = Schema.Struct({
  /** Fingerprint of stage, version, parameters and inputs. A stage with the key of a finished one need not run. */
  key: Schema.String,
  stage: Schema.String,
  version: Schema.Union([Schema.Int, Schema.String]),
  parameters: Schema.Json,
  inputs: Schema.Record(Schema.String, StageInput),
  output: Schema.Json,
  /** Fingerprint of `output`. */
  digest: Schema.String,
  /** Files and folders of the output. */
  artifacts: Schema.Array(Artifact.Artifact),
  /** ISO 8601. */
  started: Schema.String,
  seconds: Schema.Finite,
  /** Number of attempts until it finished, from 1. */
  attempts: Schema.Int,
  /** The environment that made it: versions of packages, the git commit. */
  environment: Schema.Record(Schema.String, Schema.String),
  /**
   * Digests of the module that declared it and of those that this one imports, by their paths relative to its folder;
   * absent in older records, and if the module is not known.
   */
  modules: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
})
export type StageRecord = typeof StageRecord.Type

/** A stage with its inputs and parameters, identified by its key. */
export type StageCall = Pick<StageRecord, "key" | "stage" | "version" | "parameters" | "inputs">

/** Length of the longest encoded input that a record repeats, in characters. */
const shortValue = 200

export const input = (json: Schema.Json, from: ReadonlyArray<string>): StageInput => {
  const text = Fingerprint.canonical(json)
  return {
    digest: Fingerprint.ofText(text),
    value: text.length <= shortValue ? json : null,
    from,
    artifacts: Artifact.within(json)
  }
}

/** The call with its key, which depends only on what goes into the stage, never on where it came from or when. */
export const make = (call: Omit<StageCall, "key">): StageCall => ({
  ...call,
  key: Fingerprint.of({
    stage: call.stage,
    version: call.version,
    parameters: call.parameters,
    inputs: Object.fromEntries(Object.entries(call.inputs).map(([name, { digest }]) => [name, digest]))
  })
})
