/** Node's own SQLite, with its exceptions turned into errors. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CacheError } from "../../pipeline/stage/Artifact.ts"
import * as Thrown from "../internal/Thrown.ts"

export type Row = ReturnType<StatementSync["all"]>[number]
export type Value = SQLInputValue

export interface Sqlite {
  readonly all: (
    sql: string,
    ...values: ReadonlyArray<Value>
  ) => Effect.Effect<ReadonlyArray<Row>, CacheError>
  /** Returns the number of changed rows. */
  readonly run: (sql: string, ...values: ReadonlyArray<Value>) => Effect.Effect<number, CacheError>
  /** Runs a text of several statements without values. */
  readonly script: (sql: string) => Effect.Effect<void, CacheError>
  /** Runs all statements or none; the result is on disk when the effect ends. */
  readonly transaction: (
    statements: ReadonlyArray<readonly [sql: string, ...values: ReadonlyArray<Value>]>
  ) => Effect.Effect<void, CacheError>
}

/** Milliseconds that a statement waits for another process's transaction. */
const patience = 10_000

const refused = (path: string, doing: string) => (cause: unknown) =>
  new CacheError({
    path,
    problem: `the cache's database cannot ${doing}: ${Thrown.said(cause)}`,
    cure: "Make room and let this user write there; if it is damaged, remove the cache: the next run creates a new one, and every stage runs once more"
  })

const connect = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout: patience })
  // In write-ahead mode readers never wait; FULL puts every commit on disk before it counts.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
  return database
}

const make = (path: string, database: DatabaseSync): Sqlite => {
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    const made = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, made)
    return made
  }
  return {
    all: (sql, ...values) =>
      Effect.try({ try: () => statement(sql).all(...values), catch: refused(path, "be read") }),
    run: (sql, ...values) =>
      Effect.try({
        try: () => Number(statement(sql).run(...values).changes),
        catch: refused(path, "be written")
      }),
    script: (sql) => Effect.try({ try: () => database.exec(sql), catch: refused(path, "be written") }),
    transaction: (statements) =>
      Effect.try({
        try: () => {
          database.exec("BEGIN IMMEDIATE")
          for (const [sql, ...values] of statements) statement(sql).run(...values)
          database.exec("COMMIT")
        },
        catch: refused(path, "be written")
      }).pipe(
        Effect.tapError(() =>
          Effect.ignore(Effect.try(() => (database.isTransaction ? database.exec("ROLLBACK") : undefined)))
        )
      )
  }
}

/** Opens a database, or creates it; `:memory:` is one that is not kept. */
export const open = (path: string): Effect.Effect<Sqlite, CacheError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({ try: () => connect(path), catch: refused(path, "be opened") }),
    (database) => Effect.sync(() => database.close())
  ).pipe(Effect.map((database) => make(path, database)))
