/** The folders that configs are found in: which configs and groups exist, and what they hold. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import { type FileInvalid, FileUnreadable } from "./ConfigError.ts"
import * as ConfigFile from "./ConfigFile.ts"
import * as HydraTree from "./HydraTree.ts"
import { Source } from "./Source.ts"
import * as Yaml from "./Yaml.ts"

/** One folder, or the tree that is built in. */
export interface SearchPathEntry {
  /** Who asked for it: `hydra`, `main`, `command-line`, `hydra.searchpath in main`. */
  readonly provider: string
  /** A folder, or `pkg://hydra.conf` for the built-in tree. */
  readonly path: string
}

export const builtIn: SearchPathEntry = { provider: "hydra", path: "pkg://hydra.conf" }

/** A config that was found and read. */
export interface LoadedConfig extends ConfigFile.ConfigFile {
  /** Path below the search path, as it was asked for. */
  readonly name: string
  readonly entry: SearchPathEntry
  /** Undefined for a built-in config. */
  readonly source: Source | undefined
}

export type LoadError = FileInvalid | FileUnreadable

export interface Repository {
  readonly entries: ReadonlyArray<SearchPathEntry>
  /** The config from the first folder that has it; undefined where none does. Read once. */
  readonly load: (name: string) => Effect.Effect<LoadedConfig | undefined, LoadError>
  readonly hasConfig: (name: string) => Effect.Effect<boolean, FileUnreadable>
  readonly hasGroup: (name: string) => Effect.Effect<boolean, FileUnreadable>
  /** The names of a group's configs in all folders, sorted. */
  readonly options: (group: string) => Effect.Effect<ReadonlyArray<string>, FileUnreadable>
  /** The groups inside a group, sorted. */
  readonly groups: (group: string) => Effect.Effect<ReadonlyArray<string>, FileUnreadable>
  /** Whether a folder of the search path exists. */
  readonly isFolder: (entry: SearchPathEntry) => Effect.Effect<boolean, FileUnreadable>
  /** The same repository with more folders at the end; what was read stays read. */
  readonly extended: (more: ReadonlyArray<SearchPathEntry>) => Repository
}

interface Listing {
  readonly files: ReadonlySet<string>
  readonly folders: ReadonlySet<string>
}

interface Disk {
  readonly fs: FileSystem.FileSystem
  readonly path: Path.Path
  readonly read: Yaml.Reader
  readonly listings: Map<string, Listing | undefined>
  readonly loaded: Map<string, LoadedConfig | undefined>
  readonly show: (path: string) => string
}

/** A repository over folders; `cwd` is what relative folders and the paths in messages are relative to. */
export const make = (
  entries: ReadonlyArray<SearchPathEntry>,
  cwd: string
): Effect.Effect<Repository, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const read = yield* Yaml.reader
    const show = (file: string): string => {
      const relative = path.relative(cwd, file)
      return relative === "" || relative.startsWith("..") || path.isAbsolute(relative) ? file : relative
    }
    const absolute = entries.map((entry) => resolveEntry(entry, path, cwd))
    return over(absolute, { fs, path, read, listings: new Map(), loaded: new Map(), show }, cwd)
  })

const resolveEntry = (entry: SearchPathEntry, path: Path.Path, cwd: string): SearchPathEntry => {
  if (entry.path.startsWith("file://"))
    return { ...entry, path: path.resolve(cwd, entry.path.slice("file://".length)) }
  return entry.path.includes("://") ? entry : { ...entry, path: path.resolve(cwd, entry.path) }
}

const over = (entries: ReadonlyArray<SearchPathEntry>, disk: Disk, cwd: string): Repository => ({
  entries,
  load: (name) => load(entries, disk, name),
  hasConfig: (name) => Effect.map(find(entries, disk, name), (entry) => entry !== undefined),
  hasGroup: (name) => Effect.map(findGroup(entries, disk, name), (entry) => entry !== undefined),
  options: (group) => collect(entries, disk, group, "options"),
  groups: (group) => collect(entries, disk, group, "groups"),
  isFolder: (entry) => Effect.map(listing(disk, entry.path), (found) => found !== undefined),
  extended: (more) =>
    over([...entries, ...more.map((entry) => resolveEntry(entry, disk.path, cwd))], disk, cwd)
})

const isBuiltIn = (entry: SearchPathEntry): boolean => entry.path === builtIn.path
const isFolder = (entry: SearchPathEntry): boolean => !entry.path.includes("://")

/** Config names may carry their extension. */
const bareName = (name: string): string => (name.endsWith(".yaml") ? name.slice(0, -".yaml".length) : name)

const find = (entries: ReadonlyArray<SearchPathEntry>, disk: Disk, name: string) =>
  first(entries, (entry) => {
    if (isBuiltIn(entry)) return Effect.succeed(HydraTree.names.includes(bareName(name)))
    if (!isFolder(entry)) return Effect.succeed(false)
    const file = disk.path.join(entry.path, `${bareName(name)}.yaml`)
    return Effect.map(
      listing(disk, disk.path.dirname(file)),
      (found) => found?.files.has(disk.path.basename(file)) === true
    )
  })

const findGroup = (entries: ReadonlyArray<SearchPathEntry>, disk: Disk, name: string) =>
  first(entries, (entry) => {
    if (isBuiltIn(entry)) return Effect.succeed(builtInGroups.has(name))
    if (!isFolder(entry)) return Effect.succeed(false)
    return Effect.map(listing(disk, disk.path.join(entry.path, name)), (found) => found !== undefined)
  })

const builtInGroups: ReadonlySet<string> = new Set([
  "",
  ...HydraTree.names.flatMap((name) => {
    const parts = name.split("/").slice(0, -1)
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"))
  })
])

const first = (
  entries: ReadonlyArray<SearchPathEntry>,
  has: (entry: SearchPathEntry) => Effect.Effect<boolean, FileUnreadable>
): Effect.Effect<SearchPathEntry | undefined, FileUnreadable> =>
  Effect.gen(function* () {
    for (const entry of entries) if (yield* has(entry)) return entry
    return undefined
  })

/** What a folder holds, read once; undefined where there is no such folder. */
const listing = (disk: Disk, folder: string): Effect.Effect<Listing | undefined, FileUnreadable> => {
  if (disk.listings.has(folder)) return Effect.succeed(disk.listings.get(folder))
  return readListing(disk, folder).pipe(
    Effect.tap((found) => Effect.sync(() => disk.listings.set(folder, found)))
  )
}

const readListing = (disk: Disk, folder: string): Effect.Effect<Listing | undefined, FileUnreadable> =>
  Effect.gen(function* () {
    const found = yield* Effect.result(disk.fs.readDirectoryEntries(folder))
    if (Result.isFailure(found)) {
      return isAbsent(found.failure)
        ? undefined
        : yield* new FileUnreadable({ path: folder, cause: found.failure })
    }
    const files = new Set<string>()
    const folders = new Set<string>()
    for (const { name, type } of found.success) {
      const kind = type === "SymbolicLink" ? yield* linkKind(disk, disk.path.join(folder, name)) : type
      if (kind === "File") files.add(name)
      else if (kind === "Directory") folders.add(name)
    }
    return { files, folders }
  })

/** What a symbolic link leads to; a dangling one leads to nothing. */
const linkKind = (disk: Disk, path: string) =>
  Effect.map(Effect.result(disk.fs.stat(path)), (info) =>
    Result.isSuccess(info) ? info.success.type : undefined
  )

const isAbsent = (error: PlatformError): boolean =>
  error.reason._tag === "NotFound" || error.reason._tag === "BadResource"

const collect = (
  entries: ReadonlyArray<SearchPathEntry>,
  disk: Disk,
  group: string,
  kind: "options" | "groups"
): Effect.Effect<ReadonlyArray<string>, FileUnreadable> =>
  Effect.gen(function* () {
    const names = new Set<string>()
    for (const entry of entries) {
      if (isBuiltIn(entry)) for (const name of builtInNames(group, kind)) names.add(name)
      if (!isFolder(entry)) continue
      const found = yield* listing(disk, disk.path.join(entry.path, group))
      for (const name of found === undefined ? [] : namesIn(found, kind)) names.add(name)
    }
    return [...names].sort((one, other) => (one < other ? -1 : 1))
  })

const namesIn = (found: Listing, kind: "options" | "groups"): ReadonlyArray<string> => {
  if (kind === "groups") return [...found.folders].filter((name) => name !== "__pycache__")
  return [...found.files].filter((name) => name.endsWith(".yaml")).map(bareName)
}

const builtInNames = (group: string, kind: "options" | "groups"): ReadonlyArray<string> => {
  const prefix = group === "" ? "" : `${group}/`
  const below = HydraTree.names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
  if (kind === "options") return below.filter((name) => !name.includes("/"))
  return below.filter((name) => name.includes("/")).map((name) => name.slice(0, name.indexOf("/")))
}

const load = (
  entries: ReadonlyArray<SearchPathEntry>,
  disk: Disk,
  name: string
): Effect.Effect<LoadedConfig | undefined, LoadError> => {
  if (disk.loaded.has(name)) return Effect.succeed(disk.loaded.get(name))
  return Effect.gen(function* () {
    const entry = yield* find(entries, disk, name)
    const loaded = entry === undefined ? undefined : yield* loadFrom(entry, disk, name)
    disk.loaded.set(name, loaded)
    return loaded
  })
}

const loadFrom = (
  entry: SearchPathEntry,
  disk: Disk,
  name: string
): Effect.Effect<LoadedConfig | undefined, LoadError> => {
  if (isBuiltIn(entry)) return Effect.succeed(loadBuiltIn(entry, name))
  return Effect.gen(function* () {
    const file = disk.path.join(entry.path, `${bareName(name)}.yaml`)
    const text = yield* Effect.mapError(
      disk.fs.readFileString(file),
      (cause) => new FileUnreadable({ path: disk.show(file), cause })
    )
    const source = new Source(disk.show(file), text)
    return { name, entry, source, ...(yield* ConfigFile.read(disk.read, source)) }
  })
}

const loadBuiltIn = (entry: SearchPathEntry, name: string): LoadedConfig | undefined => {
  const found = HydraTree.find(bareName(name))
  if (found === undefined) return undefined
  const origin = found.node.origin
  const defaults = found.defaults.flatMap((item) =>
    Object.entries(item).map(([group, value]) => ({
      _tag: "Group" as const,
      group,
      package: undefined,
      value,
      optional: false,
      override: false,
      origin
    }))
  )
  const header = { package: found.package, disabled: undefined, problem: undefined }
  return { name, entry, source: undefined, node: found.node, defaults: Result.succeed(defaults), header }
}
