/** Removes from a cache what nothing needs. */
import { join, relative } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Artifact from "../../pipeline/stage/Artifact.ts"
import type { StageRecord } from "../../pipeline/stage/StageRecord.ts"
import { checkIdle, openExisting } from "./CacheCare.ts"
import { type Cache, workOf } from "./CacheDirectory.ts"
import * as Claims from "./Claims.ts"
import * as Files from "./Files.ts"
import * as Journal from "./Journal.ts"
import * as Objects from "./Objects.ts"
import * as Records from "./Records.ts"

/**
 * A result is removed if every given rule allows it, and no kept result came from it; without a rule all results are
 * kept.
 */
export interface PruneOptions {
  /** Keys to keep, such as those that an outline found in the cache. */
  readonly keep?: ReadonlySet<string> | undefined
  /** How many of the newest results of each stage to keep. */
  readonly keepLast?: number | undefined
  /** Younger results are kept. */
  readonly olderThan?: Duration.Duration | undefined
  /** Also removes the folders of stages that were started and not finished, with their checkpoints. */
  readonly unfinished?: boolean | undefined
  /** Reports what would be removed and removes nothing. */
  readonly dryRun?: boolean | undefined
}

export interface Pruned {
  /** Results removed, and those kept. */
  readonly forgotten: number
  readonly kept: number
  /** Files and folders removed, relative to the cache, and their bytes. */
  readonly removed: ReadonlyArray<string>
  readonly bytes: number
}

type Rule = (record: StageRecord) => boolean

/** Whether a record is among the newest of its stage. */
const amongLast = (records: ReadonlyArray<StageRecord>, count: number): Rule => {
  const newest = [...Map.groupBy(records, ({ stage }) => stage).values()].flatMap((group) =>
    count === 0 ? [] : group.slice(-count).map(({ key }) => key)
  )
  const keys = new Set(newest)
  return ({ key }) => keys.has(key)
}

const rulesOf = (
  records: ReadonlyArray<StageRecord>,
  { keep, keepLast, olderThan }: PruneOptions,
  now: DateTime.Utc
): ReadonlyArray<Rule> => {
  const rules: Array<Rule> = []
  if (keep !== undefined) rules.push(({ key }) => keep.has(key))
  if (keepLast !== undefined) rules.push(amongLast(records, keepLast))
  if (olderThan !== undefined) {
    const limit = DateTime.toEpochMillis(now) - Duration.toMillis(olderThan)
    rules.push(({ started }) => DateTime.toEpochMillis(DateTime.makeUnsafe(started)) >= limit)
  }
  return rules
}

/** The records kept by a rule, and those that they came from, without which their stages would run again. */
const staying = (
  records: ReadonlyArray<StageRecord>,
  rules: ReadonlyArray<Rule>
): ReadonlySet<StageRecord> => {
  const byKey = new Map(records.map((record) => [record.key, record]))
  const kept = new Set(records.filter((record) => rules.length === 0 || rules.some((rule) => rule(record))))
  // Iterating a set also visits what is added meanwhile.
  for (const { inputs } of kept) {
    for (const key of Object.values(inputs).flatMap(({ from }) => from)) {
      const origin = byKey.get(key)
      if (origin !== undefined) kept.add(origin)
    }
  }
  return kept
}

/** Everything in the cache's folders that neither a record nor an unfinished stage needs. */
const unneeded = Effect.fnUntraced(function* (
  { path, database }: Cache,
  records: ReadonlyArray<StageRecord>,
  unfinished: boolean
): Effect.fn.Return<ReadonlyArray<string>, Artifact.CacheError> {
  const begun = unfinished ? [] : yield* Claims.unfinished(database)
  const answers = unfinished ? [] : yield* Journal.all(database)
  const artifacts = [
    ...records.flatMap((record) => record.artifacts),
    ...answers.flatMap((answer) => Artifact.within(answer))
  ]
  const needed = new Set([
    ...artifacts.map((artifact) => Objects.pathOf(path, artifact)),
    ...begun.map((key) => workOf(path, key))
  ])
  const shards = yield* Files.children(join(path, "objects"))
  const objects = yield* Effect.forEach(shards, Files.children)
  const others = yield* Effect.forEach(["work", "incoming", "damaged"], (name) =>
    Files.children(join(path, name))
  )
  return [...objects, ...others].flat().filter((one) => !needed.has(one))
})

/** Prunes a cache that no process uses. */
export const prune = Effect.fn("CachePrune.prune")(
  function* (path: string, options: PruneOptions = {}) {
    const cache = yield* openExisting(path)
    yield* checkIdle(cache)
    const records = yield* Records.all(cache.database)
    const rules = rulesOf(records, options, yield* DateTime.now)
    const stay = staying(records, rules)
    const keys = records.filter((record) => !stay.has(record)).map(({ key }) => key)
    const kept = [...stay]
    const removed = yield* unneeded(cache, kept, options.unfinished === true)
    const sizes = yield* Effect.forEach(removed, Files.sizeOf)
    if (options.dryRun !== true) {
      // Records first: an object that stays behind is found the next time, whereas a record without its object is
      // broken.
      yield* Records.forget(cache.database, keys)
      if (options.unfinished === true) {
        yield* Claims.forgetAttempts(cache.database)
        yield* Journal.forgetAll(cache.database)
      }
      yield* Effect.forEach(removed, Files.remove, { discard: true })
    }
    const pruned: Pruned = {
      forgotten: keys.length,
      kept: kept.length,
      removed: removed.map((one) => relative(cache.path, one)),
      bytes: sizes.reduce((sum, size) => sum + size, 0)
    }
    return pruned
  },
  (effect) => Effect.scoped(effect)
)
