/** Finished stages in the database of a cache. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CacheError } from "../../pipeline/stage/Artifact.ts"
import { StageRecord } from "../../pipeline/stage/StageRecord.ts"
import * as Database from "./Database.ts"
import type { Value } from "./Sqlite.ts"

const json = Schema.fromJsonString(StageRecord)

const select = (database: Database.Database, sql: string, ...values: ReadonlyArray<Value>) =>
  Effect.flatMap(database.all(sql, ...values), (rows) =>
    Effect.forEach(rows, ({ record }) => Database.decode(database, json, record))
  )

export const find = (database: Database.Database, key: string) =>
  Effect.map(select(database, "SELECT record FROM stage WHERE key = ?", key), ([record]) => record)

/** Newest first. */
export const history = (database: Database.Database, stage: string, limit: number) =>
  select(database, "SELECT record FROM stage WHERE stage = ? ORDER BY sequence DESC LIMIT ?", stage, limit)

/** Oldest first. */
export const all = (database: Database.Database) =>
  select(database, "SELECT record FROM stage ORDER BY sequence")

/** The newest record with an artifact in its output whose digest starts like this. */
export const maker = (database: Database.Database, start: string) =>
  Effect.map(
    select(
      database,
      "SELECT record FROM stage JOIN output USING (key) WHERE substr(digest, 1, ?) = ? ORDER BY sequence DESC LIMIT 1",
      start.length,
      start
    ),
    ([record]) => record
  )

/** Writes the record, replacing an older one of its key, and removes the marks of an unfinished stage. */
export const finish = Effect.fnUntraced(function* (
  database: Database.Database,
  record: StageRecord
): Effect.fn.Return<void, CacheError> {
  const { key, stage, artifacts } = record
  const text = yield* Database.encode(json, record)
  const digests = [...new Set(artifacts.map(({ digest }) => digest))]
  yield* database.transaction([
    ["DELETE FROM stage WHERE key = ?", key],
    ["DELETE FROM output WHERE key = ?", key],
    ["INSERT INTO stage (key, stage, record) VALUES (?, ?, ?)", key, stage, text],
    ...digests.map((digest) => ["INSERT INTO output (digest, key) VALUES (?, ?)", digest, key] as const),
    ["DELETE FROM attempt WHERE key = ?", key],
    ["DELETE FROM activity WHERE key = ?", key]
  ])
})

export const forget = (database: Database.Database, keys: ReadonlyArray<string>) =>
  database.transaction(
    keys.flatMap((key) => [
      ["DELETE FROM stage WHERE key = ?", key] as const,
      ["DELETE FROM output WHERE key = ?", key] as const
    ])
  )
