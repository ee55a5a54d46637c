/** The tables of a cache: finished stages and their outputs, claims and progress of running ones, and files outside. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { CacheError } from "../../pipeline/stage/Artifact.ts"
import * as Sqlite from "./Sqlite.ts"

/**
 * What each format added to the previous one: a cache in an older format is upgraded, one in a newer format refused.
 */
const formats = [
  `
CREATE TABLE stage (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE, stage TEXT NOT NULL, record TEXT NOT NULL) STRICT;
CREATE INDEX stage_by_name ON stage (stage, sequence);
CREATE TABLE output (digest TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (digest, key)) STRICT;
CREATE TABLE attempt (key TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT;
CREATE TABLE claim (key TEXT PRIMARY KEY, token TEXT NOT NULL, owner TEXT NOT NULL) STRICT;
CREATE TABLE source (
  path TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL, artifact TEXT NOT NULL) STRICT;
CREATE INDEX source_by_digest ON source (digest);`,
  `
CREATE TABLE activity (
  key TEXT NOT NULL, name TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (key, name)) STRICT;`,
  `
ALTER TABLE claim ADD COLUMN seen REAL NOT NULL DEFAULT 0;`
]
const version = formats.length

export interface Database extends Sqlite.Sqlite {
  readonly path: string
}

const versionOf = (sqlite: Sqlite.Sqlite) =>
  Effect.map(sqlite.all("PRAGMA user_version"), (rows) => Number(rows[0]?.["user_version"] ?? 0))

/** Creates the tables that format `found` lacks, unless another process creates them at the same moment. */
const setUp = (sqlite: Sqlite.Sqlite, found: number) =>
  sqlite
    .script(`BEGIN IMMEDIATE; ${formats.slice(found).join("")} PRAGMA user_version = ${version}; COMMIT;`)
    .pipe(
      Effect.catchTag("CacheError", (error) =>
        Effect.gen(function* () {
          yield* Effect.ignore(sqlite.script("ROLLBACK"))
          if ((yield* versionOf(sqlite)) !== version) return yield* error
        })
      )
    )

/** Opens the tables at `path`, or creates them; with `:memory:` they exist as long as the scope. */
export const open: (path: string) => Effect.Effect<Database, CacheError, Scope.Scope> = Effect.fnUntraced(
  function* (path: string) {
    const sqlite = yield* Sqlite.open(path)
    const found = yield* versionOf(sqlite)
    if (found > version) {
      return yield* new CacheError({
        path,
        problem: `the cache has format ${found}, and this version of anneal reads formats up to ${version}`,
        cure: "Update anneal, or choose another folder for the cache"
      })
    }
    if (found < version) yield* setUp(sqlite, found)
    return { ...sqlite, path }
  }
)

/** Makes SQLite read its whole file. */
export const check = Effect.fnUntraced(function* ({ path, all }: Database) {
  const [found] = yield* all("PRAGMA integrity_check(1)")
  const said = String(found?.["integrity_check"] ?? "")
  if (said === "ok") return
  return yield* new CacheError({
    path,
    problem: `the cache's database is damaged: ${said}`,
    cure: "Remove the cache: the next run creates a new one, and every stage runs once more"
  })
})

/** Reads a column of JSON. */
export const decode = <S extends Schema.Codec<unknown, string>>(
  { path }: Database,
  schema: S,
  text: Sqlite.Row[string] | undefined
) =>
  Schema.decodeUnknownEffect(schema)(text).pipe(
    Effect.mapError(
      (error) =>
        new CacheError({
          path,
          problem: `the cache's database contains something that this version cannot read: ${error.message}`,
          cure: "Remove the cache: the next run creates a new one, and every stage runs once more"
        })
    )
  )

/** Writes a column of JSON; this program made the value, so one that does not fit is a defect. */
export const encode = <S extends Schema.Codec<unknown, string>>(schema: S, value: S["Type"]) =>
  Effect.orDie(Schema.encodeEffect(schema)(value))
