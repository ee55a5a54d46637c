/** How Python writes and reads values as text, which is how OmegaConf shows them in strings and YAML. */
import { type Key, keyOf, type Node, type Scalar } from "./Node.ts"

/** `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16. */
export const floatText = (value: number): string => {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  if (Object.is(value, -0)) return "-0.0"
  const [mantissa = "0", exponentText = "0"] = value.toExponential().split("e")
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const magnitude = Math.abs(exponent).toString().padStart(2, "0")
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${magnitude}`
  }
  return positional(mantissa, exponent)
}

const positional = (mantissa: string, exponent: number): string => {
  const sign = mantissa.startsWith("-") ? "-" : ""
  const digits = mantissa.replace("-", "").replace(".", "")
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0")
  const fraction = digits.slice(exponent + 1)
  return `${sign}${whole}.${fraction === "" ? "0" : fraction}`
}

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

const integer = /^[ \t\n\r\f\v]*[+-]?\d+(?:_\d+)*[ \t\n\r\f\v]*$/

/** `int(text)`, or undefined where Python raises ValueError. */
export const parseInt = (value: string): bigint | undefined => {
  if (!integer.test(value)) return undefined
  const digits = value.trim().replaceAll("_", "")
  return digits.startsWith("+")
    ? BigInt(digits.slice(1))
    : digits.startsWith("-")
      ? -BigInt(digits.slice(1))
      : BigInt(digits)
}

const decimal = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/
const special = /^([+-]?)(?:(inf|infinity)|(nan))$/i

/** `float(text)`, or undefined where Python raises ValueError. */
export const parseFloat = (value: string): number | undefined => {
  const trimmed = value.trim()
  const match = special.exec(trimmed)
  if (match !== null) return match[3] !== undefined ? Number.NaN : match[1] === "-" ? -Infinity : Infinity
  return decimal.test(trimmed) ? Number(trimmed.replaceAll("_", "")) : undefined
}
