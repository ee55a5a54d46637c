/**
 * One process per run directory: a lock file that names its owner.
 *
 * The file appears with its whole text in one step (a hard link to a file written beside it), so a reader never sees
 * half an owner. A dead owner's lock is taken over under a second lock that is named after the dead claim: if two
 * processes notice the same death, only one replaces the file, and the other finds the claim changed.
 *
 * There is no way to check whether an owner in another container or on another machine is alive. The holder of the
 * lock therefore rewrites its file at intervals, and the time of the last write counts.
 */
import { basename, dirname, join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Durable from "../internal/Durable.ts"
import { beat, holds, lifeOf, ProcessOwner, patience } from "./ProcessOwner.ts"

/** The lock file of a run directory. */
export const pathIn = (directory: string): string => join(directory, ".lock")

/**
 * Another process holds the lock. `alive` is false if it only may, since another machine or container cannot be
 * checked.
 */
export class LockHeld extends Schema.TaggedError<LockHeld>()("LockHeld", {
  path: Schema.String,
  owner: ProcessOwner,
  alive: Schema.Boolean
}) {
  override get message() {
    return `${this.path} is held by process ${this.owner.pid} on ${this.owner.host}`
  }
}

const decodeOwner = Schema.decodeUnknownResult(Schema.fromJsonString(ProcessOwner))

const textOf = (owner: ProcessOwner): Uint8Array => new TextEncoder().encode(`${JSON.stringify(owner)}\n`)

/** There is no lock file. */
const free = "free"

/** For a lock file without an owner: another program's, or one whose text the file system lost. */
const nobody: ProcessOwner = { pid: 0, host: "", began: null, token: "nobody" }

const ownerAt = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<ProcessOwner | typeof free, PlatformError> {
  const text = yield* fs.readFileString(path).pipe(
    Effect.asSome,
    Effect.catchIf(
      (error) => error.reason._tag === "NotFound",
      () => Effect.succeedNone
    )
  )
  return Option.match(text, {
    onNone: () => free,
    onSome: (found) => Result.getOrElse(decodeOwner(found), () => nobody)
  })
})

/** When a file was last written, in milliseconds since 1970; 0 if it is gone. */
const writtenAt = (fs: FileSystem.FileSystem, path: string): Effect.Effect<number> =>
  fs.stat(path).pipe(
    Effect.map(({ mtime }) => Option.match(mtime, { onNone: () => 0, onSome: (date) => date.getTime() })),
    Effect.catch(() => Effect.succeed(0))
  )

/** Whether the owner named in the file holds the lock at the time `now`. */
const isOwned = (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner,
  now: number
): Effect.Effect<boolean> => Effect.flatMap(writtenAt(fs, path), (at) => holds(owner, now - at))

/** Creates the lock file; false if one exists. */
const claim = (
  fs: FileSystem.FileSystem,
  written: string,
  path: string
): Effect.Effect<boolean, PlatformError> =>
  fs.link(written, path).pipe(
    Effect.as(true),
    Effect.catchIf(
      (error) => error.reason._tag === "AlreadyExists",
      () => Effect.succeed(false)
    )
  )

/** Takes the lock or returns its holder; the file `written` contains our own claim. */
const take = (
  fs: FileSystem.FileSystem,
  path: string,
  written: string
): Effect.Effect<void, LockHeld | PlatformError> =>
  Effect.gen(function* () {
    if (yield* claim(fs, written, path)) return
    const owner = yield* ownerAt(fs, path)
    if (owner !== free) {
      // Our own claim was just written, so its time is the file system's present time.
      const now = yield* writtenAt(fs, written)
      if (owner !== nobody && (yield* isOwned(fs, path, owner, now)))
        return yield* new LockHeld({ path, owner, alive: (yield* lifeOf(owner)) === "alive" })
      yield* takeOver(fs, path, written, owner)
    }
    // Released, or taken over by another process meanwhile: check again.
    return yield* take(fs, path, written)
  })

/** Removes a dead owner's lock file, unless another process did so first. */
const takeOver = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  written: string,
  dead: ProcessOwner
): Effect.fn.Return<void, LockHeld | PlatformError> {
  const heirs = `${path}.after-${dead.token}`
  yield* Effect.acquireUseRelease(
    take(fs, heirs, written),
    () =>
      Effect.gen(function* () {
        const now = yield* ownerAt(fs, path)
        if (now !== free && now.token === dead.token) yield* fs.remove(path, { force: true })
      }),
    () => fs.remove(heirs, { force: true })
  )
})

/** Removes claims that killed processes wrote beside the lock and never used. */
const clearClaims = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<void, PlatformError> {
  const folder = dirname(path)
  const now = yield* Clock.currentTimeMillis
  const claims = (yield* fs.readDirectory(folder)).filter((name) => name.startsWith(`${basename(path)}.`))
  for (const claim of claims.map((name) => join(folder, name))) {
    const owner = yield* ownerAt(fs, claim)
    if (owner !== free && !(yield* isOwned(fs, claim, owner, now))) yield* fs.remove(claim, { force: true })
  }
})

/** Takes the lock at `path` for `owner`. */
export const acquire = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner
): Effect.fn.Return<void, LockHeld | PlatformError> {
  const written = `${path}.${owner.token}`
  yield* Durable.writeFile(fs, written, [textOf(owner)]).pipe(
    Effect.andThen(take(fs, path, written)),
    Effect.ensuring(Effect.ignore(fs.remove(written, { force: true })))
  )
  yield* Effect.ignore(clearClaims(fs, path))
})

/** Releases the lock if it still belongs to `owner`. */
export const release = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner
): Effect.fn.Return<void, PlatformError> {
  const now = yield* ownerAt(fs, path)
  if (now !== free && now.token === owner.token) yield* fs.remove(path, { force: true })
})

/** Rewrites the file unchanged at intervals, which only updates its time. */
const giveSigns = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner
): Effect.fn.Return<void, never, Scope.Scope> {
  const warn = (error: PlatformError) =>
    Effect.logWarning(
      `${path} cannot be refreshed, and other processes may take it over: ${Durable.problemOf(error)}`
    )
  // Opened once: if another process has taken the lock over, the writes go to the old file, which was ours.
  const file = yield* Effect.option(Effect.tapError(fs.open(path, { flag: "r+" }), warn))
  if (Option.isNone(file)) return
  const sign = Effect.andThen(file.value.seek(0n, "start"), file.value.writeAll(textOf(owner)))
  yield* Effect.uninterruptible(sign).pipe(
    Effect.delay(beat),
    Effect.repeat(Schedule.forever),
    Effect.catch(warn),
    Effect.forkScoped({ startImmediately: true })
  )
})

/** Takes the lock at `path` for `owner`, and holds it until the scope closes. */
export const hold = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner
): Effect.fn.Return<void, LockHeld | PlatformError, Scope.Scope> {
  yield* Effect.acquireRelease(acquire(fs, path, owner), () =>
    release(fs, path, owner).pipe(
      Effect.catch((error) => Effect.logWarning(`${path} could not be removed: ${Durable.problemOf(error)}`))
    )
  )
  yield* giveSigns(fs, path, owner)
})

/** Whether a process holds the lock, or may hold it. */
export const isHeld = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<boolean, PlatformError> {
  const owner = yield* ownerAt(fs, path)
  if (owner === free || owner === nobody) return false
  return yield* isOwned(fs, path, owner, yield* Clock.currentTimeMillis)
})

/** What to do about a held lock, as a sentence for people. */
export const cureOf = ({ owner, alive, path }: LockHeld): string => {
  if (alive) return `Wait until it ends, or stop it (kill ${owner.pid})`
  return owner.place === undefined
    ? `If it no longer runs there, remove ${path} and try again`
    : `It runs in another container or on another machine: stop it there. If it no longer runs, try again ${patience / 60_000} minutes after its last sign of life`
}
