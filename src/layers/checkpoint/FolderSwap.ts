/**
 * Replacing a folder so that a complete one can be found at every instant.
 *
 * POSIX renames a folder only onto nothing or onto an empty folder, so a replacement takes two renames: `last` moves
 * to `last.previous`, the new folder to `last`, and only then is `last.previous` removed. Between the two renames
 * `last.previous` is the checkpoint: a reader that does not find `last` looks there next, and the next opening moves
 * it back. Plain folders without links, so that people can copy and archive them with any tool.
 */
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Durable from "../internal/Durable.ts"

const previousSuffix = ".previous"
const temporaryPrefix = ".tmp-"

const previousOf = (folder: string): string => `${folder}${previousSuffix}`

/** Where a folder is assembled before it gets the name `name`. */
export const temporary = (parent: string, name: string): string => join(parent, `${temporaryPrefix}${name}`)

/** The folder to use for `folder` now: itself, or its previous state if a crash left only that. */
export const standing = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<Option.Option<string>, PlatformError> {
  if (yield* fs.exists(folder)) return Option.some(folder)
  return (yield* fs.exists(previousOf(folder))) ? Option.some(previousOf(folder)) : Option.none()
})

const discard = (fs: FileSystem.FileSystem, folder: string) =>
  fs.remove(folder, { recursive: true, force: true })

/**
 * Gives `made` the name `folder`, replacing the folder of that name. It is uninterruptible; if the second rename
 * fails, the first is undone. Nothing is left beside `folder`, whether it fails or not.
 */
export const swap = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  made: string,
  folder: string
): Effect.fn.Return<void, PlatformError> {
  const previous = previousOf(folder)
  const replaces = yield* fs.exists(folder)
  if (replaces) {
    yield* discard(fs, previous)
    yield* fs.rename(folder, previous)
  }
  yield* fs
    .rename(made, folder)
    .pipe(Effect.onError(() => (replaces ? Effect.ignore(fs.rename(previous, folder)) : Effect.void)))
  yield* Durable.syncFolder(fs, dirname(folder))
  yield* discard(fs, previous)
}, Effect.uninterruptible)

/** Removes a folder so that a partly removed one is never seen under its name. */
export const remove = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<void, PlatformError> {
  const parent = dirname(folder)
  const doomed = temporary(parent, `removed-${folder.slice(parent.length + 1)}`)
  yield* discard(fs, doomed)
  yield* fs.rename(folder, doomed)
  yield* discard(fs, previousOf(folder))
  yield* Durable.syncFolder(fs, parent)
  yield* discard(fs, doomed)
}, Effect.uninterruptible)

/** Names of the folders in `parent`, including those of which a crash left only the previous state. */
export const names = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  parent: string
): Effect.fn.Return<ReadonlyArray<string>, PlatformError> {
  if (!(yield* fs.exists(parent))) return []
  const entries = yield* fs.readDirectoryEntries(parent)
  const folders = entries
    .filter(({ name, type }) => type !== "File" && !name.startsWith("."))
    .map(({ name }) => (name.endsWith(previousSuffix) ? name.slice(0, -previousSuffix.length) : name))
  return [...new Set(folders)].sort()
})

/** Repairs what a crash left: unfinished folders are removed; if only the previous folder exists, it is moved back. */
export const recover = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  parent: string,
  isWhole: (folder: string) => Effect.Effect<boolean>
): Effect.fn.Return<void, PlatformError> {
  if (!(yield* fs.exists(parent))) return
  for (const name of yield* fs.readDirectory(parent)) {
    const path = join(parent, name)
    if (name.startsWith(temporaryPrefix)) yield* discard(fs, path)
    else if (name.endsWith(previousSuffix)) yield* settle(fs, path, isWhole)
  }
})

const settle = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  previous: string,
  isWhole: (folder: string) => Effect.Effect<boolean>
): Effect.fn.Return<void, PlatformError> {
  const folder = previous.slice(0, -previousSuffix.length)
  if (yield* isWhole(folder)) return yield* discard(fs, previous)
  if (!(yield* isWhole(previous))) return
  yield* discard(fs, folder)
  yield* fs.rename(previous, folder)
  yield* Durable.syncFolder(fs, dirname(folder))
})
