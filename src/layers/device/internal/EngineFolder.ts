/**
 * Assembles an engine beside its folder and moves it in once it works, so that a working engine is only ever replaced
 * by another working one.
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

/** Written last: an installation without it is incomplete. */
export const manifestFile = "anneal-engine.json"

/** The text of an engine's manifest; none if it is not installed. */
export const manifestIn = (folder: string): Option.Option<string> => {
  const path = join(folder, manifestFile)
  return existsSync(path) ? Option.some(readFileSync(path, "utf8")) : Option.none()
}

export interface Staging {
  /** The final folder of the engine. */
  readonly target: string
  /** The folder that becomes the engine's folder. */
  readonly root: string
  /** For temporary files, removed with the scope. */
  readonly temporary: string
}

/** Names the owner of a folder for an installation. */
const lockIn = (folder: string): string => join(folder, ".lock")

/** Whether its process has ended; a new folder has no lock for a moment, and then its name gives the process. */
const isLeft = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string, pid: number) {
  if (yield* fs.exists(lockIn(folder))) return !(yield* RunLock.isHeld(fs, lockIn(folder)))
  const { mtime } = yield* fs.stat(folder)
  const silent = (yield* Clock.currentTimeMillis) - Option.match(mtime, { onNone: () => 0, onSome: Number })
  const life = yield* ProcessOwner.lifeOf({ pid, host: hostname(), began: null, token: folder })
  return life === "dead" && silent > ProcessOwner.patience
})

/** Removes what killed installations left behind. */
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

/** Temporary folders until the scope closes. */
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
  // The folder is new, so no other process holds it.
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

/**
 * Moves the old engine aside and the new one in, each by a rename: a crash leaves one of them or none, never a part.
 */
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
