/**
 * Writing that survives a crash: bytes and names reach the disk before anything relies on them.
 *
 * Node finishes a call that it has started even if the fiber is interrupted. An interrupted fiber therefore waits
 * here for the call in progress: otherwise its bytes could arrive after the clean-up, or in what the next writer
 * creates.
 */
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Thrown from "./Thrown.ts"

/** Bytes gathered before one write call, so that many small tensors do not cost a call each. */
const gathered = 1 << 20

/** The same bytes in fewer pieces; pieces of at least `gathered` bytes are passed on without a copy. */
function* gather(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Array<Uint8Array> = []
  let length = 0
  for (const chunk of chunks) {
    if (length > 0 && length + chunk.length > gathered) {
      yield Buffer.concat(waiting)
      waiting = []
      length = 0
    }
    if (chunk.length >= gathered) yield chunk
    else {
      waiting.push(chunk)
      length += chunk.length
    }
  }
  if (length > 0) yield Buffer.concat(waiting)
}

/** Writes a file anew and flushes its bytes to the disk; its name is durable after `syncFolder`. */
export const writeFile = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  chunks: Iterable<Uint8Array>
): Effect.fn.Return<void, PlatformError> {
  yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* fs.open(path, { flag: "w" })
      for (const chunk of gather(chunks)) yield* Effect.uninterruptible(file.writeAll(chunk))
      yield* Effect.uninterruptible(file.sync)
    })
  )
})

/** Flushes the names in a folder: files created, renamed and removed there. */
export const syncFolder = (fs: FileSystem.FileSystem, path: string): Effect.Effect<void, PlatformError> =>
  Effect.scoped(Effect.flatMap(fs.open(path, { flag: "r" }), (folder) => folder.sync))

/** Replaces a file by new bytes in one step: at every instant the file is either the old one or the new one. */
export const replaceFile = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  chunks: Iterable<Uint8Array>
): Effect.fn.Return<void, PlatformError> {
  const beside = `${path}.tmp`
  yield* writeFile(fs, beside, chunks).pipe(
    Effect.andThen(Effect.uninterruptible(fs.rename(beside, path))),
    Effect.onError(() => Effect.ignore(fs.remove(beside, { force: true })))
  )
  yield* syncFolder(fs, dirname(path))
})

/** The code of the operating system behind a failed call, such as `ENOSPC`. */
export const codeOf = ({ reason }: PlatformError): string | undefined => Thrown.code(reason.cause)

export const isDiskFull = (error: PlatformError): boolean =>
  codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT"

/** The codes of a process that may not open more files. */
export const isExhausted = (code: string | undefined): boolean => code === "EMFILE" || code === "ENFILE"

/** What failed, as a sentence for people. */
export const problemOf = (error: PlatformError): string => {
  if (isDiskFull(error)) return "the disk is full"
  if (error.reason._tag === "PermissionDenied") return "this user may not write there"
  if (error.reason._tag === "NotFound") return "it does not exist"
  const code = codeOf(error)
  if (isExhausted(code)) return "too many files are open; ulimit -n raises their number"
  if (code === "EROFS") return "the file system is mounted read-only"
  return code === undefined ? error.reason.message : `${code} in ${error.reason.method}`
}
