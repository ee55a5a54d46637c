/**
 * One entry of the defaults tree: which config it names, and in which package the config's content goes.
 *
 * An entry gets its parent's folder and package while the tree is built, and a group's entry can get another option;
 * nothing else about it changes.
 */

import { type Origin, type Place, placeOf } from "../node/Source.ts"
import type { Override } from "../override/Override.ts"
import type { DefaultItem } from "../source/DefaultItem.ts"

/** What decided a group's option: its own list, a config's `override`, or the command line. */
export type Decision =
  | { readonly _tag: "Listed" }
  | { readonly _tag: "Config"; readonly config: string; readonly origin: Origin }
  | { readonly _tag: "CommandLine"; readonly override: Override }

/** Where the option was decided, unless it was by its own list. */
export const decidedAt = (decision: Decision): Place | undefined => {
  if (decision._tag === "Config") return placeOf(decision.origin)
  if (decision._tag === "Listed") return undefined
  const { input, index } = decision.override
  return { _tag: "Override", override: input, index, column: 1 }
}

export interface Default {
  readonly kind: "group" | "config"
  /** The group, or the path of a config; a leading slash makes it absolute. */
  path: string
  /** The option of a group: a name, null for none, or several names. Unused for a config. */
  value: string | null | ReadonlyArray<string>
  package: string | undefined
  readonly optional: boolean
  readonly override: boolean
  /** Added on the command line with `+`. */
  readonly external: boolean
  readonly primary: boolean
  readonly origin: Origin | undefined
  header: string | undefined
  parentFolder: string
  parentPackage: string
  deleted: boolean
  decision: Decision
}

const base = {
  optional: false,
  override: false,
  external: false,
  primary: false,
  origin: undefined,
  header: undefined,
  parentFolder: "",
  parentPackage: "",
  deleted: false,
  decision: { _tag: "Listed" }
} as const

export const primary = (path: string): Default => ({
  ...base,
  kind: "config",
  path,
  value: null,
  package: undefined,
  primary: true
})

export const config = (path: string, pkg: string | undefined = undefined): Default => ({
  ...base,
  kind: "config",
  path,
  value: null,
  package: pkg
})

export const appended = (override: Override, value: string | ReadonlyArray<string>): Default => ({
  ...base,
  kind: "group",
  path: override.key.keyOrGroup,
  value,
  package: override.key.package === "_here_" ? "" : override.key.package,
  external: true,
  decision: { _tag: "CommandLine", override }
})

export const fromItem = (item: DefaultItem): Default =>
  item._tag === "Config"
    ? { ...base, kind: "config", path: item.path, value: null, package: item.package, origin: item.origin }
    : {
        ...base,
        kind: "group",
        path: item.group,
        value: item.value,
        package: item.package,
        optional: item.optional,
        override: item.override,
        origin: item.origin
      }

/** One of several options of a group, as an entry of its own. */
export const option = (group: Default, name: string): Default => ({
  ...base,
  kind: "config",
  path: `${group.path}/${name}`,
  value: null,
  package: group.package,
  optional: group.optional,
  origin: group.origin,
  decision: group.decision
})

export const isSelf = (entry: Default): boolean =>
  (entry.kind === "group" ? entry.value : entry.path) === "_self_"

const isAbsolute = (entry: Default): boolean => entry.path.startsWith("/")
const bare = (entry: Default): string => (isAbsolute(entry) ? entry.path.slice(1) : entry.path)
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
/** Joins two paths, or two packages, either of which may be empty. */
const joined = (outer: string, separator: "/" | ".", inner: string): string => {
  if (outer === "") return inner
  return inner === "" ? outer : `${outer}${separator}${inner}`
}
const below = (folder: string, path: string): string => joined(folder, "/", path)

/** Gives an entry its parent's folder and package; `_group_` in its own package is replaced by its group's. */
export const place = (entry: Default, folder: string, pkg: string): void => {
  entry.parentFolder = folder
  entry.parentPackage = pkg
  if (entry.package?.includes("_group_") === true) {
    entry.package = `_global_.${entry.package.replaceAll("_group_", defaultPackage(entry))}`
  }
}

/** The group's path from the root of the search path; for a config, its folder. */
export const groupPath = (entry: Default): string => {
  const group = entry.kind === "group" ? bare(entry) : parentOf(bare(entry))
  return isAbsolute(entry) ? group : below(entry.parentFolder, group)
}

/** The name of the config, null for a group without option. An entry with several options has no name. */
export const nameOf = (entry: Default): string | null => {
  if (entry.kind === "config") return entry.path.slice(entry.path.lastIndexOf("/") + 1)
  return typeof entry.value === "string" ? entry.value : null
}

/** The config's path from the root of the search path. */
export const configPath = (entry: Default): string => {
  if (entry.kind === "group") return `${groupPath(entry)}/${nameOf(entry) ?? "None"}`
  return isAbsolute(entry) ? bare(entry) : below(entry.parentFolder, entry.path)
}

/** The package of a group that is given no other: its path with dots. */
export const defaultPackage = (entry: Default): string => groupPath(entry).replaceAll("/", ".")

/** A header's package is absolute. */
export const setHeader = (entry: Default, header: string | undefined): void => {
  if (header === undefined) return
  const global = header === "_global_" || header.startsWith("_global_.")
  entry.header = global ? header : joined("_global_", ".", header)
}

const relativeGroup = (entry: Default): string =>
  entry.kind === "group" ? bare(entry) : parentOf(bare(entry))

/** The package the content goes to, from the root of the configuration; "" is the root. */
export const finalPackage = (entry: Default, withHeader = true): string => {
  const own =
    entry.package ?? (withHeader ? entry.header : undefined) ?? relativeGroup(entry).replaceAll("/", ".")
  const full = joined(entry.parentPackage, ".", own)
  const global = full.lastIndexOf("_global_")
  return global === -1 ? full : full.slice(global + "_global_".length + 1)
}

/** What names this entry on the command line: `db`, or `db@pkg` where it goes to another package than its group's. */
export const overrideKey = (entry: Default): string => {
  const pkg = finalPackage(entry, false)
  const group = groupPath(entry)
  return pkg === defaultPackage(entry) ? group : `${group}@${pkg === "" ? "_global_" : pkg}`
}

/** Whether the option, or the path of a config, is an interpolation. */
export const isInterpolation = (entry: Default): boolean =>
  entry.kind === "config"
    ? configPath(entry).includes("${")
    : typeof entry.value === "string" && entry.value.includes("${")

export const isMissing = (entry: Default): boolean =>
  entry.kind === "config" ? nameOf(entry) === "???" : entry.value === "???"
