/** Applies the overrides of values to a composed configuration, one after the other. */
import * as Result from "effect/Result"
import { select } from "../interpolation/Interpolation.ts"
import type { Scope } from "../interpolation/Scope.ts"
import * as Syntax from "../interpolation/Syntax.ts"
import { remove, set, type UpdateOptions, type UpdateProblem } from "../merge/Update.ts"
import * as KeyPath from "../node/KeyPath.ts"
import type * as Located from "../node/Located.ts"
import { didYouMean } from "../node/Nearest.ts"
import { equal, isMissing, isNull, type MapNode, type Node, namesOf } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { nodeOf, type Override } from "../override/Override.ts"
import { OverrideRefused } from "../problem/ConfigError.ts"

export interface ApplyOptions {
  /** The scope of interpolations in a tree that is still being built. */
  readonly scope: (root: MapNode) => Scope
  /** Whether `key=value` may add a key as `+key=value` does: then the Schema decides which keys there are. */
  readonly adds: boolean
  readonly follow: UpdateOptions["follow"]
  readonly replaced: UpdateOptions["replaced"]
  /** Called with what a deletion removed. */
  readonly deleted: (key: string, node: Node, override: Override) => void
}

type Applied = Result.Result<MapNode, OverrideRefused>

/** The configuration with all overrides applied, or the error of the first that cannot be. */
export const apply = (root: MapNode, overrides: ReadonlyArray<Override>, options: ApplyOptions): Applied => {
  let current = root
  for (const override of overrides) {
    const next = applyOne(current, override, options)
    if (Result.isFailure(next)) return next
    current = next.success
  }
  return Result.succeed(current)
}

const refuse = (override: Override, problem: string, cure = ""): Result.Result<never, OverrideRefused> =>
  Result.fail(OverrideRefused.of(override, problem, cure))

const applyOne = (root: MapNode, override: Override, options: ApplyOptions): Applied => {
  const { keyOrGroup: key, package: pkg } = override.key
  if (pkg !== undefined) {
    return refuse(override, `there is no group "${key}", and only a group can have a package`)
  }
  if (override.kind === "delete") return applyDelete(root, override, options)
  const value = valueOf(override)
  if (value === undefined) return refuse(override, "the value is missing")
  const [invalid] = Syntax.invalidIn(value)
  if (invalid !== undefined) return refuse(override, invalid.problem)
  const refused = override.kind === "add" ? refuseKnown(root, override, value, options) : undefined
  if (refused !== undefined) return refused
  const create = options.adds || override.kind !== "change"
  return asMap(
    override,
    set(root, key, value, { create, follow: options.follow, replaced: options.replaced })
  )
}

const valueOf = (override: Override): Node | undefined =>
  override.value === undefined ? undefined : nodeOf(override.value, override)

/** A `+` adds what does not exist yet; mappings and lists are merged onto what exists. */
const refuseKnown = (
  root: MapNode,
  override: Override,
  value: Node,
  options: ApplyOptions
): Applied | undefined => {
  const key = override.key.keyOrGroup
  const known = existing(root, key, options)
  if (Result.isFailure(known)) return refuse(override, known.failure)
  if (known.success === undefined || value._tag !== "Scalar") return undefined
  const bare = override.input.slice(1)
  return refuse(
    override,
    `"${key}" already exists`,
    `To change it, use ${bare}; to set it whether it exists or not, use ++${bare}.`
  )
}

const asMap = (override: Override, updated: Result.Result<Node, UpdateProblem>): Applied => {
  if (Result.isFailure(updated)) return problemOf(override, updated.failure)
  return updated.success._tag === "Map"
    ? Result.succeed(updated.success)
    : refuse(override, "the whole configuration must remain a mapping")
}

const problemOf = (override: Override, problem: UpdateProblem): Applied => {
  switch (problem._tag) {
    case "Absent": {
      const last = KeyPath.split(problem.key).at(-1) ?? ""
      const near = didYouMean(last, problem.known)
      return refuse(override, `there is no key "${problem.key}"${near}`, `To add it, use +${override.input}`)
    }
    case "Refused":
      return refuse(
        override,
        problem.refusals.map((refusal) => `${refusal.key}: ${refusal.problem}`).join("; ")
      )
    case "Impossible":
      return refuse(override, problem.problem)
  }
}

/** The value at a key, with interpolations followed; undefined if it is absent, null or missing. */
const existing = (
  root: MapNode,
  key: string,
  options: ApplyOptions
): Result.Result<Located.Located | undefined, string> => {
  const scope = options.scope(root)
  const found = select(scope.root, key, scope.root, scope, false)
  if (Result.isSuccess(found)) return Result.succeed(withValue(found.success))
  // A resolver that is an effect gives some value; a key below a scalar names none.
  if (found.failure._tag === "Pending") return Result.succeed(scope.root)
  if (found.failure.throughScalar === true && found.failure.at === scope.root)
    return Result.succeed(undefined)
  return Result.fail(`"${found.failure.at.key}" cannot be resolved: ${found.failure.problem}`)
}

const withValue = (found: Located.Located | undefined): Located.Located | undefined =>
  found === undefined || isMissing(found.node) || isNull(found.node) ? undefined : found

const applyDelete = (root: MapNode, override: Override, options: ApplyOptions): Applied => {
  const key = override.key.keyOrGroup
  const known = existing(root, key, options)
  if (Result.isFailure(known)) return refuse(override, known.failure)
  if (known.success === undefined)
    return refuse(override, `there is no key "${key}" to delete`, nearOf(root, key))
  const wanted = valueOf(override)
  if (wanted !== undefined && !isNull(wanted) && !equal(wanted, known.success.node, sameScalar)) {
    return refuse(
      override,
      `"${key}" is ${Python.nodeText(known.success.node)}, not ${Python.nodeText(wanted)}`,
      `Use ~${key} to delete it regardless of its value.`
    )
  }
  const path = pathOf(root, key, options)
  if (Result.isFailure(path)) return refuse(override, path.failure)
  options.deleted(key, known.success.node, override)
  return asMap(override, remove(root, path.success))
}

const nearOf = (root: MapNode, key: string): string => {
  const parts = KeyPath.split(key)
  const parent = KeyPath.find(root, parts.slice(0, -1).join("."))
  const names = parent?._tag === "Map" ? namesOf(parent) : []
  const near = didYouMean(parts.at(-1) ?? "", names).trim()
  return near === "" ? "" : `${near.slice(1, 2).toUpperCase()}${near.slice(2, -1)}`
}

/** The keys that lead to the value itself: its parent may be what an interpolation refers to. */
const pathOf = (
  root: MapNode,
  key: string,
  options: ApplyOptions
): Result.Result<ReadonlyArray<string>, string> => {
  const parts = KeyPath.split(key)
  const parent = parts.slice(0, -1)
  if (parent.length === 0) return Result.succeed(parts)
  const scope = options.scope(root)
  const found = select(scope.root, parent.join("."), scope.root, scope, false)
  if (Result.isFailure(found) || found.success === undefined)
    return Result.fail(`"${parent.join(".")}" cannot be resolved`)
  return Result.succeed([...KeyPath.split(found.success.key), parts.at(-1) ?? ""])
}

const numeric = (value: unknown): number | bigint | undefined => {
  if (typeof value === "boolean") return value ? 1n : 0n
  return typeof value === "number" || typeof value === "bigint" ? value : undefined
}

/** Equality as in Python: numbers by value, regardless of their type. */
const sameScalar = (one: unknown, other: unknown): boolean => {
  const left = numeric(one)
  const right = numeric(other)
  // oxlint-disable-next-line eqeqeq -- == compares a bigint and a number by value.
  if (left !== undefined && right !== undefined) return left == right
  if (one instanceof Uint8Array && other instanceof Uint8Array) return one.join() === other.join()
  return one === other
}
