/** The value of an override as a node, each part with its place in the override's text. */
import { type Key, type KeyId, keyId, list, map, type Node, type Scalar, scalar } from "../node/Node.ts"
import type { Origin } from "../node/Source.ts"
import type { Override } from "./Override.ts"
import type { DictKey, OverrideValue } from "./Value.ts"

/** The node of a value; a sweep has none, because it stands for many. */
export const fromValue = (value: OverrideValue, override: Override): Node => {
  const origin = originAt(override, value.span.start)
  if (value._tag === "List") {
    return list(
      value.items.map((item) => fromValue(item, override)),
      origin
    )
  }
  return value._tag === "Dict"
    ? fromDict(value.entries, override, origin)
    : scalar(scalarOf(value, override), origin)
}

const scalarOf = (
  value: Exclude<OverrideValue, { readonly _tag: "List" | "Dict" }>,
  override: Override
): Scalar => {
  if (value._tag === "Null") return null
  if (value._tag === "Int") return BigInt(value.value)
  return "value" in value ? value.value : override.input.slice(value.span.start, value.span.end)
}

export const originAt = (override: Override, offset: number): Origin => ({
  _tag: "Override",
  input: override.input,
  index: override.index,
  offset
})

const fromDict = (
  pairs: ReadonlyArray<{ readonly key: DictKey; readonly value: OverrideValue }>,
  override: Override,
  origin: Origin
): Node => {
  const entries = new Map<KeyId, Node>()
  const odd = new Map<KeyId, Key>()
  for (const { key, value } of pairs) {
    const written = keyOfDict(key)
    const id = keyId(written)
    if (!entries.has(id) && typeof written !== "string") odd.set(id, written)
    entries.set(id, fromValue(value, override))
  }
  return map(entries, origin, odd.size === 0 ? undefined : odd)
}

const keyOfDict = (key: DictKey): Key => {
  if (key._tag === "Null") return null
  return key._tag === "Int" ? BigInt(key.value) : key.value
}
