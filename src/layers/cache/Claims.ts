/** Which process runs which stage, so that no two processes run the same one; and how often a stage was started. */
import { randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { CacheError } from "../../pipeline/stage/Artifact.ts"
import * as ProcessOwner from "../run/ProcessOwner.ts"
import * as Database from "./Database.ts"

export interface Claim {
  readonly key: string
  readonly owner: ProcessOwner.ProcessOwner
}

interface Standing extends Claim {
  /** When its owner last gave a sign of life, in milliseconds since 1970. */
  readonly seen: number
}

const ownerJson = Schema.fromJsonString(ProcessOwner.ProcessOwner)

/** Time between two checks of a stage that another process runs. */
const pause = "200 millis"

const select = (database: Database.Database, where: string, ...values: ReadonlyArray<string>) =>
  Effect.flatMap(database.all(`SELECT key, owner, seen FROM claim ${where}`, ...values), (rows) =>
    Effect.forEach(rows, ({ key, owner, seen }) =>
      Effect.map(
        Database.decode(database, ownerJson, owner),
        (decoded): Standing => ({ key: String(key), owner: decoded, seen: Number(seen) })
      )
    )
  )

/**
 * Containers may share a cache: signs of life show that an owner is alive that cannot be checked. A claim without any
 * came with a moved cache.
 */
const isAlive = ({ owner, seen }: Standing) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    owner.place === undefined
      ? Effect.map(ProcessOwner.lifeOf(owner), (life) => life === "alive")
      : ProcessOwner.holds(owner, now - seen)
  )

/** Claims of living processes. */
export const living = (database: Database.Database) =>
  Effect.flatMap(select(database, ""), (claims) => Effect.filter(claims, isAlive))

/**
 * Waits for a living owner and takes over from a dead one; if two processes notice the same death, only one succeeds.
 */
const take = Effect.fnUntraced(function* (
  database: Database.Database,
  { key, owner }: Claim
): Effect.fn.Return<void, CacheError> {
  const text = yield* Database.encode(ownerJson, owner)
  const now = Clock.currentTimeMillis
  const insert = Effect.flatMap(now, (seen) =>
    database.run(
      "INSERT OR IGNORE INTO claim (key, token, owner, seen) VALUES (?, ?, ?, ?)",
      key,
      owner.token,
      text,
      seen
    )
  )
  const takeOver = (dead: ProcessOwner.ProcessOwner) =>
    Effect.flatMap(now, (seen) =>
      database.run(
        "UPDATE claim SET token = ?, owner = ?, seen = ? WHERE key = ? AND token = ?",
        owner.token,
        text,
        seen,
        key,
        dead.token
      )
    )
  while ((yield* insert) === 0) {
    const [holder] = yield* select(database, "WHERE key = ?", key)
    if (holder === undefined) continue
    if (yield* isAlive(holder)) yield* Effect.sleep(pause)
    else if ((yield* takeOver(holder.owner)) === 1) return
  }
})

/** Gives signs of life at intervals, for processes that cannot check whether this one is alive. */
const giveSigns = (database: Database.Database, { key, owner }: Claim) =>
  Effect.flatMap(Clock.currentTimeMillis, (seen) =>
    database.run("UPDATE claim SET seen = ? WHERE key = ? AND token = ?", seen, key, owner.token)
  ).pipe(
    Effect.delay(ProcessOwner.beat),
    Effect.repeat(Schedule.forever),
    Effect.catch((error) =>
      Effect.logWarning(`a process in another container may run the same stage: ${error.message}`)
    )
  )

const release = (database: Database.Database, { key, owner }: Claim) =>
  database.run("DELETE FROM claim WHERE key = ? AND token = ?", key, owner.token)

/** Holds the claim until the scope closes. */
export const hold = Effect.fnUntraced(function* (
  database: Database.Database,
  key: string
): Effect.fn.Return<void, CacheError, Scope.Scope> {
  const owner = yield* ProcessOwner.self(randomUUID())
  const claim: Claim = { key, owner }
  // If it is interrupted while waiting, it releases the claim that it may just have got.
  yield* Effect.addFinalizer(() =>
    release(database, claim).pipe(
      Effect.catch((error) =>
        Effect.logWarning(`other processes wait for a stage until this one ends: ${error.message}`)
      )
    )
  )
  yield* take(database, claim)
  yield* Effect.forkScoped(giveSigns(database, claim))
})

const countOf = (sql: string) => (database: Database.Database, key: string) =>
  Effect.map(database.all(sql, key), (rows) => Number(rows[0]?.["count"] ?? 0))

/** How often a stage was started without finishing. */
export const attempts = countOf("SELECT count FROM attempt WHERE key = ?")

/** Adds one, and returns the count. */
export const countAttempt = countOf(
  "INSERT INTO attempt (key, count) VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count"
)

/** Keys of stages that were started and have not finished. */
export const unfinished = (database: Database.Database) =>
  Effect.map(database.all("SELECT key FROM attempt"), (rows) => rows.map(({ key }) => String(key)))

export const forgetAttempts = (database: Database.Database) => database.run("DELETE FROM attempt")
