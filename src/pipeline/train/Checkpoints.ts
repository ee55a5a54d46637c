/** Snapshots of training, complete or absent: each a folder of safetensors and a `state.json`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"
import { Count } from "../internal/Numbers.ts"
import type { HostTensors } from "../nn/HostTensor.ts"

/** A checkpoint cannot be written, found or read. */
export class CheckpointError extends PathError.extend<CheckpointError>("CheckpointError")({
  _tag: Schema.tag("CheckpointError")
}) {}

/** A checkpoint of another model: what differs, tensor by tensor. */
export class CheckpointMismatch extends Schema.TaggedError<CheckpointMismatch>()("CheckpointMismatch", {
  path: Schema.String,
  model: Schema.String,
  missing: Schema.Array(Schema.String),
  unexpected: Schema.Array(Schema.String),
  reshaped: Schema.Array(Schema.String)
}) {
  override get message() {
    const list = (title: string, names: ReadonlyArray<string>) =>
      names.length === 0
        ? []
        : [`  ${title} (${names.length}): ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}`]
    return [
      `${this.path} is a checkpoint of another model than ${this.model}:`,
      ...list("missing here", this.missing),
      ...list("unknown to the model", this.unexpected),
      ...list("of another shape or type", this.reshaped),
      "Choose the model it was trained with (see plan.yaml in its run directory), or another checkpoint."
    ].join("\n")
  }
}

const nameForm = /^[A-Za-z0-9_][A-Za-z0-9_.=+-]*$/

/** Whether `name` is a folder name on any file system and not one that saving uses: no slash, no leading dot. */
export const isName = (name: string): boolean => nameForm.test(name) && !name.endsWith(".previous")

/** Everything that a resumed run needs, except tensors; `format` is the version of the format. */
export const CheckpointState = Schema.Struct({
  format: Schema.Literal(1),
  model: Schema.String,
  task: Schema.String,
  /** Finished epochs, and finished batches of the epoch after them. */
  epoch: Count,
  batch: Count,
  /** Finished optimizer steps. */
  step: Count,
  /** Finished micro-batches of the whole run; keys dropout. */
  counter: Count,
  /** Micro-batches whose gradients wait for an optimizer step, in `optimizer.safetensors` under `accumulated/`. */
  accumulated: Count,
  /** A validation was due or under way; on resume it runs from its start. */
  validating: Schema.Boolean,
  /** A save point was due; on resume it is made first. */
  saving: Schema.Boolean,
  /** Sum of the losses of this epoch's batches, and their number. */
  lossSum: Schema.Finite,
  lossCount: Count,
  seed: Schema.Int,
  /** The plan from which the task can be rebuilt: model and post-processing. */
  taskPlan: Schema.Json,
  /** What the trainer itself keeps; in older checkpoints without `rules`, the states of rules as well. */
  policies: Schema.Record(Schema.String, Schema.Json),
  /** States of stop rules and rate rules, each under the name of its rule. */
  rules: Schema.optionalKey(Schema.Array(Schema.Struct({ name: Schema.String, state: Schema.Json }))),
  /** The metric that ranks this run's checkpoints, which way is better, and its value here: null while unknown. */
  monitored: Schema.optionalKey(
    Schema.Struct({
      metric: Schema.String,
      mode: Schema.Literals(["min", "max"]),
      value: Schema.NullOr(Schema.Finite)
    })
  ),
  /** The newest metrics by name. */
  metrics: Schema.Record(Schema.String, Schema.Finite),
  /** Hash of what must not change for a resume to be exact. */
  plan: Schema.String,
  versions: Schema.Record(Schema.String, Schema.String),
  engine: Schema.String
})
export type CheckpointState = typeof CheckpointState.Type

export interface Snapshot {
  readonly state: CheckpointState
  /** Weights and buffers by parameter name. */
  readonly model: HostTensors
  /** Optimizer slots, e.g. `m/encoder.conv.weight`, and waiting gradients. */
  readonly optimizer: HostTensors
}

export interface Saved {
  /** `last`, `best-hmean-0.8920`, `epoch-03_step-000103`. */
  readonly name: string
  readonly path: string
  readonly state: CheckpointState
}

export class Checkpoints extends Context.Service<
  Checkpoints,
  {
    /** Atomic: after a crash at any byte the checkpoint is the old one or the new one. */
    readonly save: (name: string, snapshot: Snapshot) => Effect.Effect<Saved, CheckpointError>
    /** `last`, `best`, a name in this folder, or a path to a checkpoint folder or run directory. */
    readonly load: (reference: string) => Effect.Effect<Snapshot & Saved, CheckpointError>
    /** Whole checkpoints of this run, oldest first. */
    readonly list: Effect.Effect<ReadonlyArray<Saved>, CheckpointError>
    readonly latest: Effect.Effect<Option.Option<Saved>, CheckpointError>
    readonly remove: (name: string) => Effect.Effect<void, CheckpointError>
  }
>()("anneal/pipeline/Checkpoints") {}
