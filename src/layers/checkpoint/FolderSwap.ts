/**
 * Replacing a folder so that at every instant a whole one can be found.
 *
 * POSIX renames a folder onto nothing or onto an empty folder only, so a replacement takes two renames: `last`
 * moves to `last.previous`, the new folder to `last`, and only then `last.previous` goes. Between the two,
 * `last.previous` is the checkpoint: whoever looks for `last` looks there next, and the next opening moves it
 * back. Plain folders, so that people may copy and archive them with any tool; no links.
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

/** Where a folder is put together before it takes the name `name`. */
export const temporary = (parent: string, name: string): string => join(parent, `${temporaryPrefix}${name}`)

/** The folder that stands for `folder` now: itself, or what a crash left as its previous state. */
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
 * Gives `made` the name `folder`, in place of what has it. Once started it is not interrupted; when the second
 * rename fails, the first is undone. Beside `folder` nothing is left, whether it fails or not.
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

/** Removes a folder so that no half of it is ever seen under its name. */
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

/** Names of the folders that stand in `parent`, those that only a crash's leftover stands for included. */
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

/** Puts right what a crash left: half-made folders go; where only the previous folder stands, it comes back. */
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
