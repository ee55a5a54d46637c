/** How Python writes and reads values as text, which is how OmegaConf shows them in strings and YAML. */
import { type Key, keyOf, type Node, type Scalar } from "./Node.ts"
import * as NumberText from "./NumberText.ts"

/** `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16. */
export const floatText = NumberText.formatFloat

/** `str(value)`. */
export const text = (value: Scalar): string => {
  if (typeof value === "string") return value
  return repr(value)
}

/** `repr(value)`. */
export const repr = (value: Scalar): string => {
  if (value === null) return "None"
  if (typeof value === "boolean") return value ? "True" : "False"
  if (typeof value === "bigint") return value.toString()
  if (typeof value === "number") return floatText(value)
  if (typeof value === "string") return quote(value)
  return `b${quote(Array.from(value, (byte) => String.fromCharCode(byte)).join(""))}`
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const quote = (value: string): string => {
  const mark = value.includes("'") && !value.includes('"') ? '"' : "'"
  let out = mark
  for (const char of value) out += char === mark ? `\\${char}` : (escapes[char] ?? printable(char))
  return out + mark
}

const printable = (char: string): string => {
  const code = char.codePointAt(0) ?? 0
  if (code >= 32 && code !== 127) return char
  return `\\x${code.toString(16).padStart(2, "0")}`
}

/** `str(node)`: lists and mappings as Python prints them, interpolations inside them left as they are. */
export const nodeText = (node: Node): string => (node._tag === "Scalar" ? text(node.value) : nodeRepr(node))

const nodeRepr = (node: Node): string => {
  if (node._tag === "Scalar") return repr(node.value)
  if (node._tag === "List") return `[${node.items.map(nodeRepr).join(", ")}]`
  const parts: Array<string> = []
  for (const [id, child] of node.entries) parts.push(`${repr(keyOf(node, id))}: ${nodeRepr(child)}`)
  return `{${parts.join(", ")}}`
}

type ScalarTypeName = "NoneType" | "bytes" | "bool" | "int" | "float" | "str"

/** The name of the value's Python type, for messages. */
export const typeName = (node: Node): string => {
  if (node._tag === "Map") return "dict"
  if (node._tag === "List") return "list"
  return scalarTypeName(node.value)
}

export const scalarTypeName = (value: Scalar): ScalarTypeName => {
  if (value === null) return "NoneType"
  if (value instanceof Uint8Array) return "bytes"
  switch (typeof value) {
    case "boolean":
      return "bool"
    case "bigint":
      return "int"
    case "number":
      return "float"
    default:
      return "str"
  }
}

/** A key as text: how it appears in a dotted path. */
export const keyText = (key: Key): string => text(key)

const blank = /[^\S\ufeff]|[\x1c-\x1f\x85]/

/** `str.strip`. It looks from both ends: a pattern that ends in `$` starts anew at each space inside. */
const strip = (value: string): string => {
  let start = 0
  let end = value.length
  while (start < end && blank.test(value.charAt(start))) start += 1
  while (end > start && blank.test(value.charAt(end - 1))) end -= 1
  return value.slice(start, end)
}

/** Decimal digits of any script as ASCII ones. */
const ascii = (value: string): string =>
  value.replace(/[^\x00-\x7f]/gu, (char) =>
    /\p{Nd}/u.test(char) ? String(digitValue(char.codePointAt(0) ?? 0)) : char
  )

/** Scripts have their ten digits in a row, from zero. */
const digitValue = (code: number): number => {
  let start = code
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start -= 1
  return (code - start) % 10
}

const integer = /^[+-]?\d+(?:_\d+)*$/

/** `int(text)`, or undefined where Python raises ValueError. */
export const parseInt = (value: string): bigint | undefined => {
  const digits = ascii(strip(value))
  if (digits.length > NumberText.maxLength || !integer.test(digits)) return undefined
  const plain = digits.replaceAll("_", "")
  if (plain.length > NumberText.maxDigits) return undefined
  return plain.startsWith("-") ? -BigInt(plain.slice(1)) : BigInt(plain.replace("+", ""))
}

/** `float(text)`, or undefined where Python raises ValueError. */
export const parseFloat = (value: string): number | undefined => NumberText.floatIn(ascii(strip(value)))
