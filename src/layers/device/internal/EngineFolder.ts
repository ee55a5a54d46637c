/**
 * Putting an engine together beside its folder and moving it in when it works, so that an engine that worked is
 * replaced by one that works, or not at all.
 */
import { randomUUID } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import * as Durable from "../../internal/Durable.ts"
import * as ProcessOwner from "../../run/ProcessOwner.ts"
import * as RunLock from "../../run/RunLock.ts"

/** Written last: an installation without it is not one. */
export const manifestFile = "anneal-engine.json"

/** The text of an engine's manifest; none where none is installed. */
export const manifestIn = (folder: string): Option.Option<string> => {
  const path = join(folder, manifestFile)
  return existsSync(path) ? Option.some(readFileSync(path, "utf8")) : Option.none()
}

export interface Staging {
  /** Where the engine goes in the end. */
  readonly target: string
  /** What becomes the engine's folder. */
  readonly root: string
  /** What is needed on the way, gone with the scope. */
  readonly temporary: string
}

/** Says whose a folder for an installation is. */
const lockIn = (folder: string): string => join(folder, ".lock")

/** Whether nobody works there any more; for a moment a folder has no lock yet, and then its name tells the process. */
const isLeft = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string, pid: number) {
  if (yield* fs.exists(lockIn(folder))) return !(yield* RunLock.isHeld(fs, lockIn(folder)))
  const { mtime } = yield* fs.stat(folder)
  const silent = (yield* Clock.currentTimeMillis) - Option.match(mtime, { onNone: () => 0, onSome: Number })
  const life = yield* ProcessOwner.lifeOf({ pid, host: hostname(), began: null, token: folder })
  return life === "dead" && silent > ProcessOwner.patience
})

/** Removes what installations left behind that were killed. */
const sweep = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const name of yield* fs.readDirectory(folder)) {
    const pid = Number(/^\.[a-z]+-(\d+)-/.exec(name)?.[1])
    if (Number.isNaN(pid)) continue
    const found = path.join(folder, name)
    if (yield* isLeft(fs, found, pid)) yield* fs.remove(found, { recursive: true, force: true })
  }
})

/** Folders to work in until the scope closes. */
export const stage = Effect.fnUntraced(function* (
  target: string
): Effect.fn.Return<Staging, PlatformError, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const parent = path.dirname(target)
  yield* fs.makeDirectory(parent, { recursive: true })
  yield* sweep(parent)
  const folder = yield* Effect.acquireRelease(
    fs.makeTempDirectory({ directory: parent, prefix: `.${path.basename(target)}-${process.pid}-` }),
    (made) =>
      fs
        .remove(made, { recursive: true, force: true })
        .pipe(
          Effect.catch((error) =>
            Effect.logWarning(`${made} could not be removed: ${Durable.problemOf(error)}`)
          )
        )
  )
  // The folder is new, so that nobody else holds it.
  yield* RunLock.hold(fs, lockIn(folder), yield* ProcessOwner.self(randomUUID())).pipe(
    Effect.catchTag("LockHeld", Effect.die)
  )
  const staging = { target, root: path.join(folder, "engine"), temporary: path.join(folder, "temporary") }
  yield* fs.makeDirectory(staging.root)
  yield* fs.makeDirectory(staging.temporary)
  return staging
})

/** Makes an engine of a folder. */
export const writeManifest = Effect.fnUntraced(function* (
  root: string,
  manifest: object
): Effect.fn.Return<void, PlatformError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.writeFileString(path.join(root, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`)
})

/** The old engine goes aside, the new one comes in, each by a rename: a crash leaves one of them or none, never half. */
export const moveIn = Effect.fnUntraced(function* (
  { target, root, temporary }: Staging,
  manifest: object
): Effect.fn.Return<void, PlatformError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* writeManifest(root, manifest)
  if (yield* fs.exists(target)) yield* fs.rename(target, path.join(temporary, "replaced"))
  yield* fs.rename(root, target)
}, Effect.uninterruptible)
