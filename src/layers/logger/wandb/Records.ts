/** The records of a `.wandb` file as Protocol Buffers (wandb/proto/wandb_internal.proto). Pure. */
import type * as Schema from "effect/Schema"
import * as Pb from "../../internal/Protobuf.ts"
import type { SpooledArtifact, SpooledConsole, SpooledSystem } from "../spool/Entry.ts"
import * as Choice from "../tracker/CheckpointChoice.ts"
import type { Manifest } from "./Manifest.ts"
import * as ManifestId from "./Manifest.ts"
import type { Row, Rows } from "./Rows.ts"
import * as RunFacts from "./RunFacts.ts"
import * as Stats from "./Stats.ts"

/** A record's fields without its number. */
export type Record = Uint8Array

/** The oldest client that can read this, as written by their own client of 2026. */
const minConsumer = "0.70.0"

export const header = (producer: string): Record =>
  Pb.nested(21, Pb.nested(1, Pb.string(1, producer), Pb.string(2, minConsumer)))

const configItems = (plan: Schema.Json) =>
  [...RunFacts.configEntries(plan), ["_wandb", {}] as const].map(([key, value]) =>
    Pb.nested(1, Pb.string(1, key), Pb.string(16, JSON.stringify(value)))
  )

const timestamp = (field: number, milliseconds: number): Uint8Array => {
  const seconds = Math.floor(milliseconds / 1000)
  return Pb.nested(field, Pb.int(1, seconds), Pb.int(2, Math.round((milliseconds - seconds * 1000) * 1e6)))
}

export const run = (facts: RunFacts.RunFacts, plan: Schema.Json): Record =>
  Pb.nested(
    17,
    Pb.string(1, facts.id),
    Pb.maybe(facts.entity, (entity) => Pb.string(2, entity)),
    Pb.string(3, facts.project),
    Pb.nested(4, ...configItems(plan)),
    Pb.maybe(facts.group, (group) => Pb.string(6, group)),
    Pb.string(8, facts.name),
    Pb.maybe(facts.notes, (notes) => Pb.string(9, notes)),
    ...facts.tags.map((tag) => Pb.string(10, tag)),
    Pb.string(13, facts.host),
    timestamp(17, facts.started),
    Pb.maybe(facts.commit, (commit) => Pb.nested(21, Pb.string(2, commit)))
  )

export const config = (plan: Schema.Json): Record => Pb.nested(5, ...configItems(plan))

const item = (field: number, key: string, text: string): Uint8Array =>
  Pb.stringPair(field, [2, key], [16, text])

export const history = ({ step, values }: Row): Record =>
  Pb.nested(
    2,
    ...Object.entries(values).map(([key, text]) => item(1, key, text)),
    Pb.nested(2, Pb.int(1, step))
  )

export const summary = ({ summary: values }: Pick<Rows, "summary">): Record =>
  Pb.nested(3, ...Object.entries(values).map(([key, text]) => item(1, key, text)))

/** The run's use of its machine. */
export const stats = (sample: SpooledSystem): Record =>
  Pb.nested(
    7,
    timestamp(2, sample.time),
    ...Object.entries(Stats.valuesOf(sample)).map(([key, value]) =>
      Pb.stringPair(3, [1, key], [16, JSON.stringify(value)])
    )
  )

/** A console line of the run, as if from standard output, or from standard error if it is highlighted. */
export const output = ({ time, text, warning }: SpooledConsole): Record =>
  Pb.nested(13, warning ? new Uint8Array(0) : Pb.int(1, 1), timestamp(2, time), Pb.string(3, `${text}\n`))

/** Files of the run's `files` folder; type 2 is media. */
export const files = (names: ReadonlyArray<string>): Record =>
  Pb.nested(6, ...names.map((name) => Pb.nested(1, Pb.string(1, name), Pb.int(3, 2))))

export const exit = (code: number, runtime: number): Record =>
  Pb.nested(18, code === 0 ? new Uint8Array(0) : Pb.int(1, code), Pb.int(2, Math.round(runtime)))

/** A checkpoint; its files are read from their places when the run is sent. */
export const artifact = (
  facts: RunFacts.RunFacts,
  checkpoint: SpooledArtifact,
  manifest: Manifest
): Record => {
  const name = `model-${facts.id}`
  return Pb.nested(
    8,
    Pb.string(1, facts.id),
    Pb.string(2, facts.project),
    Pb.maybe(facts.entity, (entity) => Pb.string(3, entity)),
    Pb.string(4, "model"),
    Pb.string(5, name),
    Pb.string(6, manifest.digest),
    Pb.string(8, JSON.stringify({ checkpoint: checkpoint.name })),
    Pb.bool(9, true),
    ...Choice.aliasesOf(checkpoint).map((alias) => Pb.string(11, alias)),
    Pb.nested(
      12,
      Pb.int(1, 1),
      Pb.string(2, "wandb-storage-policy-v1"),
      Pb.nested(3, Pb.string(1, "storageLayout"), Pb.string(2, '"V2"')),
      ...manifest.files.map((file) =>
        Pb.nested(
          4,
          Pb.string(1, file.name),
          Pb.string(2, file.md5),
          Pb.int(4, file.size),
          Pb.string(6, file.path)
        )
      )
    ),
    Pb.bool(14, true),
    Pb.string(15, ManifestId.clientId(facts.id, manifest.digest)),
    Pb.string(16, ManifestId.clientId(facts.id, name))
  )
}

/** The record with its number, from 1, and the stream it belongs to. */
export const numbered = (record: Record, number: number, stream: string): Uint8Array =>
  Pb.message(Pb.int(1, number), record, Pb.nested(200, Pb.string(1, stream)))
