/** The end of a file that deliveries append to, where an interrupted one may have left more than it recorded. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"

/**
 * Writes `bytes` at offset `length` and ends the file there. Uninterruptible: the delivery at the end of a run
 * follows one that was interrupted, and writes at the same place.
 */
export const put = (fs: FileSystem.FileSystem, path: string, length: number, bytes: Uint8Array) =>
  Effect.scoped(
    Effect.gen(function* () {
      const there = yield* fs.exists(path)
      const handle = yield* fs.open(path, { flag: there ? "r+" : "w" })
      yield* handle.seek(BigInt(length), "start")
      yield* handle.writeAll(bytes)
      yield* handle.truncate(length + bytes.length)
      yield* handle.sync
    })
  ).pipe(Effect.uninterruptible)

/** Whether the file has the `length` bytes that deliveries wrote: writing after them must not leave a gap. */
export const reaches = (fs: FileSystem.FileSystem, path: string, length: number): Effect.Effect<boolean> =>
  length === 0
    ? Effect.succeed(true)
    : fs.stat(path).pipe(
        Effect.map(({ size }) => size >= length),
        Effect.catch(() => Effect.succeed(false))
      )
