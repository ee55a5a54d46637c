/** The value of a scalar in a parsed YAML text, by its tag, its quotes and the way it is written. */
import type * as Library from "yaml"
import type { Scalar } from "../node/Node.ts"
import { maxDigits } from "../node/Python.ts"
import { report, type State } from "./Reading.ts"
import { type Tag, tagOf, valueOf } from "./Scalar.ts"

export const tagCure = "Configurations hold strings, numbers, booleans, null, lists and mappings."
export const prefix = "tag:yaml.org,2002:"
export const showTag = (tag: string | undefined): string => (tag ?? "").replace(prefix, "!!")

const scalarTags = ["str", "int", "float", "bool", "null"] as const

export const scalarValue = (state: State, node: Library.Scalar.Parsed): Scalar => {
  const text = blockText(state, node) ?? String(node.value)
  const plain = node.type === "PLAIN"
  const offset = node.range[0]
  if (plain) checkFlow(state, text, offset)
  if (node.tag === `${prefix}binary`) return binary(state, text, offset)
  const tag = explicitTag(node.tag) ?? impliedTag(text, plain)
  switch (tag) {
    case "other":
      report(state, offset, `the tag ${showTag(node.tag)} is not supported`, tagCure)
      return null
    case "merge":
    case "value":
      report(state, offset, `a bare ${text} cannot stand as a value`, `Quote it: '${text}'.`)
      return null
    default:
      return valueWith(state, tag, text, offset)
  }
}

const impliedTag = (text: string, plain: boolean): Tag => (plain ? tagOf(text) : "str")

const checkFlow = (state: State, text: string, offset: number): void => {
  if (state.flow === 0 || (!text.includes("?") && !text.startsWith(":"))) return
  report(
    state,
    offset,
    `"${text}" must be quoted between brackets`,
    `In YAML 1.1 ? and a leading : have a meaning there: "${text}".`
  )
}

const valueWith = (state: State, tag: Tag, text: string, offset: number): Scalar => {
  const value = valueOf(tag, text)
  if (value !== undefined) return value
  if (tag === "int" && text.length > maxDigits)
    report(state, offset, `a number of more than ${maxDigits} digits`, "Put it in quotes if it is text.")
  else report(state, offset, `"${text}" is not a valid ${tag}`)
  return null
}

/** A block scalar at the end of a text that has no final line break has none either. */
const blockText = ({ source }: State, { range, type, value }: Library.Scalar.Parsed): string | undefined => {
  if (type !== "BLOCK_LITERAL" && type !== "BLOCK_FOLDED") return undefined
  const text = String(value)
  const cut = range[1] >= source.text.length && !source.text.endsWith("\n") && text.endsWith("\n")
  return cut ? text.slice(0, -1) : text
}

const explicitTag = (tag: string | undefined): (typeof scalarTags)[number] | "other" | undefined => {
  if (tag === undefined || tag === "!") return undefined
  return scalarTags.find((name) => tag === prefix + name) ?? "other"
}

const binary = (state: State, text: string, offset: number): Scalar => {
  const compact = text.replace(/\s/g, "")
  if (compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    return Uint8Array.from(atob(compact), (char) => char.charCodeAt(0))
  }
  report(state, offset, "the !!binary value is not base64")
  return null
}
