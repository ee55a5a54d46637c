/**
 * The files that a run's spool may name: regular files inside the run directory, not reached through a link. A run
 * directory may come from anywhere, and the files that its spool names are sent to a server.
 */
import { isAbsolute, join, normalize, relative } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type { RunDirectory } from "../../../pipeline/run/RunDirectory.ts"
import * as Foreign from "../../internal/Foreign.ts"
import { type DeliveryError, refusal, unreadable } from "./Delivery.ts"

export interface RunFolder {
  /** The run directory as the delivering process sees it. */
  readonly path: string
  /** Its path as recorded in the spool; entries of older spools name checkpoints by absolute path. */
  readonly recorded: string
}

/** The folder of a run of this process. */
export const folderOf = ({ path }: RunDirectory["Service"]): RunFolder => ({ path, recorded: path })

export interface RunFile {
  /** Relative to the given file or folder; empty if that is the file itself. */
  readonly name: string
  /** Absolute. */
  readonly path: string
}

const refused = (file: string, why: string): DeliveryError =>
  refusal(
    `it names ${Foreign.quoted(file)}, ${why}: only files inside the run directory are sent, and none through a link. If you trust this run, remove that entry from its spool`
  )

const isInside = (name: string): boolean => !isAbsolute(name) && !/^\.\.(?:\/|$)|\0/.test(name)

/** The file relative to the run directory; undefined if it is outside. */
export const nameIn = ({ path, recorded }: RunFolder, file: string): string | undefined => {
  const names = isAbsolute(file) ? [relative(path, file), relative(recorded, file)] : [normalize(file)]
  return names.find(isInside)
}

/**
 * Reading a link fails for a file that is not a link or does not exist; a file that cannot be examined cannot be
 * opened either.
 */
const isLink = (fs: FileSystem.FileSystem, path: string): Effect.Effect<boolean> =>
  fs.readLink(path).pipe(
    Effect.as(true),
    Effect.catch(() => Effect.succeed(false))
  )

/** The path of `file`, which need not exist; refused if it is outside of the run or behind a link. */
export const locate = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: RunFolder,
  file: string
): Effect.fn.Return<string, DeliveryError> {
  const name = nameIn(run, file)
  if (name === undefined) return yield* refused(file, "which is outside of the run")
  let path = run.path
  for (const part of name.split("/")) {
    path = join(path, part)
    if (path !== run.path && (yield* isLink(fs, path))) {
      return yield* refused(file, "which is behind a symbolic link")
    }
  }
  return path
})

/** The bytes of a file of the run. */
export const read = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: RunFolder,
  file: string
): Effect.fn.Return<Uint8Array, DeliveryError> {
  const path = yield* locate(fs, run, file)
  const { type } = yield* fs.stat(path).pipe(Effect.mapError(unreadable))
  if (type !== "File") return yield* refused(file, "which is not a file")
  return yield* fs.readFile(path).pipe(Effect.mapError(unreadable))
})

const isNotFound = (error: PlatformError): boolean => error.reason._tag === "NotFound"

/** The file, or all files of the folder, in the order of their names; empty if it is gone. */
export const list = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: RunFolder,
  file: string
): Effect.fn.Return<ReadonlyArray<RunFile>, DeliveryError> {
  const path = yield* locate(fs, run, file)
  const found = yield* listed(fs, path).pipe(
    Effect.catchIf(isNotFound, () => Effect.succeed([])),
    Effect.mapError(unreadable)
  )
  const files = yield* Effect.forEach(found, (name) =>
    Effect.gen(function* () {
      const whole = yield* locate(fs, run, join(path, name))
      const { type } = yield* fs.stat(whole).pipe(Effect.mapError(unreadable))
      return type === "File" ? [{ name, path: whole }] : []
    })
  )
  return files.flat().sort((a, b) => (a.name < b.name ? -1 : 1))
})

const listed = (fs: FileSystem.FileSystem, path: string) =>
  Effect.flatMap(fs.stat(path), ({ type }) =>
    type === "Directory" ? fs.readDirectory(path, { recursive: true }) : Effect.succeed([""])
  )
