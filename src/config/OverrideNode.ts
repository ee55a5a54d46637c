/** The value of an override as a node, each part with its place in the override's text. */
import { type Key, type KeyId, keyId, list, map, type Node, scalar } from "./Node.ts"
import type { Override } from "./Override.ts"
import type { DictKey, OverrideValue } from "./OverrideValue.ts"
import type { Origin } from "./Source.ts"

/** The node of a value; a sweep has none, because it stands for many. */
export const fromValue = (value: OverrideValue, override: Override): Node => {
  const origin = originAt(override, value.span.start)
  switch (value._tag) {
    case "Null":
      return scalar(null, origin)
    case "Int":
      return scalar(BigInt(value.value), origin)
    case "Bool":
    case "Float":
    case "Text":
    case "Quoted":
      return scalar(value.value, origin)
    case "List":
      return list(
        value.items.map((item) => fromValue(item, override)),
        origin
      )
    case "Dict":
      return fromDict(value.entries, override, origin)
    default:
      return scalar(override.input.slice(value.span.start, value.span.end), origin)
  }
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
