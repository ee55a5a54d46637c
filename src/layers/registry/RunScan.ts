/** Reads runs from their directories, from which the registry is built. */
import { join, sep } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as CheckpointReference from "../checkpoint/CheckpointReference.ts"
import * as RunLock from "../run/RunLock.ts"
import * as RunRecordFile from "../run/RunRecordFile.ts"
import type { Found } from "./RegistryDatabase.ts"
import * as RunEntry from "./RunEntry.ts"

/** How many folders are read at once. */
const concurrency = 16

/** Whether a run whose status is running has lost its process. */
const crashed = (fs: FileSystem.FileSystem, path: string): Effect.Effect<boolean> =>
  RunLock.isHeld(fs, RunLock.pathIn(path)).pipe(
    Effect.map((held) => !held),
    Effect.catch(() => Effect.succeed(false))
  )

/** When the record of a run was last written, in milliseconds since 1970; 0 if there is none. */
export const written = (fs: FileSystem.FileSystem, path: string): Effect.Effect<number> =>
  fs.stat(join(path, RunRecordFile.name)).pipe(
    Effect.map(({ mtime }) => Option.match(mtime, { onNone: () => 0, onSome: (date) => date.getTime() })),
    Effect.catch(() => Effect.succeed(0))
  )

/** The run in a directory; none if it holds none. A record that exists and cannot be read is reported. */
export const read = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<Option.Option<Found>> {
  const at = yield* written(fs, path)
  const record = yield* RunRecordFile.read(fs, path).pipe(
    Effect.asSome,
    Effect.catch((error) =>
      Effect.as(at === 0 ? Effect.void : Effect.logWarning(error.message), Option.none())
    )
  )
  if (Option.isNone(record)) return Option.none()
  const lost = record.value.status === "running" && (yield* crashed(fs, path))
  const saved = yield* CheckpointReference.wholeIn(fs, join(path, "checkpoints")).pipe(
    Effect.catch((error) => Effect.as(Effect.logWarning(error.message), []))
  )
  return Option.some({
    run: RunEntry.fromRecord(path, record.value, lost),
    checkpoints: saved.map(RunEntry.fromSaved),
    written: at
  })
})

/** Run directories at `path` or below it; folders inside a run directory are not searched. */
export const find = (
  fs: FileSystem.FileSystem,
  path: string
): Effect.Effect<ReadonlyArray<string>, PlatformError> =>
  Effect.gen(function* () {
    const entries = yield* fs.readDirectoryEntries(path)
    if (entries.some(({ name }) => name === RunRecordFile.name)) return [path]
    const below = entries.filter(({ name, type }) => type === "Directory" && !name.startsWith("."))
    const found = yield* Effect.forEach(below, ({ name }) => find(fs, join(path, name)), { concurrency })
    return found.flat()
  })

/** Every run at `path` or below it. */
export const readAll = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<ReadonlyArray<Found>, PlatformError> {
  if (!(yield* fs.exists(path))) return []
  const paths = yield* find(fs, path)
  const found = yield* Effect.forEach(paths, (one) => read(fs, one), { concurrency })
  return found.flatMap(Option.toArray)
})

/** Names of the folders in `path`; empty if it is not a folder. There may be thousands, so paths are joined by hand. */
const foldersIn = (fs: FileSystem.FileSystem, path: string): Effect.Effect<ReadonlyArray<string>> =>
  fs.readDirectoryEntries(path).pipe(
    Effect.map((entries) =>
      entries
        .filter(({ name, type }) => type === "Directory" && !name.startsWith("."))
        .map(({ name }) => name)
    ),
    Effect.catch(() => Effect.succeed([]))
  )

const below = (fs: FileSystem.FileSystem, folders: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(
      folders,
      (folder) => Effect.map(foldersIn(fs, folder), (names) => names.map((name) => `${folder}${sep}${name}`)),
      { concurrency }
    ),
    (found) => found.flat()
  )

/** The runs of a sweep, or the run if the folder is itself one. */
const jobsIn = (fs: FileSystem.FileSystem, path: string): Effect.Effect<ReadonlyArray<string>> =>
  fs.exists(join(path, RunRecordFile.name)).pipe(
    Effect.catch(() => Effect.succeed(false)),
    Effect.flatMap((isRun) => (isRun ? Effect.succeed([path]) : below(fs, [path])))
  )

/**
 * Where runs are in the usual layout, `<kind>/<task>/<experiment>/<run>`, `…/multirun/<run>` and
 * `…/multirun/<sweep>/<run>`, by names alone: no run is opened, so that this takes milliseconds for thousands.
 */
export const usualPlaces = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  root: string
): Effect.fn.Return<ReadonlyArray<string>> {
  const experiments = yield* below(fs, yield* below(fs, yield* below(fs, [root])))
  const runs = yield* below(fs, experiments)
  const ofSweeps = (path: string): boolean => path.endsWith(`${sep}multirun`)
  const sweeps = yield* below(fs, runs.filter(ofSweeps))
  const jobs = yield* Effect.forEach(sweeps, (path) => jobsIn(fs, path), { concurrency })
  return [...runs.filter((path) => !ofSweeps(path)), ...jobs.flat()]
})
