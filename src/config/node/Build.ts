/** Builds nodes from plain JavaScript values, for configurations that no file holds. */
import { type KeyId, list, map, type Node, scalar } from "./Node.ts"
import type { Origin } from "./Source.ts"

/** Plain values; a whole `number` is an integer, a `bigint` too. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | ReadonlyArray<Plain>
  | { readonly [key: string]: Plain }

export const node = (value: Plain, origin: Origin): Node => {
  if (Array.isArray(value)) {
    return list(
      value.map((item) => node(item, origin)),
      origin
    )
  }
  if (typeof value === "number" && Number.isInteger(value)) return scalar(BigInt(value), origin)
  if (value === null || typeof value !== "object") return scalar(value, origin)
  const entries = new Map<KeyId, Node>()
  for (const [key, item] of Object.entries(value)) entries.set(key, node(item, origin))
  return map(entries, origin)
}
