/** A composed configuration: its trees, how they came to be, and the values of their interpolations. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type { ResultDefault } from "../defaults/Tree.ts"
import type { InterpolationsInvalid } from "../interpolation/InterpolationError.ts"
import * as Resolve from "../interpolation/Resolve.ts"
import { type MapNode, map, type Node } from "../node/Node.ts"
import type { Override } from "../override/Override.ts"
import type { ConfigError } from "../problem/ConfigError.ts"
import type { Warning } from "../problem/Warning.ts"
import type { SearchPathEntry } from "../source/Repository.ts"
import * as Compose from "./Compose.ts"
import * as Warnings from "./Warnings.ts"

/** A composed configuration: the tree before interpolations are resolved, and how it came to be. */
export interface Composed {
  /** What the task reads; interpolations unresolved, missing values `???`. */
  readonly config: MapNode
  /** The configuration of the run itself. */
  readonly hydra: MapNode
  /** Both in one tree, which the interpolations of `hydra` refer to. */
  readonly root: MapNode
  /** The option of every group, by the name of the group on the command line. */
  readonly choices: ReadonlyMap<string, string | null>
  /** The configs that were merged, in order. */
  readonly defaults: ReadonlyArray<ResultDefault>
  readonly overrides: ReadonlyArray<Override>
  readonly searchPath: ReadonlyArray<SearchPathEntry>
  readonly warnings: ReadonlyArray<Warning>
  readonly composition: Compose.Composition
  readonly options: Compose.ComposeOptions
}

/** Composes the primary config of a search path with overrides. */
export const compose = (
  options: Compose.ComposeOptions
): Effect.Effect<Composed, ConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.flatMap(Compose.compose(options), (composition) =>
    Effect.map(Warnings.of(composition), (warnings) => {
      const { root, defaults, overrides, repository } = composition
      const entries = new Map(root.entries)
      const hydra = entries.get("hydra")
      entries.delete("hydra")
      return {
        config: { ...root, entries },
        hydra: hydra?._tag === "Map" ? hydra : map(new Map(), root.origin),
        root,
        choices: defaults.choices.known,
        defaults: defaults.list,
        overrides,
        searchPath: repository.entries,
        warnings,
        composition,
        options
      }
    })
  )

/** How the interpolations of a tree are resolved in this configuration. */
export const resolveOptions = ({ root: hydra, options }: Composed, root: Node): Resolve.ResolveOptions => {
  const { runtime, resolvers } = options
  return { root, hydra, env: runtime.env, now: runtime.now, resolvers }
}

/** The tree with every interpolation resolved; all that fail are reported. */
export const resolve = (composed: Composed, root: Node): Effect.Effect<Node, InterpolationsInvalid> =>
  Effect.map(Resolve.tree(resolveOptions(composed, root)), ({ node }) => node)

/** The resolved value at a dotted key, those of `hydra` included; undefined if there is none. */
export const valueAt = (
  composed: Composed,
  key: string,
  root: Node = composed.root
): Effect.Effect<Node | undefined, InterpolationsInvalid> =>
  Effect.map(Resolve.key(resolveOptions(composed, root), key), (found) => found?.node)
