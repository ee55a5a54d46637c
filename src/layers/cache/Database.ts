/** The tables of a cache: finished stages, what they made, who runs what and how far, and what was seen outside. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { CacheError } from "../../pipeline/stage/Artifact.ts"
import * as Sqlite from "./Sqlite.ts"

/** What each format added to the one before: a cache of an older one is brought up to date, of a newer one refused. */
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

/** Makes the tables that format `found` has not, unless another process makes them at the same moment. */
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

/** Opens the tables at `path`, or makes them; `:memory:` keeps them for as long as the scope. */
export const open: (path: string) => Effect.Effect<Database, CacheError, Scope.Scope> = Effect.fnUntraced(
  function* (path: string) {
    const sqlite = yield* Sqlite.open(path)
    const found = yield* versionOf(sqlite)
    if (found > version) {
      return yield* new CacheError({
        path,
        problem: `the cache is of format ${found}, and this version of anneal reads up to ${version}`,
        cure: "Update anneal, or choose another folder for the cache"
      })
    }
    if (found < version) yield* setUp(sqlite, found)
    return { ...sqlite, path }
  }
)

/** Has SQLite read all of its file. */
export const check = Effect.fnUntraced(function* ({ path, all }: Database) {
  const [found] = yield* all("PRAGMA integrity_check(1)")
  const said = String(found?.["integrity_check"] ?? "")
  if (said === "ok") return
  return yield* new CacheError({
    path,
    problem: `the cache's database is damaged: ${said}`,
    cure: "Remove the cache: it is made anew, and every stage runs once more"
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
          problem: `the cache's database holds what this version cannot read: ${error.message}`,
          cure: "Remove the cache: it is made anew, and every stage runs once more"
        })
    )
  )

/** Writes a column of JSON; a value that does not fit was made by this program, and is a defect. */
export const encode = <S extends Schema.Codec<unknown, string>>(schema: S, value: S["Type"]) =>
  Effect.orDie(Schema.encodeEffect(schema)(value))
