/** The configs of a defaults list: read, embedded in their packages, and merged in their order. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ResultDefault } from "../defaults/Tree.ts"
import { type Aliases, type MergeOptions, merge } from "../merge/Merge.ts"
import type { Refusal } from "../node/Convert.ts"
import * as KeyPath from "../node/KeyPath.ts"
import { nearest } from "../node/Nearest.ts"
import { emptyMap, type MapNode, map, mapChildren, type Node } from "../node/Node.ts"
import { placeOf, type Source } from "../node/Source.ts"
import {
  type ConfigError,
  DefaultsInvalid,
  KeyRefused,
  MergeRefused,
  ValueRefused
} from "../problem/ConfigError.ts"
import type { Repository } from "../source/Repository.ts"

/** One config of the list, embedded in its package. */
export interface Part {
  readonly result: ResultDefault
  readonly node: Node
  /** The text it was read from; undefined for a built-in config. */
  readonly source: Source | undefined
}

/** The configs of the list, each embedded in its package. */
export const load = (
  repository: Repository,
  list: ReadonlyArray<ResultDefault>
): Effect.Effect<ReadonlyArray<Part>, ConfigError> =>
  Effect.forEach(list, (result) =>
    Effect.flatMap(repository.load(result.config), (loaded) => {
      const node = embed(loaded?.node ?? emptyMap({ _tag: "Computed", by: result.config }), result.package)
      const foreign = !result.primary && result.config !== "hydra/config" && setsSearchPath(node)
      if (!foreign) return Effect.succeed({ result, node, source: loaded?.source })
      return new DefaultsInvalid({
        config: result.config,
        place: placeOf((KeyPath.find(node, "hydra.searchpath") ?? node).origin),
        problem: `"${result.config}" sets hydra.searchpath, which only the primary config may`,
        cure: "Move it there."
      })
    })
  )

const setsSearchPath = (node: Node): boolean => {
  const found = KeyPath.find(node, "hydra.searchpath")
  return found !== undefined && !(found._tag === "Scalar" && (found.value === null || found.value === "???"))
}

/** The content under the keys of its package. */
const embed = (node: Node, pkg: string): Node =>
  pkg === ""
    ? node
    : KeyPath.split(pkg).reduceRight((inner: Node, key) => map(new Map([[key, inner]]), inner.origin), node)

/** All parts merged in their order. */
export const mergeAll = (
  parts: ReadonlyArray<Part>,
  { base, ...options }: Pick<MergeOptions, "follow" | "replaced"> & { readonly base?: Node | undefined }
): Result.Result<MapNode, ConfigError> => {
  let root: Node = base ?? emptyMap({ _tag: "Computed", by: "the defaults list" })
  const aliases = aliasesFor(parts)
  const refusals: Array<Refusal> = []
  const refuse = (refusal: Refusal) => refusals.push(refusal)
  for (const { node, result } of parts) {
    const part = aliases !== undefined && result.package !== "" ? copyOf(node, aliases) : node
    root = merge(root, part, { ...options, struct: false, refuse, aliases })
    const [first] = refusals
    if (first !== undefined) return Result.fail(toError(first, root))
  }
  return root._tag === "Map" ? Result.succeed(root) : Result.succeed(emptyMap(root.origin))
}

/** Only a config that is merged at the root more than once can meet what has become of it. */
const aliasesFor = (parts: ReadonlyArray<Part>): Aliases | undefined => {
  const names = parts.map(({ result }) => result.config)
  const again = parts.some(
    ({ result }, index) => result.package === "" && names.includes(result.config, index + 1)
  )
  return again ? new WeakMap() : undefined
}

/** A copy of what a config contains by now; a package's content is copied before it is merged. */
const copyOf = (node: Node, aliases: Aliases): Node => {
  const current = aliases.get(node)?.node ?? node
  return mapChildren(current, (child) => copyOf(child, aliases))
}

/** The error of a refused merge, with its places. */
const toError = (refusal: Refusal, root: Node): MergeRefused | KeyRefused | ValueRefused => {
  const { key, problem, subject } = refusal
  const about = subject === "field" || subject === "key" ? "key" : "value"
  const place = placeOf(refusal.node.origin, about)
  if (subject === "field") {
    const name = KeyPath.split(key).at(-1) ?? key
    return new KeyRefused({
      key,
      place,
      problem: `${key}: ${problem}`,
      nearest: nearest(name, refusal.known ?? [])
    })
  }
  if (subject !== "merge") return new ValueRefused({ key, place, subject: about, problem })
  const onto = KeyPath.find(root, key)
  return new MergeRefused({
    key,
    place,
    onto: onto === undefined ? undefined : placeOf(onto.origin),
    problem
  })
}
