/** The defaults tree, and the list of configs to merge that is read from it. */

import { placeOf } from "../node/Source.ts"
import { DefaultsInvalid } from "../problem/ConfigError.ts"
import * as Default from "./Default.ts"

/** An entry and, if its config has a defaults list, the entries of that list in order. */
export interface Tree {
  readonly entry: Default.Default
  readonly parent: Tree | undefined
  children: ReadonlyArray<Tree> | undefined
}

/** One config of the final list: what is merged, in this order. */
export interface ResultDefault {
  /** Path below the search path: `db/mysql`. */
  readonly config: string
  /** The package of its content; "" is the root. */
  readonly package: string
  /** Whether it is the config itself among its defaults (`_self_`). */
  readonly isSelf: boolean
  /** The config whose defaults list has it, undefined for the primary config. */
  readonly parent: string | undefined
  readonly primary: boolean
  /** How the command line names its group; undefined for a config outside groups. */
  readonly overrideKey: string | undefined
  readonly decision: Default.Decision
  /** Whether the command line chose or added it, or a config whose defaults have it. */
  readonly asked: boolean
  /** The entry of the defaults list. */
  readonly entry: Default.Default
}

/** The name of the primary config if none is given; no file can have it. */
export const emptyName = "_dummy_empty_config_"

/** The leaves of the tree in order: every config once, at its `_self_` where it has defaults. */
export const flatten = (tree: Tree): ReadonlyArray<ResultDefault> => {
  if (tree.children !== undefined && tree.children.length > 0) return tree.children.flatMap(flatten)
  const result = leafOf(tree)
  return result === undefined ? [] : [result]
}

const leafOf = (tree: Tree): ResultDefault | undefined => {
  const { entry, parent } = tree
  if (entry.deleted || Default.isMissing(entry) || parent === undefined) return undefined
  if (Default.isSelf(entry)) return parent.entry.path === emptyName ? undefined : resultOf(parent, true)
  return Default.nameOf(entry) === null || entry.path === emptyName ? undefined : resultOf(tree, false)
}

const resultOf = (tree: Tree, isSelf: boolean): ResultDefault => {
  const { entry, parent } = tree
  return {
    config: Default.configPath(entry),
    package: Default.finalPackage(entry),
    isSelf,
    parent: parent === undefined ? undefined : Default.configPath(parent.entry),
    primary: entry.primary,
    overrideKey: entry.kind === "group" ? Default.overrideKey(entry) : undefined,
    decision: entry.decision,
    asked: isAsked(tree),
    entry
  }
}

const isAsked = ({ entry, parent }: Tree): boolean =>
  entry.decision._tag === "CommandLine" || (parent !== undefined && isAsked(parent))

/** A group that the list has twice, as an error. */
export const firstDuplicate = (list: ReadonlyArray<ResultDefault>): DefaultsInvalid | undefined => {
  const keys = new Set<string>()
  for (const { overrideKey, entry, isSelf } of list) {
    if (overrideKey === undefined || isSelf) continue
    if (keys.has(overrideKey)) {
      return new DefaultsInvalid({
        config: undefined,
        place: entry.origin === undefined ? undefined : placeOf(entry.origin),
        problem: `the group "${overrideKey}" appears twice in the defaults list`,
        cure: "Keep one entry, or give one of them its own package: group@package."
      })
    }
    keys.add(overrideKey)
  }
  return undefined
}
