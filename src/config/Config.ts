/**
 * Configurations as Hydra composes them, with every value's history.
 *
 * Importing this loads no YAML parser and no tensors.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Build from "./Build.ts"
import * as Compose from "./Compose.ts"
import type { ConfigError } from "./ConfigError.ts"
import type { ResultDefault } from "./Defaults.ts"
import { InterpolationsInvalid } from "./InterpolationError.ts"
import { type MapNode, map, type Node } from "./Node.ts"
import type { Override } from "./Override.ts"
import * as Plain from "./Plain.ts"
import type { SearchPathEntry } from "./Repository.ts"
import * as Resolve from "./Resolve.ts"
import type { Warning } from "./Warning.ts"
import * as Warnings from "./Warnings.ts"
import * as YamlWriter from "./YamlWriter.ts"

export type { ComposeOptions, Runtime } from "./Compose.ts"
export type { ConfigError } from "./ConfigError.ts"
export type { Warning } from "./Warning.ts"

/** A composed configuration: the tree before interpolations are resolved, and how it came to be. */
export interface Composed {
  /** What the task reads; interpolations unresolved, missing values `???`. */
  readonly config: MapNode
  /** The configuration of the run itself. */
  readonly hydra: MapNode
  /** Both in one tree, which the interpolations of `hydra` refer to. */
  readonly root: MapNode
  /** The option of every group, by the name the command line has for it. */
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

/** The configuration as plain values, interpolations left as text. */
export const toPlain = (composed: Composed): Plain.Value => Plain.fromNode(composed.config)

/** The resolved configuration as a tree that keeps every value's place. */
export const resolveNode = (composed: Composed): Effect.Effect<Node, InterpolationsInvalid> =>
  resolveTree(composed, composed.config)

/** The resolved configuration as plain values; every interpolation that fails is reported. */
export const resolve = (composed: Composed): Effect.Effect<Plain.Value, InterpolationsInvalid> =>
  Effect.map(resolveNode(composed), Plain.fromNode)

/** The resolved `hydra` node as plain values. */
export const resolveHydra = (composed: Composed): Effect.Effect<Plain.Value, InterpolationsInvalid> =>
  Effect.map(resolveTree(composed, composed.root), (root) => {
    const hydra = root._tag === "Map" ? root.entries.get("hydra") : undefined
    return hydra === undefined ? {} : Plain.fromNode(hydra)
  })

const resolveTree = (composed: Composed, root: Node): Effect.Effect<Node, InterpolationsInvalid> => {
  const { env, now } = composed.options.runtime
  return Effect.mapBoth(
    Resolve.tree({ root, hydra: composed.root, env, now, resolvers: composed.options.resolvers }),
    {
      onSuccess: ({ node }) => node,
      onFailure: (errors) => new InterpolationsInvalid({ errors: [...errors] })
    }
  )
}

/** YAML as `OmegaConf.to_yaml` writes it, of a tree or of plain values (whole numbers are integers). */
export const toYaml = (value: Node | Build.Plain): string =>
  YamlWriter.write(isNode(value) ? value : Build.node(value, { _tag: "Computed", by: "a plain value" }))

const isNode = (value: Node | Build.Plain): value is Node =>
  typeof value === "object" && value !== null && "_tag" in value && "origin" in value && "prior" in value
