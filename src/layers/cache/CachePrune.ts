/** Throws out of a cache what nobody needs. */
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
 * A result is forgotten when every rule that is given lets it go, and no result that stays came from it; with no rule
 * all of them stay.
 */
export interface PruneOptions {
  /** Keys that stay, such as those that a plan found in the cache. */
  readonly keep?: ReadonlySet<string> | undefined
  /** Results of each stage that stay, the newest. */
  readonly keepLast?: number | undefined
  /** Results that are younger stay. */
  readonly olderThan?: Duration.Duration | undefined
  /** Also the folders of stages that were begun and not finished, with their checkpoints. */
  readonly unfinished?: boolean | undefined
  /** Reports what would go and removes nothing. */
  readonly dryRun?: boolean | undefined
}

export interface Pruned {
  /** Results forgotten, and those that stay. */
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

/** The records that stay by a rule, and those that they came from, without which their stages would run again. */
const staying = (
  records: ReadonlyArray<StageRecord>,
  rules: ReadonlyArray<Rule>
): ReadonlySet<StageRecord> => {
  const byKey = new Map(records.map((record) => [record.key, record]))
  const kept = new Set(records.filter((record) => rules.length === 0 || rules.some((rule) => rule(record))))
  // A set gives what is added to it meanwhile, too.
  for (const { inputs } of kept) {
    for (const key of Object.values(inputs).flatMap(({ from }) => from)) {
      const origin = byKey.get(key)
      if (origin !== undefined) kept.add(origin)
    }
  }
  return kept
}

/** Everything in the cache's folders that no record and no unfinished stage needs. */
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

/** Prunes a cache that nobody uses. */
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
      // Records first: an object that stays behind is found the next time, a record without one is not whole.
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
