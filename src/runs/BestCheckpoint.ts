/** The checkpoint that a path stands for where a net leaves: of a run its best, or where none was ranked its last. */
import { basename, dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as CheckpointReference from "../layers/checkpoint/CheckpointReference.ts"
import * as RunRecordFile from "../layers/run/RunRecordFile.ts"

export interface Found {
  /** Absolute. */
  readonly checkpoint: string
  /** The directory of the run that it belongs to; undefined if it lies alone. */
  readonly run: string | undefined
}

const isRun = (fs: FileSystem.FileSystem, path: string) =>
  Effect.orElseSucceed(fs.exists(join(path, RunRecordFile.name)), () => false)

/** Of a run directory. */
export const ofRun = Effect.fn("BestCheckpoint.ofRun")(function* (run: string) {
  const fs = yield* FileSystem.FileSystem
  const checkpoints = join(run, "checkpoints")
  const checkpoint = yield* CheckpointReference.find(fs, checkpoints, "best").pipe(
    Effect.catch(() => CheckpointReference.find(fs, checkpoints, "last"))
  )
  const found: Found = { checkpoint, run }
  return found
})

/** Of a run directory, the folder of its checkpoints, or one of them; it need not be there. */
export const at = Effect.fn("BestCheckpoint.at")(function* (named: string) {
  const fs = yield* FileSystem.FileSystem
  const path = resolve(named)
  if (yield* isRun(fs, path)) return yield* ofRun(path)
  if (basename(path) === "checkpoints" && (yield* isRun(fs, dirname(path))))
    return yield* ofRun(dirname(path))
  const parent = dirname(dirname(path))
  const found: Found = { checkpoint: path, run: (yield* isRun(fs, parent)) ? parent : undefined }
  return found
})
