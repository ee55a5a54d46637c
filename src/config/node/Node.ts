/**
 * The tree of a configuration: mappings, lists and scalars that remember where they came from and what they overwrote.
 *
 * Scalars distinguish numbers as Python does: an integer is a `bigint`, a float is a `number`, so that `1.0` stays
 * `1.0` from the file to the printed YAML. Trees are never changed in place: a merge builds new nodes.
 */
import type { Origin } from "./Source.ts"
import { any, type Type } from "./Type.ts"

/** Integers are `bigint`, floats are `number`; "???" (missing) and `${…}` (interpolation) are strings. */
export type Scalar = null | boolean | bigint | number | string | Uint8Array

/** A mapping's key as written; null only inside an interpolation's arguments. */
export type Key = string | bigint | number | boolean | null | Uint8Array

/** A key up to Python's equality (`1`, `1.0` and `true` are one key); a string is its own identity. */
export type KeyId = string | number | bigint

interface Common {
  readonly origin: Origin
  readonly type: Type
  /** What this node overwrote or merged onto, newest first. */
  readonly prior: Node | undefined
}

export interface ScalarNode extends Common {
  readonly _tag: "Scalar"
  readonly value: Scalar
}
export interface ListNode extends Common {
  readonly _tag: "List"
  readonly items: ReadonlyArray<Node>
}
export interface MapNode extends Common {
  readonly _tag: "Map"
  readonly entries: ReadonlyMap<KeyId, Node>
  /** The keys that are not strings, as written; most mappings have none. */
  readonly oddKeys: ReadonlyMap<KeyId, Key> | undefined
}
export type Node = ScalarNode | ListNode | MapNode

export const scalar = (value: Scalar, origin: Origin, type: Type = any): ScalarNode => ({
  _tag: "Scalar",
  value,
  origin,
  type,
  prior: undefined
})

export const list = (items: ReadonlyArray<Node>, origin: Origin, type: Type = any): ListNode => ({
  _tag: "List",
  items,
  origin,
  type,
  prior: undefined
})

export const map = (
  entries: ReadonlyMap<KeyId, Node>,
  origin: Origin,
  oddKeys: ReadonlyMap<KeyId, Key> | undefined = undefined,
  type: Type = any
): MapNode => ({ _tag: "Map", entries, oddKeys, origin, type, prior: undefined })

export const emptyMap = (origin: Origin): MapNode => map(new Map(), origin)

/** The identity of a key: what makes `1` and `true` the same entry, as in a Python dict. */
export const keyId = (key: Key): KeyId => {
  if (typeof key === "string") return key
  if (typeof key === "boolean") return key ? 1 : 0
  if (key === null) return "\u0000null"
  if (typeof key === "bigint") return narrow(key)
  if (typeof key === "number") return Number.isInteger(key) ? narrow(BigInt(key)) : key
  return `\u0000bytes:${Array.from(key, (byte) => byte.toString(16).padStart(2, "0")).join("")}`
}

const narrow = (value: bigint): KeyId =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value

/** The key as written, from its identity. */
export const keyOf = (node: MapNode, id: KeyId): Key => {
  const odd = node.oddKeys?.get(id)
  if (odd !== undefined) return odd
  return typeof id === "number" ? BigInt(id) : id
}

/** The keys of a mapping that are strings. */
export const namesOf = (node: MapNode): ReadonlyArray<string> =>
  [...node.entries.keys()].filter((id) => typeof id === "string")

/** The nodes directly inside a node. */
export const childrenOf = (node: Node): Iterable<Node> => {
  if (node._tag === "Scalar") return []
  return node._tag === "List" ? node.items : node.entries.values()
}

/** A node with each node directly inside it replaced. */
export const mapChildren = (node: Node, change: (child: Node) => Node): Node => {
  if (node._tag === "Scalar") return node
  if (node._tag === "List") return { ...node, items: node.items.map(change) }
  return { ...node, entries: new Map([...node.entries].map(([id, child]) => [id, change(child)])) }
}

/** Whether two nodes are the same, by a comparison of scalars; the order of a mapping's keys does not count. */
export const equal = (one: Node, other: Node, same: (one: Scalar, other: Scalar) => boolean): boolean => {
  const isEqual = (item: Node, to: Node | undefined): boolean => to !== undefined && equal(item, to, same)
  if (one._tag === "Scalar") return other._tag === "Scalar" && same(one.value, other.value)
  if (one._tag === "List") {
    return (
      other._tag === "List" &&
      one.items.length === other.items.length &&
      one.items.every((item, index) => isEqual(item, other.items[index]))
    )
  }
  if (other._tag !== "Map" || one.entries.size !== other.entries.size) return false
  return [...one.entries].every(([id, item]) => isEqual(item, other.entries.get(id)))
}

/** A node that has overwritten another. */
export const over = (node: Node, prior: Node | undefined): Node =>
  prior === undefined ? node : { ...node, prior }

export const isMissing = (node: Node): boolean => node._tag === "Scalar" && node.value === "???"

export const isNull = (node: Node): boolean => node._tag === "Scalar" && node.value === null

/** Whether the node is a string that holds an interpolation, escaped or not. */
export const isInterpolation = (node: Node): node is ScalarNode & { readonly value: string } =>
  node._tag === "Scalar" && typeof node.value === "string" && node.value.includes("${")

/** Null, missing or an interpolation: a value that any field of a container may have instead of one. */
export const isSpecial = (node: Node): boolean =>
  node._tag === "Scalar" && (node.value === null || node.value === "???" || isInterpolation(node))

/** Whether the node is a mapping, or its type allows only a mapping. */
export const isMapLike = (node: Node): boolean =>
  node._tag === "Map" ||
  (node._tag === "Scalar" && (node.type._tag === "Dict" || node.type._tag === "Struct"))

/** Whether the node is a list, or its type allows only a list. */
export const isListLike = (node: Node): boolean =>
  node._tag === "List" || (node._tag === "Scalar" && node.type._tag === "List")

export const isContainerLike = (node: Node): boolean => isMapLike(node) || isListLike(node)
