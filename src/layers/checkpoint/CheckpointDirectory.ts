/** Checkpoints in a folder of the run directory: each is written under another name, flushed and renamed. */
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Semaphore from "effect/Semaphore"
import { RunDirectory } from "../../pipeline/run/RunDirectory.ts"
import {
  CheckpointError,
  Checkpoints,
  isName,
  type Saved,
  type Snapshot
} from "../../pipeline/train/Checkpoints.ts"
import * as Bytes from "../internal/Bytes.ts"
import * as Durable from "../internal/Durable.ts"
import * as CheckpointFolder from "./CheckpointFolder.ts"
import * as CheckpointReference from "./CheckpointReference.ts"
import * as FolderSwap from "./FolderSwap.ts"

const checkName = (folder: string, name: string): Effect.Effect<void, CheckpointError> =>
  isName(name)
    ? Effect.void
    : Effect.fail(
        new CheckpointError({
          path: folder,
          problem: `"${name}" cannot name a checkpoint`,
          cure: "Use letters, digits, and . _ = + - in between (callbacks.model_checkpoint.filename)"
        })
      )

const cureOf = (error: PlatformError, path: string, free: Option.Option<number>, bytes: number): string => {
  if (Durable.isDiskFull(error)) {
    const room = Option.match(free, { onNone: () => "", onSome: (n) => `, and ${Bytes.sized(n)} are free` })
    return (
      `A checkpoint needs ${Bytes.sized(bytes)}${room}. The previous checkpoint is kept; ` +
      "make room, then resume with resume=last"
    )
  }
  return `The previous checkpoint is kept; let this user write to ${path}, then resume with resume=last`
}

const saveFailed = Effect.fnUntraced(function* (
  error: PlatformError,
  path: string,
  bytes: number
): Effect.fn.Return<never, CheckpointError> {
  const free = yield* Bytes.freeAt(path)
  return yield* new CheckpointError({
    path,
    problem: `the checkpoint cannot be saved: ${Durable.problemOf(error)}`,
    cure: cureOf(error, path, free, bytes)
  })
})

/**
 * Creates `made`, empty. Uninterruptible: Node finishes a call that it has started even if the fiber is interrupted,
 * and the folder could appear after its removal.
 */
const emptyFolder = (fs: FileSystem.FileSystem, made: string) =>
  fs
    .remove(made, { recursive: true, force: true })
    .pipe(Effect.andThen(fs.makeDirectory(made, { recursive: true })), Effect.uninterruptible)

const save = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  name: string,
  snapshot: Snapshot
): Effect.fn.Return<Saved, CheckpointError> {
  yield* checkName(folder, name)
  const path = join(folder, name)
  const made = FolderSwap.temporary(folder, name)
  const packed = CheckpointFolder.pack(snapshot)
  yield* emptyFolder(fs, made).pipe(
    Effect.andThen(CheckpointFolder.write(fs, made, packed)),
    Effect.andThen(FolderSwap.swap(fs, made, path)),
    Effect.onError(() => Effect.ignore(fs.remove(made, { recursive: true, force: true }))),
    Effect.catch((error) => saveFailed(error, path, packed.bytes))
  )
  return { name, path, state: snapshot.state }
})

const remove = (fs: FileSystem.FileSystem, folder: string, name: string) =>
  checkName(folder, name).pipe(
    Effect.andThen(FolderSwap.standing(fs, join(folder, name))),
    Effect.flatMap(
      Option.match({ onNone: () => Effect.void, onSome: (standing) => FolderSwap.remove(fs, standing) })
    ),
    Effect.catchTag("PlatformError", (error) =>
      Effect.fail(
        new CheckpointError({
          path: join(folder, name),
          problem: `it cannot be removed: ${Durable.problemOf(error)}`,
          cure: "Let this user write to the folder, or remove it by hand"
        })
      )
    )
  )

const recovered = (fs: FileSystem.FileSystem, folder: string) =>
  FolderSwap.recover(fs, folder, (path) => Effect.isSuccess(CheckpointFolder.readState(fs, path))).pipe(
    Effect.mapError(
      (error) =>
        new CheckpointError({
          path: folder,
          problem: `the rest of an interrupted save cannot be removed: ${Durable.problemOf(error)}`,
          cure: "Let this user write to the folder"
        })
    )
  )

const make = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Checkpoints["Service"], CheckpointError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const folder = resolve(path)
  const one = yield* Semaphore.make(1)
  yield* recovered(fs, folder)
  const list = CheckpointReference.wholeIn(fs, folder)
  return Checkpoints.of({
    save: (name, snapshot) => one.withPermit(save(fs, folder, name, snapshot)),
    load: Effect.fn("Checkpoints.load")(function* (reference) {
      const found = yield* CheckpointReference.find(fs, folder, reference)
      return yield* CheckpointReference.readAt(fs, found)
    }),
    list,
    latest: Effect.map(list, (saved) => Option.fromNullishOr(saved.at(-1))),
    remove: (name) => one.withPermit(remove(fs, folder, name))
  })
})

/**
 * Checkpoints in `path`, which the first save creates. Opening removes what an interrupted save left behind. There is
 * one writer at a time, which the lock of the run directory ensures; others may read meanwhile.
 */
export const layerAt = (path: string): Layer.Layer<Checkpoints, CheckpointError, FileSystem.FileSystem> =>
  Layer.effect(Checkpoints, make(path))

/** The folder for the checkpoints of a run directory. */
export const folderOf = ({ path }: { readonly path: string }): string => join(path, "checkpoints")

/** Checkpoints in the folder `checkpoints` of the run directory. */
export const layer: Layer.Layer<Checkpoints, CheckpointError, RunDirectory | FileSystem.FileSystem> =
  Layer.effect(
    Checkpoints,
    Effect.flatMap(RunDirectory, (run) => make(folderOf(run)))
  )
