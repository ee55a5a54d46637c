/** The folders that configs are found in: which configs and groups exist, and their content. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import { Source } from "../node/Source.ts"
import type { FileInvalid, FileUnreadable } from "../problem/ConfigError.ts"
import * as ConfigFile from "./ConfigFile.ts"
import * as Folders from "./Folders.ts"
import * as HydraTree from "./HydraTree.ts"

/** One folder, or the tree that is built in. */
export interface SearchPathEntry {
  /** What added it: `hydra`, `main`, `command-line`, `hydra.searchpath in main`. */
  readonly provider: string
  /** A folder, `pkg://name` for a folder inside a package, or `pkg://hydra.conf` for the built-in tree. */
  readonly path: string
  /** Where the package's folder was found; undefined for other entries, and for a package that does not exist. */
  readonly folder?: string
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
  /** The config from the first folder that has it, or undefined if none does. It is read once. */
  readonly load: (name: string) => Effect.Effect<LoadedConfig | undefined, LoadError>
  readonly hasConfig: (name: string) => Effect.Effect<boolean, FileUnreadable>
  readonly hasGroup: (name: string) => Effect.Effect<boolean, FileUnreadable>
  /** The names of a group's configs in all folders, sorted. */
  readonly options: (group: string) => Effect.Effect<ReadonlyArray<string>, FileUnreadable>
  /** The groups inside a group, sorted. */
  readonly groups: (group: string) => Effect.Effect<ReadonlyArray<string>, FileUnreadable>
  /** Whether a folder of the search path exists. */
  readonly isFolder: (entry: SearchPathEntry) => Effect.Effect<boolean, FileUnreadable>
  /** The same repository with more folders at the end; what has been read is kept. */
  readonly extended: (more: ReadonlyArray<SearchPathEntry>) => Effect.Effect<Repository, FileUnreadable>
}

/** Configs that have been read, by file: several compositions of one program can share them. */
export type Cache = Map<string, ConfigFile.ConfigFile & { readonly source: Source }>

interface Disk {
  readonly folders: Folders.Folders
  readonly cache: Cache
  /** What `load` found, by name; where a name is found depends on the search path, so repositories do not share this. */
  readonly loaded: Map<string, LoadedConfig | undefined>
  readonly places: Places
}

/** What paths are relative to. */
export interface Places {
  /** What relative folders and the paths in messages are relative to. */
  readonly cwd: string
  /** Folders in which packages are looked up, such as `node_modules`. Default: none. */
  readonly packageFolders?: ReadonlyArray<string> | undefined
}

/** A repository over folders. */
export const make = (
  entries: ReadonlyArray<SearchPathEntry>,
  places: Places,
  cache: Cache = new Map()
): Effect.Effect<Repository, FileUnreadable, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const disk: Disk = { folders: yield* Folders.make, cache, loaded: new Map(), places }
    return over(yield* resolveEntries(entries, disk), disk)
  })

const resolveEntries = (
  entries: ReadonlyArray<SearchPathEntry>,
  disk: Disk
): Effect.Effect<ReadonlyArray<SearchPathEntry>, FileUnreadable> =>
  Effect.forEach(entries, (entry) => {
    if (entry.path.startsWith("pkg://")) return findPackage(entry, disk)
    const path = entry.path.startsWith("file://") ? entry.path.slice("file://".length) : entry.path
    const resolved = path.includes("://") ? path : disk.folders.path.resolve(disk.places.cwd, path)
    return Effect.succeed({ ...entry, path: resolved })
  })

/** `pkg://a.b` is the folder `a.b`, or else `a/b`, in the first package folder that has it. */
const findPackage = (entry: SearchPathEntry, disk: Disk): Effect.Effect<SearchPathEntry, FileUnreadable> =>
  Effect.gen(function* () {
    if (isBuiltIn(entry)) return entry
    const name = entry.path.slice("pkg://".length)
    for (const root of disk.places.packageFolders ?? []) {
      for (const relative of [name, name.replaceAll(".", "/")]) {
        const folder = disk.folders.path.resolve(disk.places.cwd, root, relative)
        if (yield* disk.folders.exists(folder)) return { ...entry, folder }
      }
    }
    return entry
  })

const over = (entries: ReadonlyArray<SearchPathEntry>, disk: Disk): Repository => ({
  entries,
  load: (name) => load(entries, disk, name),
  hasConfig: (name) => Effect.map(find(entries, disk, name), (entry) => entry !== undefined),
  hasGroup: (name) => Effect.map(findGroup(entries, disk, name), (entry) => entry !== undefined),
  options: (group) => collect(entries, disk, group, "options"),
  groups: (group) => collect(entries, disk, group, "groups"),
  isFolder: (entry) => {
    const folder = folderOf(entry)
    return folder === undefined ? Effect.succeed(false) : disk.folders.exists(folder)
  },
  extended: (more) => Effect.map(resolveEntries(more, disk), (added) => over([...entries, ...added], disk))
})

const isBuiltIn = (entry: SearchPathEntry): boolean => entry.path === builtIn.path
/** The folder of an entry; undefined for the built-in tree and for a package that does not exist. */
const folderOf = (entry: SearchPathEntry): string | undefined =>
  entry.folder ?? (entry.path.includes("://") ? undefined : entry.path)

/** The name of a config without the extension that it may have. */
const bareName = (name: string): string => (name.endsWith(".yaml") ? name.slice(0, -".yaml".length) : name)

const fileOf = (entry: SearchPathEntry, { folders }: Disk, name: string): string =>
  folders.path.join(folderOf(entry) ?? "", `${bareName(name)}.yaml`)

const find = (entries: ReadonlyArray<SearchPathEntry>, disk: Disk, name: string) =>
  first(entries, (entry) => {
    if (isBuiltIn(entry)) return Effect.succeed(HydraTree.has(bareName(name)))
    const folder = folderOf(entry)
    if (folder === undefined) return Effect.succeed(false)
    const file = fileOf(entry, disk, name)
    return disk.cache.has(file)
      ? Effect.succeed(true)
      : Effect.map(disk.folders.text(folder, file), (text) => text !== undefined)
  })

const findGroup = (entries: ReadonlyArray<SearchPathEntry>, disk: Disk, name: string) =>
  first(entries, (entry) => {
    if (isBuiltIn(entry)) return Effect.succeed(HydraTree.groups.has(name))
    const folder = folderOf(entry)
    return folder === undefined
      ? Effect.succeed(false)
      : disk.folders.hasFolder(folder, disk.folders.path.join(folder, name))
  })

const first = (
  entries: ReadonlyArray<SearchPathEntry>,
  has: (entry: SearchPathEntry) => Effect.Effect<boolean, FileUnreadable>
): Effect.Effect<SearchPathEntry | undefined, FileUnreadable> =>
  Effect.gen(function* () {
    for (const entry of entries) if (yield* has(entry)) return entry
    return undefined
  })

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
      const folder = folderOf(entry)
      if (folder === undefined) continue
      const found = yield* disk.folders.list(folder, disk.folders.path.join(folder, group))
      for (const name of found === undefined ? [] : namesIn(found, kind)) names.add(name)
    }
    return [...names].sort((one, other) => (one < other ? -1 : 1))
  })

const namesIn = (found: Folders.Listing, kind: "options" | "groups"): ReadonlyArray<string> => {
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
  return find(entries, disk, name).pipe(
    Effect.flatMap((entry) =>
      entry === undefined ? Effect.succeed(undefined) : loadFrom(entry, disk, name)
    ),
    Effect.tap((loaded) => Effect.sync(() => disk.loaded.set(name, loaded)))
  )
}

const loadFrom = (
  entry: SearchPathEntry,
  disk: Disk,
  name: string
): Effect.Effect<LoadedConfig | undefined, LoadError> => {
  if (isBuiltIn(entry)) return Effect.succeed(loadBuiltIn(entry, name))
  const file = fileOf(entry, disk, name)
  const cached = disk.cache.get(file)
  if (cached !== undefined) return Effect.succeed({ name, entry, ...cached })
  return Effect.gen(function* () {
    const text = yield* disk.folders.text(folderOf(entry) ?? "", file)
    if (text === undefined) return undefined
    const source = new Source(disk.folders.show(file, disk.places.cwd), text)
    const read = { source, ...(yield* ConfigFile.read(source)) }
    // The same file may have been read meanwhile under another name: one file has one source.
    const config = disk.cache.get(file) ?? read
    disk.cache.set(file, config)
    return { name, entry, ...config }
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
