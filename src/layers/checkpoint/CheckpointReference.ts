/** From the user's name for a checkpoint (`last`, `best`, a name, a path) to a complete one on disk. */
import { basename, dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import {
  CheckpointError,
  type CheckpointState,
  type Saved,
  type Snapshot
} from "../../pipeline/train/Checkpoints.ts"
import * as Durable from "../internal/Durable.ts"
import * as CheckpointFolder from "./CheckpointFolder.ts"
import * as Choice from "./Choice.ts"
import * as FolderSwap from "./FolderSwap.ts"

/** How often a read is repeated because the checkpoint was replaced meanwhile. */
const rereads = 50

const unreadable = (path: string) =>
  Effect.mapError(
    (error: Parameters<typeof Durable.problemOf>[0]) =>
      new CheckpointError({
        path,
        problem: `it cannot be read: ${Durable.problemOf(error)}`,
        cure: "Let this user read the folder, or name another checkpoint"
      })
  )

const stateAt = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  name: string
): Effect.fn.Return<Option.Option<Saved>> {
  const path = join(folder, name)
  return yield* Effect.option(
    Effect.gen(function* () {
      const standing = Option.getOrElse(yield* FolderSwap.standing(fs, path), () => path)
      return { name, path, state: yield* CheckpointFolder.readState(fs, standing) }
    })
  )
})

/** The complete checkpoints of a folder, oldest first; broken ones are left out. */
export const wholeIn = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<ReadonlyArray<Saved>, CheckpointError> {
  const names = yield* FolderSwap.names(fs, folder).pipe(unreadable(folder))
  const found = yield* Effect.forEach(names, (name) => stateAt(fs, folder, name), { concurrency: 8 })
  return Choice.chronological(found.flatMap(Option.toArray))
})

const named = ({ name, state }: Saved) => `${name} (step ${state.step})`

/** Names what to take instead. */
const cure = (whole: ReadonlyArray<Saved>): string => {
  const newest = whole.at(-1)
  if (newest === undefined) return "There is no complete checkpoint beside it; start the run again"
  const others = whole.slice(-4, -1).map(named)
  return others.length === 0
    ? `Take ${named(newest)} from ${dirname(newest.path)}`
    : `Take ${named(newest)} from ${dirname(newest.path)}, or one of ${others.join(", ")}`
}

const missing = (path: string, problem: string, whole: ReadonlyArray<Saved>) =>
  new CheckpointError({
    path,
    problem,
    cure:
      whole.length === 0
        ? "Name a checkpoint folder or a run directory that has one"
        : `There are ${whole.map(named).join(", ")}`
  })

const isFolder = (fs: FileSystem.FileSystem, path: string) =>
  Effect.map(Effect.option(fs.stat(path)), (info) => Option.isSome(info) && info.value.type === "Directory")

/** `last` if a checkpoint has that name, otherwise the newest complete one. */
const lastIn = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<string, CheckpointError> {
  const last = join(folder, "last")
  const standing = yield* FolderSwap.standing(fs, last).pipe(unreadable(last))
  if (Option.isSome(standing)) return last
  const newest = (yield* wholeIn(fs, folder)).at(-1)
  if (newest === undefined) return yield* missing(folder, "no checkpoint was saved there", [])
  return newest.path
})

const bestIn = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<string, CheckpointError> {
  const whole = yield* wholeIn(fs, folder)
  const best = Choice.best(whole)
  if (best === undefined)
    return yield* missing(folder, 'there is no complete checkpoint named "best…", and none was ranked', whole)
  return best.path
})

/**
 * What a path outside the folder means: a checkpoint itself, or the last one of a run directory or of its checkpoint
 * folder.
 */
const atPath = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<Option.Option<string>, CheckpointError> {
  const standing = yield* FolderSwap.standing(fs, path).pipe(unreadable(path))
  if (Option.isNone(standing)) return Option.none()
  if (yield* isFolder(fs, join(path, "checkpoints"))) {
    return Option.some(yield* lastIn(fs, join(path, "checkpoints")))
  }
  return basename(path) === "checkpoints" ? Option.some(yield* lastIn(fs, path)) : Option.some(path)
})

/** The folder that `reference` means, relative to the checkpoint folder `folder`; it may be incomplete. */
export const find = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  reference: string
): Effect.fn.Return<string, CheckpointError> {
  if (reference === "last") return yield* lastIn(fs, folder)
  if (reference === "best") return yield* bestIn(fs, folder)
  const named = join(folder, reference)
  if (basename(reference) === reference) {
    const standing = yield* FolderSwap.standing(fs, named).pipe(unreadable(named))
    if (Option.isSome(standing)) return named
  }
  const path = yield* atPath(fs, resolve(reference))
  if (Option.isSome(path)) return path.value
  return yield* missing(resolve(reference), "there is no checkpoint", yield* wholeIn(fs, folder))
})

const identity = (fs: FileSystem.FileSystem, path: string) =>
  Effect.option(Effect.map(fs.stat(path), ({ ino }) => Option.getOrElse(ino, () => 0n)))

/** Whether what was read has been replaced: by another folder, or because it is being removed. */
const hasMoved = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  read: string,
  before: Option.Option<bigint>
) {
  const after = yield* identity(fs, read)
  const now = Option.getOrElse(yield* FolderSwap.standing(fs, path).pipe(unreadable(path)), () => path)
  return now !== read || Option.isNone(before) || before.value !== Option.getOrUndefined(after)
})

/** Reads a checkpoint that may be replaced meanwhile; if it is broken, the error names complete ones beside it. */
const reread = Effect.fnUntraced(function* <A>(
  fs: FileSystem.FileSystem,
  path: string,
  reading: (fs: FileSystem.FileSystem, folder: string) => Effect.Effect<A, CheckpointError>
): Effect.fn.Return<A, CheckpointError> {
  for (let attempt = 0; ; attempt++) {
    const standing = Option.getOrElse(yield* FolderSwap.standing(fs, path).pipe(unreadable(path)), () => path)
    const before = yield* identity(fs, standing)
    const read = yield* Effect.result(reading(fs, standing))
    if (read._tag === "Success") return read.success
    if (attempt < rereads && (yield* hasMoved(fs, path, standing, before))) continue
    const whole = yield* wholeIn(fs, dirname(path))
    const { path: where, problem } = read.failure
    return yield* new CheckpointError({ path: where, problem, cure: cure(whole) })
  }
})

/** The complete checkpoint at `path`. */
export const readAt = (
  fs: FileSystem.FileSystem,
  path: string
): Effect.Effect<Snapshot & Saved, CheckpointError> =>
  Effect.map(reread(fs, path, CheckpointFolder.read), (read) => ({ ...read, name: basename(path), path }))

/**
 * The state of the checkpoint that `reference` means, relative to the checkpoint folder `folder`; no tensor is read.
 */
export const stateOf = (
  fs: FileSystem.FileSystem,
  folder: string,
  reference: string
): Effect.Effect<CheckpointState, CheckpointError> =>
  Effect.flatMap(find(fs, folder, reference), (path) => reread(fs, path, CheckpointFolder.readState))
