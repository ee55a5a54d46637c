/** One override of the command line: `key=value`, `+key=value`, `++key=value`, `~key`, `group@package=option`. */
import * as Result from "effect/Result"
import { type Key, type KeyId, keyId, list, map, type Node, type Scalar, scalar } from "../node/Node.ts"
import type { Origin } from "../node/Source.ts"
import type { OverrideKey, OverrideKind } from "./Grammar.ts"
import * as Grammar from "./Grammar.ts"
import type { OverrideSyntaxError } from "./Problem.ts"
import type { DictKey, OverrideValue } from "./Value.ts"

export type { OverrideKey, OverrideKind } from "./Grammar.ts"
export { OverrideSyntaxError } from "./Problem.ts"

export interface Override {
  readonly kind: OverrideKind
  readonly key: OverrideKey
  /** `undefined` only for a deletion without `=`; `key=` holds an empty `Text`. */
  readonly value: OverrideValue | undefined
  /** The override's text, which every span points into. */
  readonly input: string
  /** Its place in the list of overrides, 0-based. */
  readonly index: number
}

/** Parses one override of the command line in time linear in its length. */
export const parse = (input: string, index: number): Result.Result<Override, OverrideSyntaxError> =>
  Result.map(Grammar.rules.override(input, index), (parsed) => ({ ...parsed, input, index }))

const prefixes: Readonly<Record<OverrideKind, string>> = { change: "", add: "+", forceAdd: "++", delete: "~" }

/** The text left of the `=`, with its prefix: `++db@backup`. */
export const keyText = ({ kind, key }: Pick<Override, "kind" | "key">): string =>
  `${prefixes[kind]}${key.keyOrGroup}${key.package === undefined ? "" : `@${key.package}`}`

/** The node of a value, each part with its place in the text of the override. Sweeps, which have many values, are text. */
export const nodeOf = (value: OverrideValue, override: Override): Node => {
  const origin = originAt(override, value.span.start)
  if (value._tag === "List") {
    return list(
      value.items.map((item) => nodeOf(item, override)),
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

const originAt = (override: Override, offset: number): Origin => ({
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
    entries.set(id, nodeOf(value, override))
  }
  return map(entries, origin, odd.size === 0 ? undefined : odd)
}

const keyOfDict = (key: DictKey): Key => {
  if (key._tag === "Null") return null
  return key._tag === "Int" ? BigInt(key.value) : key.value
}
