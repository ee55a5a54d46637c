/** Writes nodes as YAML, byte for byte as `OmegaConf.to_yaml` prints them. */
import { keyOf, type MapNode, type Node, type Scalar } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { tagOf, wordStart } from "./Scalar.ts"
import * as YamlText from "./Text.ts"

/** The document of a configuration: block style, keys in order, interpolations as they are. */
export const write = (node: Node): string => {
  if (node._tag === "Scalar") return `${scalarText(node.value, { column: 0, indent: 2, split: true })}\n`
  if (isEmpty(node)) return node._tag === "List" ? "[]\n" : "{}\n"
  return node._tag === "List" ? sequence(node.items, 0, "") : mapping(node, 0, "")
}

const isEmpty = (node: Node): boolean =>
  (node._tag === "List" && node.items.length === 0) || (node._tag === "Map" && node.entries.size === 0)

/** `first` is what the first line already holds, in place of its indentation. */
const sequence = (items: ReadonlyArray<Node>, indent: number, first: string): string => {
  let out = ""
  for (const [index, item] of items.entries()) {
    const lead = index === 0 && first !== "" ? first : " ".repeat(indent)
    out += value(item, indent + 2, `${lead}-`, true)
  }
  return out
}

const mapping = (node: MapNode, indent: number, first: string): string => {
  let out = ""
  let lead = first
  for (const [id, child] of node.entries) {
    const start = lead === "" ? " ".repeat(indent) : lead
    lead = ""
    out += entry(keyOf(node, id), child, indent, start)
  }
  return out
}

const entry = (key: Scalar, child: Node, indent: number, lead: string): string => {
  const text = typeof key === "string" ? key : representation(key)
  const analysis = YamlText.analyze(text)
  const simple = text !== "" && !analysis.multiline && length(text) + tagLength(key) < 128
  const written = scalarText(key, { column: length(lead), indent: indent + 2, split: false }, simple)
  if (simple) return value(child, indent + 2, `${lead}${written}:`, false)
  const complex = scalarText(key, { column: length(lead) + 2, indent: indent + 2, split: true })
  return `${lead}? ${complex}\n${value(child, indent + 2, `${" ".repeat(indent)}:`, true)}`
}

/** A value after `key:` or `-`; inside a sequence a collection starts on the same line. */
const value = (node: Node, indent: number, lead: string, inline: boolean): string => {
  if (node._tag === "Scalar") {
    const column = length(lead.slice(lead.lastIndexOf("\n") + 1)) + 1
    return `${lead} ${scalarText(node.value, { column, indent, split: true })}\n`
  }
  if (isEmpty(node)) return `${lead} ${node._tag === "List" ? "[]" : "{}"}\n`
  if (inline) {
    const start = `${lead} `
    return node._tag === "List" ? sequence(node.items, indent, start) : mapping(node, indent, start)
  }
  return `${lead}\n${node._tag === "List" ? sequence(node.items, indent - 2, "") : mapping(node, indent, "")}`
}

const surrogate = /[\ud800-\udbff]/

/** Lines are measured in characters, not in UTF-16 units. */
const length = (text: string): number => (surrogate.test(text) ? [...text].length : text.length)

/** The length of the tag's short form, which counts for how long a key may be. */
const tagLength = (value: Scalar): number => {
  if (typeof value === "string" || typeof value === "bigint") return "!!str".length
  if (typeof value === "number") return "!!float".length
  return value instanceof Uint8Array ? "!!binary".length : "!!bool".length
}

const scalarText = (value: Scalar, position: YamlText.Position, key = false): string => {
  if (typeof value === "string") return stringText(value, position, key)
  if (value instanceof Uint8Array) return binaryText(value, position)
  return YamlText.plain(representation(value), position)
}

const representation = (value: Exclude<Scalar, string>): string => {
  if (value === null) return "null"
  if (typeof value === "number") return floatText(value)
  if (value instanceof Uint8Array) return base64(value)
  return String(value)
}

const floatText = (value: number): string => {
  if (Number.isNaN(value)) return ".nan"
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf"
  const text = Python.floatText(value)
  return text.includes(".") ? text : text.replace("e", ".0e")
}

/** Dates are strings here, and other readers of YAML 1.1 must not read them as dates. */
const timestamp =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/

/** The words that YAML 1.1 documents as booleans, `y` and `n` included. */
const booleans = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/

const readsAsOther = (text: string): boolean => !wordStart.test(text) && readsAsValue(text)

const readsAsValue = (text: string): boolean =>
  booleans.test(text) ||
  Python.parseInt(text) !== undefined ||
  Python.parseFloat(text) !== undefined ||
  isOtherTag(text) ||
  timestamp.test(text)

/** Whether YAML 1.1 would read the plain text as something other than a string. */
const isOtherTag = (text: string): boolean => tagOf(text) !== "str"

const stringText = (text: string, position: YamlText.Position, key: boolean): string => {
  const { multiline, plain, single } = YamlText.analyze(text)
  // A key is on one line.
  const oneLine = !key || !multiline
  if (plain && oneLine && !readsAsOther(text)) return YamlText.plain(text, position)
  return single && oneLine ? YamlText.single(text, position) : YamlText.double(text, position)
}

const base64 = (value: Uint8Array): string =>
  btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(""))

const binaryText = (value: Uint8Array, { indent }: YamlText.Position): string => {
  const lines = base64(value).match(/.{1,76}/g) ?? []
  return `!!binary |${lines.map((line) => `\n${" ".repeat(indent)}${line}`).join("")}`
}
