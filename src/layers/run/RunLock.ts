/**
 * One process per run directory: a lock file that tells its owner.
 *
 * The file appears with its whole text in one step (a hard link to a file written beside), so nobody reads half
 * an owner. A dead owner's lock is taken over under a second lock that is named after the dead claim: of two
 * that see the same death only one replaces the file, and who comes late finds the claim changed.
 *
 * An owner in another container or on another machine cannot be asked whether it lives. So who holds the lock writes
 * its file again and again, and the time of the last writing counts.
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

/** Somebody else holds the lock, or may: then `alive` is false, since another machine or container cannot be asked. */
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

/** No lock file is there. */
const free = "free"

/** A lock file that tells no owner: not one of ours, or of a file system that lost its text. */
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

/** When a file was written last, in milliseconds since 1970; 0 where it is gone. */
const writtenAt = (fs: FileSystem.FileSystem, path: string): Effect.Effect<number> =>
  fs.stat(path).pipe(
    Effect.map(({ mtime }) => Option.match(mtime, { onNone: () => 0, onSome: (date) => date.getTime() })),
    Effect.catch(() => Effect.succeed(0))
  )

/** Whether the owner that the file tells holds it, seen at the time `now`. */
const isOwned = (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner,
  now: number
): Effect.Effect<boolean> => Effect.flatMap(writtenAt(fs, path), (at) => holds(owner, now - at))

/** Whether the lock file was made; false where one is there. */
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

/** Takes the lock or says who holds it; the file `written` holds our own claim. */
const take = (
  fs: FileSystem.FileSystem,
  path: string,
  written: string
): Effect.Effect<void, LockHeld | PlatformError> =>
  Effect.gen(function* () {
    if (yield* claim(fs, written, path)) return
    const owner = yield* ownerAt(fs, path)
    if (owner !== free) {
      // Our own claim was written just now, by the clock of the file system itself.
      const now = yield* writtenAt(fs, written)
      if (owner !== nobody && (yield* isOwned(fs, path, owner, now)))
        return yield* new LockHeld({ path, owner, alive: (yield* lifeOf(owner)) === "alive" })
      yield* takeOver(fs, path, written, owner)
    }
    // Freed, or taken over by another meanwhile: look again.
    return yield* take(fs, path, written)
  })

/** Removes a dead owner's lock file, unless somebody else did so first. */
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

/** Removes the claims that killed processes wrote beside the lock and never used. */
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

/** Gives the lock back, if it is still `owner`'s. */
export const release = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner
): Effect.fn.Return<void, PlatformError> {
  const now = yield* ownerAt(fs, path)
  if (now !== free && now.token === owner.token) yield* fs.remove(path, { force: true })
})

/** Writes the file again and again as it is, which changes its time alone. */
const giveSigns = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner
): Effect.fn.Return<void, never, Scope.Scope> {
  const warn = (error: PlatformError) =>
    Effect.logWarning(
      `${path} cannot be kept fresh, and others may take it over: ${Durable.problemOf(error)}`
    )
  // Opened once: where another took the lock over, what is written goes into the file that was ours.
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

/** Whether somebody holds the lock, or may. */
export const isHeld = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<boolean, PlatformError> {
  const owner = yield* ownerAt(fs, path)
  if (owner === free || owner === nobody) return false
  return yield* isOwned(fs, path, owner, yield* Clock.currentTimeMillis)
})

/** What to do where the lock is held, for people. */
export const cureOf = ({ owner, alive, path }: LockHeld): string => {
  if (alive) return `Wait until it ends, or stop it (kill ${owner.pid})`
  return owner.place === undefined
    ? `If it no longer runs there, remove ${path} and try again`
    : `It runs in another container or on another machine: stop it there. If it no longer runs, try again ${patience / 60_000} minutes after its last sign of life`
}
