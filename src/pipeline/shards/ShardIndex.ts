/**
 * The files beside shards that say what is in them: `index.json` lists all, in the form of WebDataset's own index
 * (`wids-shard-index-v1`), and each shard has a table of where its samples are.
 */
import * as Schema from "effect/Schema"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const PartName = Schema.Literals(["train", "val", "test"])
export type PartName = typeof PartName.Type

export const Shard = Schema.Struct({
  /** Relative to the index. */
  url: Schema.NonEmptyString,
  nsamples: Count,
  filesize: Count,
  sha256: Schema.String,
  part: PartName,
  /** Its table, relative to the index. */
  table: Schema.NonEmptyString
})
export type Shard = typeof Shard.Type

export const ShardIndex = Schema.Struct({
  __kind__: Schema.Literal("wids-shard-index-v1"),
  wids_version: Schema.Literal(1),
  shardlist: Schema.Array(Shard),
  anneal: Schema.Struct({
    version: Schema.Literal(1),
    task: Schema.NonEmptyString,
    /** What the task has to know before it reads samples: of the whole, and of each part. */
    facts: Schema.Json,
    parts: Schema.Record(Schema.String, Schema.Json)
  })
})
export type ShardIndex = typeof ShardIndex.Type

/** A file of a sample: its extension, where it begins in the shard, its bytes and the SHA-256 of its content. */
const Member = Schema.Tuple([Schema.NonEmptyString, Count, Count, Schema.String])
export type Member = typeof Member.Type

export const Table = Schema.Struct({
  samples: Schema.Array(Schema.Struct({ key: Schema.NonEmptyString, files: Schema.Array(Member) }))
})
export type Table = typeof Table.Type

export const FILE = "index.json"
