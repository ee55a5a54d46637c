/**
 * One process per run directory: a lock file that tells its owner.
 *
 * The file appears with its whole text in one step (a hard link to a file written beside), so nobody reads half
 * an owner. A dead owner's lock is taken over under a second lock that is named after the dead claim: of two
 * that see the same death only one replaces the file, and who comes late finds the claim changed.
 */
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Durable from "../internal/Durable.ts"
import { lifeOf, ProcessOwner } from "./ProcessOwner.ts"

/** The lock file of a run directory. */
export const pathIn = (directory: string): string => join(directory, ".lock")

/** Somebody else holds the lock, or may: then `alive` is false, since another machine cannot be asked. */
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
      const life = owner === nobody ? "dead" : yield* lifeOf(owner)
      if (life !== "dead") return yield* new LockHeld({ path, owner, alive: life === "alive" })
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
  const claims = (yield* fs.readDirectory(folder)).filter((name) => name.startsWith(`${basename(path)}.`))
  for (const claim of claims.map((name) => join(folder, name))) {
    const owner = yield* ownerAt(fs, claim)
    if (owner !== free && (yield* lifeOf(owner)) === "dead") yield* fs.remove(claim, { force: true })
  }
})

/** Takes the lock at `path` for `owner`. */
export const acquire = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner
): Effect.fn.Return<void, LockHeld | PlatformError> {
  const written = `${path}.${owner.token}`
  const text = new TextEncoder().encode(`${JSON.stringify(owner)}\n`)
  yield* Durable.writeFile(fs, written, [text]).pipe(
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

/** Whether somebody holds the lock, or may: an owner on another machine counts as one who does. */
export const isHeld = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<boolean, PlatformError> {
  const owner = yield* ownerAt(fs, path)
  return owner !== free && owner !== nobody && (yield* lifeOf(owner)) !== "dead"
})
