/**
 * A cache in a folder: `cache.db` records finished stages, `objects/` holds files by their content, and `work/` the
 * folders of running stages.
 *
 * A stage has finished when its record is committed, which happens after its files are completely on disk; so a
 * process may be killed at any moment. All paths in the folder are relative: it can be moved while no process uses
 * it.
 */
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { type Artifact, CacheError, within } from "../../pipeline/stage/Artifact.ts"
import * as Fingerprint from "../../pipeline/stage/Fingerprint.ts"
import { type Lookup, StageCache } from "../../pipeline/stage/StageCache.ts"
import type { StageRecord } from "../../pipeline/stage/StageRecord.ts"
import type { Workspace } from "../../pipeline/stage/Workspace.ts"
import * as Claims from "./Claims.ts"
import * as Database from "./Database.ts"
import * as Files from "./Files.ts"
import * as Journal from "./Journal.ts"
import * as Objects from "./Objects.ts"
import * as Records from "./Records.ts"
import * as SourceModules from "./SourceModules.ts"
import * as Sources from "./Sources.ts"

export interface Cache {
  readonly path: string
  readonly database: Database.Database
}

/** The folder of a running stage. */
export const workOf = (path: string, key: string): string => join(path, "work", key.replace(/^sha256:/, ""))

const isThere = ({ path, database }: Cache, artifact: Artifact) =>
  Effect.flatMap(Objects.holds(path, artifact), (held) =>
    held
      ? Effect.succeed(true)
      : Effect.map(Sources.locate(database, artifact), (found) => found !== undefined)
  )

/** What is wrong with a record's output, if anything. */
const problemOf = Effect.fnUntraced(function* (cache: Cache, record: StageRecord) {
  if (Fingerprint.of(record.output) !== record.digest) return "its output in the cache is damaged"
  for (const artifact of record.artifacts) {
    if (!(yield* isThere(cache, artifact))) return `its output ${artifact.name} is missing from the cache`
  }
  return undefined
})

const find = Effect.fnUntraced(function* (cache: Cache, key: string): Effect.fn.Return<Lookup, CacheError> {
  const record = yield* Records.find(cache.database, key)
  if (record === undefined) return { _tag: "Absent", attempts: yield* Claims.attempts(cache.database, key) }
  const problem = yield* problemOf(cache, record)
  return problem === undefined ? { _tag: "Whole", record } : { _tag: "Broken", record, problem }
})

const locate = (cache: Cache) => {
  /** Objects that this process has read and verified. */
  const verified = new Set<string>()
  return Effect.fnUntraced(function* (artifact: Artifact): Effect.fn.Return<string, CacheError> {
    const path = Objects.pathOf(cache.path, artifact)
    if (yield* Objects.holds(cache.path, artifact)) {
      if (!verified.has(path) && !(yield* Objects.isIntact(cache.path, artifact))) {
        return yield* Objects.damaged(cache.path, artifact)
      }
      verified.add(path)
      return path
    }
    const outside = yield* Sources.locate(cache.database, artifact)
    if (outside !== undefined) return outside
    return yield* new CacheError({
      path: artifact.name,
      problem: "it is not in the cache, and the file or folder outside no longer has this content",
      cure: "Run the pipeline again: it takes the files outside as they are now"
    })
  })
}

const begin = Effect.fnUntraced(function* (
  { path, database }: Cache,
  key: string,
  find: Workspace["Service"]["locate"]
): Effect.fn.Return<Workspace["Service"], CacheError, Scope.Scope> {
  yield* Claims.hold(database, key)
  const attempt = yield* Claims.countAttempt(database, key)
  const work = workOf(path, key)
  // Results of activities may name files of the folder, and are useless without them.
  if ((yield* Files.stat(work)) === undefined) yield* Journal.forget(database, key)
  yield* Files.makeFolder(work)
  return {
    path: work,
    attempt,
    keep: (given) => Objects.keep(path, resolve(work, given)),
    locate: find
  }
})

/** A result whose files are gone counts as missing. */
const recall = Effect.fnUntraced(function* (cache: Cache, key: string, activity: string) {
  const answer = yield* Journal.recall(cache.database, key, activity)
  if (answer === undefined) return Option.none()
  const whole = yield* Effect.forEach(within(answer), (artifact) => isThere(cache, artifact))
  return whole.every((held) => held) ? Option.some(answer) : Option.none()
})

const finish = Effect.fnUntraced(function* (
  cache: Cache,
  record: StageRecord
): Effect.fn.Return<void, CacheError> {
  for (const artifact of record.artifacts) {
    if (!(yield* isThere(cache, artifact))) {
      return yield* new CacheError({
        path: artifact.name,
        problem: `stage ${record.stage} returned an artifact that is not in the cache`,
        cure: "Return what Workspace.keep returned, or an artifact from the inputs"
      })
    }
  }
  yield* Records.finish(cache.database, record)
  // Its result counts from here on; `prune` removes a folder that stays behind.
  yield* Effect.ignore(Files.remove(workOf(cache.path, record.key)))
}, Effect.uninterruptible)

/** The service over an open cache. */
export const make = (cache: Cache): StageCache["Service"] => {
  const located = locate(cache)
  const modules = SourceModules.make()
  return StageCache.of({
    find: (key) => find(cache, key),
    history: (stage, limit) => Records.history(cache.database, stage, limit),
    begin: (key) => begin(cache, key, located),
    recall: (key, activity) => recall(cache, key, activity),
    remember: (key, activity, answer) => Journal.remember(cache.database, key, activity, answer),
    finish: (record) => finish(cache, record),
    source: (path) => Sources.see(cache.database, path),
    modules: (file) => Effect.sync(() => modules(file)),
    locate: located,
    maker: (digest) => Effect.map(Records.maker(cache.database, digest), Option.fromUndefinedOr)
  })
}

/** Opens the cache in a folder, or creates it. */
export const open = Effect.fnUntraced(function* (
  given: string
): Effect.fn.Return<Cache, CacheError, Scope.Scope> {
  const path = resolve(given)
  yield* Files.makeFolder(path)
  const ignore = join(path, ".gitignore")
  if ((yield* Files.stat(ignore)) === undefined) {
    yield* Files.attempt(ignore, () => fs.writeFile(ignore, "*\n"))
  }
  return { path, database: yield* Database.open(join(path, "cache.db")) }
})

/** The cache in a folder; several processes of one machine may use it at once. */
export const layerAt = (path: string): Layer.Layer<StageCache, CacheError> =>
  Layer.effect(StageCache, Effect.map(open(path), make))

/** A cache that exists as long as the layer: for tests, and for runs that are never resumed. */
export const layerTemporary: Layer.Layer<StageCache, CacheError> = Layer.effect(
  StageCache,
  Effect.gen(function* () {
    const path = yield* Files.temporary(join(tmpdir(), "anneal"))
    return make({ path, database: yield* Database.open(":memory:") })
  })
)
