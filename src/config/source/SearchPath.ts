/** The folders that a primary config, or an override, adds to the search path by `hydra.searchpath`. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { select } from "../interpolation/Interpolation.ts"
import type { Scope } from "../interpolation/Scope.ts"
import type { Located } from "../node/Located.ts"
import { isNull, type ListNode, type MapNode, type Node } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { placeOf } from "../node/Source.ts"
import { nodeOf, type Override } from "../override/Override.ts"
import { type FileInvalid, type FileUnreadable, SearchPathInvalid } from "../problem/ConfigError.ts"
import type { Repository } from "./Repository.ts"

type SearchPathError = SearchPathInvalid | FileInvalid | FileUnreadable

/** The repository with the folders added. `scopeOf` gives the scope of interpolations in the primary config. */
export const extend = (
  repository: Repository,
  name: string | undefined,
  overrides: ReadonlyArray<Override>,
  scopeOf: (root: MapNode) => Scope
): Effect.Effect<Repository, SearchPathError> =>
  Effect.gen(function* () {
    const primary = name === undefined ? undefined : yield* load(repository, name)
    const inMain = primary === undefined ? undefined : yield* Effect.fromResult(inPrimary(primary, scopeOf))
    const node = present(inOverrides(overrides)) ?? present(inMain)
    if (node === undefined) return repository
    const provider = node === inMain ? "hydra.searchpath in main" : "hydra.searchpath in command-line"
    const folders = yield* Effect.fromResult(foldersOf(node))
    return yield* repository.extended(folders.map((path) => ({ provider, path })))
  })

/** The primary config, undefined if there is none. */
const load = (repository: Repository, name: string): Effect.Effect<MapNode | undefined, SearchPathError> =>
  Effect.gen(function* () {
    const node = (yield* repository.load(name))?.node
    if (node === undefined || node._tag === "Map") return node
    return yield* new SearchPathInvalid({
      place: placeOf(node.origin),
      problem: `the primary config "${name}" is a list`,
      cure: "A primary config must be a mapping."
    })
  })

const present = (node: Node | undefined): Node | undefined =>
  node === undefined || isNull(node) ? undefined : node

/** The value from an override. */
const inOverrides = (overrides: ReadonlyArray<Override>): Node | undefined => {
  const override = overrides.find(
    ({ kind, key }) => kind === "change" && key.keyOrGroup === "hydra.searchpath" && key.package === undefined
  )
  return override?.value === undefined ? undefined : nodeOf(override.value, override)
}

/** The value in the primary config, its items resolved. */
const inPrimary = (
  root: MapNode,
  scopeOf: (root: MapNode) => Scope
): Result.Result<Node | undefined, SearchPathInvalid> => {
  const scope = scopeOf(root)
  const found = select(scope.root, "hydra.searchpath", scope.root, scope, false)
  if (Result.isFailure(found)) {
    const absent = found.failure._tag === "Fault" && found.failure.throughScalar === true
    return absent ? Result.succeed(undefined) : unresolved(root)
  }
  const at = found.success
  return at?.node._tag === "List" ? resolvedItems(at, at.node, scope) : Result.succeed(at?.node)
}

const resolvedItems = (
  at: Located,
  node: ListNode,
  scope: Scope
): Result.Result<ListNode, SearchPathInvalid> => {
  const items: Array<Node> = []
  for (const index of node.items.keys()) {
    const item = select(at, String(index), at, scope, false)
    if (Result.isFailure(item) || item.success === undefined) return unresolved(node)
    items.push(item.success.node)
  }
  return Result.succeed({ ...node, items })
}

const unresolved = (node: Node): Result.Result<never, SearchPathInvalid> =>
  Result.fail(
    new SearchPathInvalid({
      place: placeOf(node.origin),
      problem: "hydra.searchpath contains an interpolation that has no value",
      cure: "It may refer to the environment and to the primary config itself."
    })
  )

const foldersOf = (node: Node): Result.Result<ReadonlyArray<string>, SearchPathInvalid> => {
  const folders: Array<string> = []
  const items = node._tag === "List" ? node.items : [node]
  for (const item of items) {
    if (node._tag === "List" && item._tag === "Scalar" && typeof item.value === "string")
      folders.push(item.value)
    else {
      return Result.fail(
        new SearchPathInvalid({
          place: placeOf(item.origin),
          problem: `hydra.searchpath must be a list of strings, not ${Python.nodeText(node)}`,
          cure: "Write it as a list: hydra.searchpath=[folder]"
        })
      )
    }
  }
  return Result.succeed(folders)
}
