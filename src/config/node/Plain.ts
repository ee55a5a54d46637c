/** Configurations as plain JavaScript values, which have no places. */
import { type KeyId, keyOf, list, map, type Node, type Scalar, scalar } from "./Node.ts"
import { narrow } from "./Python.ts"
import type { Origin } from "./Source.ts"

/** Numbers are `number`; an integer beyond the safe ones is a `bigint`. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReadonlyArray<Value>
  | { readonly [key: string]: Value }

export const fromNode = (node: Node): Value => {
  if (node._tag === "Scalar") return fromScalar(node.value)
  if (node._tag === "List") return node.items.map(fromNode)
  const plain: Record<string, Value> = {}
  for (const [id, child] of node.entries) {
    Object.defineProperty(plain, keyText(keyOf(node, id)), {
      value: fromNode(child),
      enumerable: true,
      writable: true,
      configurable: true
    })
  }
  return plain
}

const fromScalar = (value: Scalar): Value => (typeof value === "bigint" ? narrow(value) : value)

/** A key as a property name. */
export const keyText = (key: Scalar): string => (key instanceof Uint8Array ? key.join(",") : String(key))

/** What a configuration can be built from; a whole `number` is an integer, as a `bigint` is. */
export type Input =
  | null
  | boolean
  | number
  | bigint
  | string
  | ReadonlyArray<Input>
  | { readonly [key: string]: Input }

/** The node of a value that comes from no file. */
export const toNode = (value: Input, origin: Origin): Node => {
  if (Array.isArray(value)) {
    return list(
      value.map((item) => toNode(item, origin)),
      origin
    )
  }
  if (typeof value === "number" && Number.isInteger(value)) return scalar(BigInt(value), origin)
  if (value === null || typeof value !== "object") return scalar(value, origin)
  const entries = new Map<KeyId, Node>()
  for (const [key, item] of Object.entries(value)) entries.set(key, toNode(item, origin))
  return map(entries, origin)
}
