/** Files and folders outside of a cache: hashed once, and again only if they may have changed. */
import { resolve } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Artifact, type CacheError } from "../../pipeline/stage/Artifact.ts"
import * as Database from "./Database.ts"
import * as Tree from "./Tree.ts"

interface Source {
  readonly path: string
  readonly stamp: string
  readonly artifact: Artifact
}

const artifactJson = Schema.fromJsonString(Artifact)

/**
 * Nanoseconds since the last change after which a file's stamp is trusted: within the resolution of the file system's
 * clock it could change once more and keep its times.
 */
const settled = 100_000_000n

const select = (database: Database.Database, where: string, value: string) =>
  Effect.flatMap(database.all(`SELECT path, stamp, artifact FROM source WHERE ${where} = ?`, value), (rows) =>
    Effect.forEach(rows, ({ path, stamp, artifact }) =>
      Effect.map(
        Database.decode(database, artifactJson, artifact),
        (decoded): Source => ({ path: String(path), stamp: String(stamp), artifact: decoded })
      )
    )
  )

const note = Effect.fnUntraced(function* (database: Database.Database, { path, stamp, artifact }: Source) {
  const text = yield* Database.encode(artifactJson, artifact)
  yield* database.run(
    "INSERT OR REPLACE INTO source (path, stamp, digest, artifact) VALUES (?, ?, ?, ?)",
    path,
    stamp,
    artifact.digest,
    text
  )
})

/** The artifact at a path as it is now. */
export const see = Effect.fnUntraced(function* (
  database: Database.Database,
  given: string
): Effect.fn.Return<Artifact, CacheError> {
  const path = resolve(given)
  const begun = BigInt(yield* Clock.currentTimeMillis) * 1_000_000n
  const tree = yield* Tree.list(path)
  const stamp = Tree.stampOf(tree)
  const [before] = yield* select(database, "path", path)
  if (before?.stamp === stamp) return before.artifact
  const artifact = yield* Tree.hash(path, tree)
  const trusted = Tree.newest(tree) + settled < begun ? stamp : ""
  yield* note(database, { path, stamp: trusted, artifact })
  return artifact
})

/** Where an artifact from outside still exists, after checking it again. */
export const locate = Effect.fnUntraced(function* (
  database: Database.Database,
  { digest }: Artifact
): Effect.fn.Return<string | undefined, CacheError> {
  for (const { path } of yield* select(database, "digest", digest)) {
    const now = yield* Effect.option(see(database, path))
    if (now._tag === "Some" && now.value.digest === digest) return path
  }
  return undefined
})
