/**
 * The registry's tables in SQLite. They contain nothing that is not in the run directories: the file may be deleted.
 */
import { DatabaseSync, type SQLOutputValue } from "node:sqlite"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Thrown from "../internal/Thrown.ts"
import { type CheckpointEntry, RegistryError, type RunEntry } from "./RunEntry.ts"
import * as RunFilter from "./RunFilter.ts"

/** Tables of another version are dropped: reindexing rebuilds them. */
const version = 4

/** Columns are for conditions and orders; results come from `entry`, the whole run as JSON that we wrote. */
const tables = `
CREATE TABLE IF NOT EXISTS runs (
  path TEXT PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, task TEXT NOT NULL, experiment TEXT NOT NULL,
  status TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, seconds REAL, seed INTEGER NOT NULL,
  steps INTEGER NOT NULL, engine TEXT, "commit" TEXT, metrics TEXT NOT NULL, entry TEXT NOT NULL,
  written REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS runs_started ON runs (started);
CREATE INDEX IF NOT EXISTS runs_id ON runs (id);
CREATE INDEX IF NOT EXISTS runs_status ON runs (status);
CREATE TABLE IF NOT EXISTS checkpoints (
  run TEXT NOT NULL REFERENCES runs (path) ON DELETE CASCADE, name TEXT NOT NULL, step INTEGER NOT NULL,
  entry TEXT NOT NULL, PRIMARY KEY (run, name)
) STRICT;
CREATE TABLE IF NOT EXISTS courses (run TEXT PRIMARY KEY, kept TEXT NOT NULL) STRICT;
`

/** Parsed as one text, which takes half the time of parsing one by one. */
const entriesOf = <A>(rows: ReadonlyArray<Row>): ReadonlyArray<A> =>
  JSON.parse(`[${rows.map(({ entry }) => entry).join(",")}]`)

type Row = Readonly<Record<string, SQLOutputValue>>

export interface Listing {
  readonly where: ReadonlyArray<RunFilter.Condition>
  readonly order: RunFilter.Order
  readonly limit: number | undefined
}

export interface Found {
  readonly run: RunEntry
  readonly checkpoints: ReadonlyArray<CheckpointEntry>
  /** When `run.json` was last written, in milliseconds since 1970. */
  readonly written: number
}

export interface RegistryDatabase {
  readonly list: (listing: Listing) => Effect.Effect<ReadonlyArray<RunEntry>, RegistryError>
  /** Paths of all runs. */
  readonly paths: Effect.Effect<ReadonlySet<string>, RegistryError>
  /** The newest runs, with the time of the last write of their records when they were read. */
  readonly newest: (
    count: number
  ) => Effect.Effect<ReadonlyArray<{ readonly path: string; readonly written: number }>, RegistryError>
  readonly checkpoints: (path: string) => Effect.Effect<ReadonlyArray<CheckpointEntry>, RegistryError>
  /** Replaces the entries of these runs, all or none. */
  readonly put: (found: ReadonlyArray<Found>) => Effect.Effect<void, RegistryError>
  readonly remove: (paths: ReadonlyArray<string>) => Effect.Effect<void, RegistryError>
  /** The kept courses of these runs, by path. */
  readonly courses: (
    paths: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyMap<string, string>, RegistryError>
  readonly keepCourses: (kept: ReadonlyMap<string, string>) => Effect.Effect<void, RegistryError>
  /** Reads the whole file; false, or a failure, if it is damaged. */
  readonly whole: Effect.Effect<boolean, RegistryError>
  /** Whether its tables were just created, and so are empty. */
  readonly fresh: boolean
}

const parametersOf = ({ run, written }: Found) => [
  run.path,
  run.id,
  run.kind,
  run.task,
  run.experiment,
  run.status,
  run.started,
  run.ended,
  run.seconds,
  run.seed,
  run.steps,
  run.engine,
  run.commit,
  JSON.stringify(run.metrics),
  JSON.stringify(run),
  written
]

const putAll = (database: DatabaseSync, found: ReadonlyArray<Found>): void => {
  const run = database.prepare("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
  const clear = database.prepare("DELETE FROM runs WHERE path = ?")
  const checkpoint = database.prepare("INSERT INTO checkpoints VALUES (?, ?, ?, ?)")
  for (const one of found) {
    clear.run(one.run.path)
    run.run(...parametersOf(one))
    for (const saved of one.checkpoints) {
      checkpoint.run(one.run.path, saved.name, saved.step, JSON.stringify(saved))
    }
  }
}

const removeAll = (database: DatabaseSync, paths: ReadonlyArray<string>): void => {
  const run = database.prepare("DELETE FROM runs WHERE path = ?")
  const courses = database.prepare("DELETE FROM courses WHERE run = ?")
  for (const path of paths) {
    run.run(path)
    courses.run(path)
  }
}

const coursesIn = (database: DatabaseSync, paths: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const statement = database.prepare("SELECT kept FROM courses WHERE run = ?")
  return new Map(
    paths.flatMap((path): ReadonlyArray<readonly [string, string]> => {
      const kept = statement.get(path)?.["kept"]
      return kept === undefined ? [] : [[path, String(kept)]]
    })
  )
}

const keepAll = (database: DatabaseSync, kept: ReadonlyMap<string, string>): void => {
  const statement = database.prepare("INSERT OR REPLACE INTO courses VALUES (?, ?)")
  for (const [path, text] of kept) statement.run(path, text)
}

const listAll = (database: DatabaseSync, { where, order, limit }: Listing): ReadonlyArray<RunEntry> => {
  const filter = RunFilter.where(where)
  const sorted = RunFilter.orderBy(order)
  const most = limit === undefined ? [] : [limit]
  const statement = database.prepare(
    `SELECT entry FROM runs ${filter.text} ${sorted.text} ${limit === undefined ? "" : "LIMIT ?"}`
  )
  return entriesOf(statement.all(...filter.parameters, ...sorted.parameters, ...most))
}

/** As one text, which takes a third of the time of one row each. */
const pathsIn = (database: DatabaseSync): ReadonlyArray<string> =>
  JSON.parse(String(database.prepare("SELECT json_group_array(path) AS paths FROM runs").get()?.["paths"]))

/** Whether SQLite finds the whole file intact; a missing table throws. */
const isWhole = (database: DatabaseSync): boolean => {
  listAll(database, { where: [], order: { key: "started", descending: true }, limit: 1 })
  coursesIn(database, [""])
  database.prepare("SELECT entry FROM checkpoints LIMIT 1").get()
  return database.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"] === "ok"
}

const prepared = (database: DatabaseSync): boolean => {
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
  const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0)
  if (found === version) return false
  database.exec(
    `DROP TABLE IF EXISTS checkpoints; DROP TABLE IF EXISTS courses; DROP TABLE IF EXISTS runs; ${tables}`
  )
  database.exec(`PRAGMA user_version = ${version}`)
  return true
}

/** Opens the registry's file, or creates it; its folder must exist. */
export const open = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<RegistryDatabase, RegistryError, Scope.Scope> {
  const attempt = <A>(body: () => A): Effect.Effect<A, RegistryError> =>
    Effect.try({
      try: body,
      catch: (thrown) =>
        new RegistryError({
          path,
          problem: `the registry of runs cannot be used: ${Thrown.said(thrown)}`,
          cure: "It can be rebuilt from the run directories: `anneal runs reindex`"
        })
    })
  const database = yield* Effect.acquireRelease(
    attempt(() => new DatabaseSync(path, { timeout: 5000 })),
    (opened) => Effect.sync(() => opened.close())
  )
  /** Does all of `body`, or nothing if SQLite refuses a part of it. */
  const together = (body: () => void): Effect.Effect<void, RegistryError> =>
    attempt(() => database.exec("BEGIN IMMEDIATE")).pipe(
      Effect.andThen(
        attempt(() => {
          body()
          database.exec("COMMIT")
        }).pipe(Effect.onError(() => Effect.ignore(attempt(() => database.exec("ROLLBACK")))))
      )
    )
  const fresh = yield* attempt(() => prepared(database))
  return {
    fresh,
    whole: attempt(() => isWhole(database)),
    list: (listing) => attempt(() => listAll(database, listing)),
    paths: attempt(() => new Set(pathsIn(database))),
    newest: (count) =>
      attempt(() =>
        database
          .prepare("SELECT path, written FROM runs ORDER BY started DESC LIMIT ?")
          .all(count)
          .map((row) => ({ path: String(row["path"]), written: Number(row["written"]) }))
      ),
    checkpoints: (run) =>
      attempt(() =>
        entriesOf(
          database.prepare("SELECT entry FROM checkpoints WHERE run = ? ORDER BY step, name").all(run)
        )
      ),
    courses: (paths) => attempt(() => coursesIn(database, paths)),
    keepCourses: (kept) => (kept.size === 0 ? Effect.void : together(() => keepAll(database, kept))),
    put: (found) => together(() => putAll(database, found)),
    remove: (paths) => together(() => removeAll(database, paths))
  }
})
