/** Maintenance of the cache of samples in a folder: comparing all of it with its digests, and removing what is old. */
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { DataError } from "../../pipeline/task/Dataset.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as SampleFiles from "./SampleFiles.ts"

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, DataError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      new DataError({
        where: path,
        problem: `the cache cannot be read or changed (${Thrown.said(cause)})`,
        cure: "Let this user read and write there."
      })
  })

const entriesOf = (cache: string) => {
  const folder = SampleFiles.folderOf(cache)
  return attempt(folder, () => SampleFiles.list(folder))
}

export interface Verified {
  /** Entries that are as they were written, and their bytes. */
  readonly whole: number
  readonly bytes: number
  /** Paths of those that were not, and were removed: they are made anew. */
  readonly damaged: ReadonlyArray<string>
}

export const verify = Effect.fn("SampleCare.verify")(function* (cache: string) {
  const damaged: Array<string> = []
  let bytes = 0
  const entries = yield* entriesOf(cache)
  for (const entry of entries) {
    const whole = yield* attempt(entry.path, async () => SampleFiles.isWhole(await fs.readFile(entry.path)))
    if (whole) bytes += entry.bytes
    else {
      damaged.push(entry.path)
      yield* attempt(entry.path, () => fs.rm(entry.path, { force: true }))
    }
  }
  const verified: Verified = { whole: entries.length - damaged.length, bytes, damaged }
  return verified
})

export interface PruneOptions {
  /** Entries used since then are kept; absent: none is. */
  readonly olderThan?: Duration.Input | undefined
  /** Counts what would be removed and removes nothing. */
  readonly dryRun?: boolean | undefined
}

export interface Pruned {
  readonly removed: number
  readonly bytes: number
  readonly kept: number
}

/** A run that uses the cache meanwhile makes what it misses. */
export const prune = Effect.fn("SampleCare.prune")(function* (
  cache: string,
  { olderThan = Duration.zero, dryRun = false }: PruneOptions = {}
) {
  const limit = (yield* Clock.currentTimeMillis) - Duration.toMillis(Duration.fromInputUnsafe(olderThan))
  const entries = yield* entriesOf(cache)
  const old = entries.filter(({ used }) => used <= limit)
  if (!dryRun) {
    for (const { path } of old) yield* attempt(path, () => fs.rm(path, { force: true }))
    // Those that are empty now; another process may have filled one.
    for (const folder of new Set(old.map(({ path }) => dirname(path)))) {
      yield* Effect.ignore(attempt(folder, () => fs.rmdir(folder)))
    }
  }
  const pruned: Pruned = {
    removed: old.length,
    bytes: old.reduce((sum, { bytes }) => sum + bytes, 0),
    kept: entries.length - old.length
  }
  return pruned
})
