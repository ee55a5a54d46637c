/** Files and folders by their content, read-only, each complete or absent. */
import * as fs from "node:fs/promises"
import { basename, dirname, extname, join } from "node:path"
import * as Effect from "effect/Effect"
import { type Artifact, CacheError } from "../../pipeline/stage/Artifact.ts"
import * as Files from "./Files.ts"
import * as Tree from "./Tree.ts"

/** Relative, so that the cache can be moved. A file keeps its extension, since many programs depend on it. */
const placeOf = ({ digest, kind, name }: Pick<Artifact, "digest" | "kind" | "name">): string => {
  const hex = digest.replace(/^sha256:/, "")
  return join("objects", hex.slice(0, 2), `${hex.slice(2)}${kind === "file" ? extname(name) : ""}`)
}

export const pathOf = (cache: string, artifact: Artifact): string => join(cache, placeOf(artifact))

/** Whether the object exists with the right kind and, for a file, size; `verify` reads it. */
export const holds = (cache: string, artifact: Artifact): Effect.Effect<boolean, CacheError> =>
  Effect.map(Files.stat(pathOf(cache, artifact)), (found) => {
    if (found === undefined) return false
    return artifact.kind === "folder"
      ? found.isDirectory()
      : found.isFile() && Number(found.size) === artifact.bytes
  })

/** Makes every file read-only and flushes everything to disk. */
const settle = Effect.fnUntraced(function* (root: string, { kind, leaves }: Tree.Tree) {
  const paths = leaves.map(({ path }) => join(root, path))
  const folders = new Set(kind === "file" ? [] : [root, ...paths.map((path) => dirname(path))])
  yield* Effect.forEach(
    paths,
    (path) =>
      Effect.andThen(
        Files.sync(path),
        Files.attempt(path, () => fs.chmod(path, 0o444))
      ),
    { concurrency: 4, discard: true }
  )
  yield* Effect.forEach(folders, Files.sync, { discard: true })
})

/** Stores a copy of a file or folder. */
export const keep = Effect.fnUntraced(
  function* (cache: string, path: string) {
    const folder = yield* Files.temporary(join(cache, "incoming"))
    const copied = join(folder, "artifact")
    yield* Files.copy(path, copied)
    const tree = yield* Tree.list(copied)
    const artifact = yield* Tree.hash(copied, tree, basename(path))
    if (yield* holds(cache, artifact)) return artifact
    yield* settle(copied, tree)
    const place = pathOf(cache, artifact)
    yield* Files.makeFolder(dirname(place))
    yield* Files.renameDurably(copied, place).pipe(
      // Another process may have stored the same object at this moment.
      Effect.catch((error) =>
        Effect.flatMap(holds(cache, artifact), (there) => (there ? Effect.void : Effect.fail(error)))
      )
    )
    return artifact
  },
  (effect) => Effect.scoped(effect)
)

/** Reads an object and checks that its content matches its name. */
export const isIntact = (cache: string, artifact: Artifact): Effect.Effect<boolean, CacheError> => {
  const path = pathOf(cache, artifact)
  return Effect.map(
    Effect.flatMap(Tree.list(path), (tree) => Tree.hash(path, tree, artifact.name)),
    ({ digest }) => digest === artifact.digest
  )
}

/** Moves a damaged object aside, so that the stage that made it runs again. */
export const setAside = Effect.fnUntraced(function* (cache: string, artifact: Artifact) {
  const path = pathOf(cache, artifact)
  const aside = join(cache, "damaged", basename(path))
  yield* Files.makeFolder(dirname(aside))
  yield* Files.remove(aside)
  yield* Files.rename(path, aside)
  return aside
})

/** The failure of whatever needed a damaged object. */
export const damaged = (cache: string, artifact: Artifact): Effect.Effect<never, CacheError> =>
  Effect.flatMap(setAside(cache, artifact), (aside) =>
    Effect.fail(
      new CacheError({
        path: pathOf(cache, artifact),
        problem: `${artifact.name} has changed since it was made`,
        cure: `It was moved to ${aside}; run the pipeline again, and the stage that made it will run once more`
      })
    )
  )
