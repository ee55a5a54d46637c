/** What the scalars of a YAML text mean, by tag or by spelling. */
import type * as Library from "yaml"
import type { Scalar } from "./Node.ts"
import { type Reading, report } from "./YamlReading.ts"
import { type Tag, tagOf, valueOf } from "./YamlScalar.ts"

export const tagCure = "Configurations hold strings, numbers, booleans, null, lists and mappings."
export const prefix = "tag:yaml.org,2002:"
export const showTag = (tag: string | undefined): string => (tag ?? "").replace(prefix, "!!")

const scalarTags = ["str", "int", "float", "bool", "null"] as const

export const scalarValue = (state: Reading, node: Library.Scalar.Parsed): Scalar => {
  const text = blockText(state, node) ?? String(node.value)
  const plain = node.type === "PLAIN"
  const offset = node.range[0]
  if (plain && state.flow > 0) checkFlow(state, text, offset)
  return node.tag === `${prefix}binary`
    ? binary(state, text, offset)
    : tagged(state, explicitTag(node.tag) ?? impliedTag(text, plain), text, node)
}

const tagged = (state: Reading, tag: Tag | "other", text: string, node: Library.Scalar.Parsed): Scalar => {
  switch (tag) {
    case "other":
      report(state, node.range[0], `the tag ${showTag(node.tag)} is not supported`, tagCure)
      return null
    case "merge":
    case "value":
      report(state, node.range[0], `a bare ${text} cannot stand as a value`, `Quote it: '${text}'.`)
      return null
    default:
      return valueWith(state, tag, text, node.range[0])
  }
}

const impliedTag = (text: string, plain: boolean): Tag => (plain ? tagOf(text) : "str")

const checkFlow = (state: Reading, text: string, offset: number): void => {
  if (!text.includes("?") && !text.startsWith(":")) return
  report(
    state,
    offset,
    `"${text}" must be quoted between brackets`,
    `In YAML 1.1 ? and a leading : have a meaning there: "${text}".`
  )
}

const valueWith = (state: Reading, tag: Tag, text: string, offset: number): Scalar => {
  const value = valueOf(tag, text)
  if (value === undefined) report(state, offset, `"${text}" is not a valid ${tag}`)
  return value ?? null
}

/** A block scalar at the end of a text that has no final line break has none either. */
const blockText = (
  { source }: Reading,
  { range, type, value }: Library.Scalar.Parsed
): string | undefined => {
  if (type !== "BLOCK_LITERAL" && type !== "BLOCK_FOLDED") return undefined
  const text = String(value)
  const cut = range[1] >= source.text.length && !source.text.endsWith("\n") && text.endsWith("\n")
  return cut ? text.slice(0, -1) : text
}

const explicitTag = (tag: string | undefined): (typeof scalarTags)[number] | "other" | undefined => {
  if (tag === undefined || tag === "!") return undefined
  return scalarTags.find((name) => tag === prefix + name) ?? "other"
}

const binary = (state: Reading, text: string, offset: number): Scalar => {
  const compact = text.replace(/\s/g, "")
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
    return Uint8Array.from(atob(compact), (char) => char.charCodeAt(0))
  }
  report(state, offset, "the !!binary value is not base64")
  return null
}
