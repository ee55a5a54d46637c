/** Configurations as plain JavaScript values, for whoever needs no places. */
import { keyOf, type Node, type Scalar } from "./Node.ts"

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

const fromScalar = (value: Scalar): Value => {
  if (typeof value !== "bigint") return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** A key as a property name. */
export const keyText = (key: Scalar): string => (key instanceof Uint8Array ? key.join(",") : String(key))
