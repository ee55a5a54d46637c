/** How Python reads and writes values as text: its `int()`, `float()`, `str()` and `repr()`, which Hydra uses. */
import { type Key, keyOf, type Node, type Scalar } from "./Node.ts"

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

/** `repr(float)`: text that reads back as the same float, such as `1.0`, `1e-05`, `1e+16`, `inf` and `nan`. */
export const floatText = (value: number): string => {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  const sign = value < 0 || Object.is(value, -0) ? "-" : ""
  const [mantissa = "0", exponent = "0"] = Math.abs(value).toExponential().split("e")
  const digits = mantissa.replace(".", "")
  return sign + layout(digits, Number(exponent))
}

/** Python switches to an exponent below 1e-4 and from 1e16 on; `digits` are the shortest that read back. */
const layout = (digits: string, exponent: number): string => {
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ""
    const power = String(Math.abs(exponent)).padStart(2, "0")
    return `${digits.slice(0, 1)}${fraction}e${exponent < 0 ? "-" : "+"}${power}`
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0")
  return `${whole}.${digits.slice(exponent + 1) || "0"}`
}

/** Digits that an integer may have; Python refuses more, because the conversion is quadratic. */
export const maxDigits = 4300

/** Characters that a number may have: the patterns below need memory for each group of digits. */
export const maxLength = 100_000

const blank = /[^\S\ufeff]|[\x1c-\x1f\x85]/

/** `str.strip`. It works from both ends, because a pattern that ends in `$` starts again at each space inside. */
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

/** Each script has its ten digits in a row, from zero. */
const digitValue = (code: number): number => {
  let start = code
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start -= 1
  return (code - start) % 10
}

const integer = /^[+-]?\d+(?:_\d+)*$/
/** Digits after the point are only looked for after a point; otherwise the time to refuse a text would be quadratic. */
const decimal =
  /^[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?$/
const infinite = /^([+-]?)inf(?:inity)?$/i
const notANumber = /^[+-]?nan$/i

/** `int(text)`, or undefined if Python raises ValueError. */
export const parseInt = (value: string): bigint | undefined => {
  const digits = ascii(strip(value))
  if (digits.length > maxLength || !integer.test(digits)) return undefined
  const plain = digits.replaceAll("_", "")
  if (plain.length > maxDigits) return undefined
  return plain.startsWith("-") ? -BigInt(plain.slice(1)) : BigInt(plain.replace("+", ""))
}

/** `float(text)`, or undefined if Python raises ValueError. */
export const parseFloat = (value: string): number | undefined => {
  const text = ascii(strip(value))
  if (text.length > maxLength) return undefined
  if (decimal.test(text)) return Number(text.replaceAll("_", ""))
  const sign = infinite.exec(text)?.[1]
  if (sign !== undefined) return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return notANumber.test(text) ? Number.NaN : undefined
}

/** The number itself if it is a safe integer, a `bigint` beyond. */
export const narrow = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
