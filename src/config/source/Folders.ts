/** Reads folders and files, each at most once. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import { FileUnreadable } from "../problem/ConfigError.ts"

/** The content of a folder; symbolic links count as their targets. */
export interface Listing {
  readonly files: ReadonlySet<string>
  readonly folders: ReadonlySet<string>
}

export interface Folders {
  readonly path: Path.Path
  readonly exists: (folder: string) => Effect.Effect<boolean, FileUnreadable>
  /** The content of a folder, or undefined if it does not exist. `root` is a folder above it that is known to exist. */
  readonly list: (root: string, folder: string) => Effect.Effect<Listing | undefined, FileUnreadable>
  readonly hasFolder: (root: string, folder: string) => Effect.Effect<boolean, FileUnreadable>
  /** The text of a file, or undefined if it does not exist. `root` is a folder above it that is known to exist. */
  readonly text: (root: string, file: string) => Effect.Effect<string | undefined, FileUnreadable>
  /** The file's path as messages show it: relative to `cwd` if it is inside. */
  readonly show: (file: string, cwd: string) => string
}

interface State {
  readonly fs: FileSystem.FileSystem
  readonly path: Path.Path
  readonly listings: Map<string, Listing | undefined>
  readonly texts: Map<string, string | undefined>
}

export const make: Effect.Effect<Folders, never, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function* () {
    const state: State = {
      fs: yield* FileSystem.FileSystem,
      path: yield* Path.Path,
      listings: new Map(),
      texts: new Map()
    }
    const { path } = state
    return {
      path,
      exists: (folder) => Effect.map(listing(state, folder), (found) => found !== undefined),
      list: (root, folder) => list(state, root, folder),
      hasFolder: (root, folder) =>
        folder === root || !isBelow(state, root, folder)
          ? Effect.map(listing(state, folder), (found) => found !== undefined)
          : contains(state, root, folder, "folders"),
      text: (root, file) =>
        state.texts.has(file) ? Effect.succeed(state.texts.get(file)) : readText(state, root, file),
      show: (file, cwd) => {
        const relative = path.relative(cwd, file)
        return relative === "" || relative.startsWith("..") || path.isAbsolute(relative) ? file : relative
      }
    }
  }
)

const contains = (
  state: State,
  root: string,
  name: string,
  kind: keyof Listing
): Effect.Effect<boolean, FileUnreadable> =>
  Effect.map(
    list(state, root, state.path.dirname(name)),
    (found) => found?.[kind].has(state.path.basename(name)) === true
  )

const isBelow = ({ path }: State, root: string, folder: string): boolean => folder.startsWith(root + path.sep)

/** Asks the parent folders first, so that what does not exist is not read. */
const list = (
  state: State,
  root: string,
  folder: string
): Effect.Effect<Listing | undefined, FileUnreadable> => {
  if (state.listings.has(folder)) return Effect.succeed(state.listings.get(folder))
  if (folder === root || !isBelow(state, root, folder)) return listing(state, folder)
  return Effect.flatMap(list(state, root, state.path.dirname(folder)), (above) =>
    above?.folders.has(state.path.basename(folder)) === true
      ? listing(state, folder)
      : Effect.succeed(undefined)
  )
}

const listing = (state: State, folder: string): Effect.Effect<Listing | undefined, FileUnreadable> => {
  if (state.listings.has(folder)) return Effect.succeed(state.listings.get(folder))
  return Effect.tap(readListing(state, folder), (found) =>
    Effect.sync(() => state.listings.set(folder, found))
  )
}

const readListing = (state: State, folder: string): Effect.Effect<Listing | undefined, FileUnreadable> =>
  Effect.gen(function* () {
    const found = yield* Effect.result(state.fs.readDirectoryEntries(folder))
    if (Result.isFailure(found)) {
      return isAbsent(found.failure)
        ? undefined
        : yield* new FileUnreadable({ path: folder, cause: found.failure })
    }
    const files = new Set<string>()
    const folders = new Set<string>()
    for (const { name, type } of found.success) {
      const kind = type === "SymbolicLink" ? yield* linkKind(state, state.path.join(folder, name)) : type
      if (kind === "File") files.add(name)
      else if (kind === "Directory") folders.add(name)
    }
    return { files, folders }
  })

/** The kind of a symbolic link's target; undefined if the link is broken. */
const linkKind = (state: State, path: string) =>
  Effect.map(Effect.result(state.fs.stat(path)), (info) =>
    Result.isSuccess(info) ? info.success.type : undefined
  )

const isAbsent = (error: PlatformError): boolean =>
  error.reason._tag === "NotFound" || error.reason._tag === "BadResource"

/** Whether what has been listed so far says that a file does not exist. */
const isListedAbsent = (state: State, root: string, file: string): boolean => {
  let [name, kind]: [string, keyof Listing] = [file, "files"]
  while (isBelow(state, root, name)) {
    const folder = state.path.dirname(name)
    const found = state.listings.get(folder)
    if (found !== undefined) return !found[kind].has(state.path.basename(name))
    ;[name, kind] = [folder, "folders"]
  }
  return false
}

/** Reads without listing first, because most files that are asked for exist. */
const readText = (
  state: State,
  root: string,
  file: string
): Effect.Effect<string | undefined, FileUnreadable> =>
  Effect.suspend(() =>
    file.includes("\0") || isListedAbsent(state, root, file)
      ? Effect.succeed(undefined)
      : state.fs.readFileString(file)
  ).pipe(
    Effect.catch((cause) =>
      isAbsent(cause) ? Effect.succeed(undefined) : unreadable(state, root, file, cause)
    ),
    Effect.tap((text) => Effect.sync(() => state.texts.set(file, text)))
  )

/** A file whose name no file can have does not exist. */
const unreadable = (state: State, root: string, file: string, cause: PlatformError) =>
  Effect.flatMap(contains(state, root, file, "files"), (exists) =>
    exists ? new FileUnreadable({ path: file, cause }) : Effect.succeed(undefined)
  )
