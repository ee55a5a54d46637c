/** Maintenance of a cache: verifying all of it, and moving it. */
import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import { type Artifact, CacheError } from "../../pipeline/stage/Artifact.ts"
import type { StageRecord } from "../../pipeline/stage/StageRecord.ts"
import { type Cache, open } from "./CacheDirectory.ts"
import * as Claims from "./Claims.ts"
import * as Database from "./Database.ts"
import * as Files from "./Files.ts"
import * as Objects from "./Objects.ts"
import * as Records from "./Records.ts"

export interface Verified {
  /** Artifacts that are unchanged, and their bytes. */
  readonly whole: number
  readonly bytes: number
  /** `stage: artifact` of those that have changed; they were set aside. */
  readonly damaged: ReadonlyArray<string>
  /** `stage: artifact` of those that are gone. */
  readonly missing: ReadonlyArray<string>
}

/** Fails if a living process runs a stage, and if there is no cache. */
export const checkIdle = Effect.fnUntraced(function* ({ path, database }: Cache) {
  const [claim] = yield* Claims.living(database)
  if (claim === undefined) return
  return yield* new CacheError({
    path,
    problem: `process ${claim.owner.pid} runs a stage with this cache`,
    cure: "Wait for it, or stop it"
  })
})

/** Opens an existing cache. */
export const openExisting = Effect.fnUntraced(function* (path: string) {
  if ((yield* Files.stat(path)) === undefined) {
    return yield* new CacheError({
      path: resolve(path),
      problem: "there is no cache",
      cure: "Name the folder of a cache (--cache)"
    })
  }
  return yield* open(path)
})

type Condition = "whole" | "damaged" | "missing"

const conditionOf = Effect.fnUntraced(function* (
  path: string,
  artifact: Artifact
): Effect.fn.Return<Condition, CacheError> {
  if (!(yield* Objects.holds(path, artifact))) return "missing"
  if (yield* Objects.isIntact(path, artifact)) return "whole"
  yield* Objects.setAside(path, artifact)
  return "damaged"
})

const kept = (records: ReadonlyArray<StageRecord>) =>
  new Map(
    records.flatMap(({ stage, artifacts }) =>
      artifacts.map(
        (artifact) => [artifact.digest, { artifact, name: `${stage}: ${artifact.name}` }] as const
      )
    )
  )

/** Reads every byte in the cache. What is damaged is set aside, so that its stage runs again. */
export const verify = Effect.fn("CacheCare.verify")(
  function* (path: string) {
    const cache = yield* openExisting(path)
    yield* Database.check(cache.database)
    const all = [...kept(yield* Records.all(cache.database)).values()]
    const found = yield* Effect.forEach(all, ({ artifact, name }) =>
      Effect.map(conditionOf(cache.path, artifact), (condition) => ({ artifact, name, condition }))
    )
    const namesOf = (wanted: Condition) =>
      found.filter(({ condition }) => condition === wanted).map(({ name }) => name)
    const whole = found.filter(({ condition }) => condition === "whole")
    const verified: Verified = {
      whole: whole.length,
      bytes: whole.reduce((sum, { artifact }) => sum + artifact.bytes, 0),
      damaged: namesOf("damaged"),
      missing: namesOf("missing")
    }
    return verified
  },
  (effect) => Effect.scoped(effect)
)

/** Moves a cache that no process uses to a path that does not exist, also to another file system. */
export const move = Effect.fn("CacheCare.move")(function* (from: string, to: string) {
  yield* Effect.scoped(Effect.flatMap(openExisting(from), checkIdle))
  if ((yield* Files.stat(to)) !== undefined) {
    return yield* new CacheError({
      path: resolve(to),
      problem: "it already exists",
      cure: "Name a path that does not exist"
    })
  }
  yield* Files.makeFolder(dirname(resolve(to)))
  yield* Files.moveTree(from, to)
})
