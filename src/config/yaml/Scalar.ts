/**
 * What an unquoted YAML scalar means: PyYAML's YAML 1.1 rules as OmegaConf changes them.
 *
 * `yes`, `on`, `NO` are booleans; `010` is 8, `0x1F` 31, `0b11` 3, `1:30` 90; `1e-3` is a float; dates are strings.
 */
import type { Scalar } from "../node/Node.ts"
import { maxDigits, maxLength } from "../node/Python.ts"

/** The YAML tags that a plain scalar can have; `merge` is `<<` and `value` is `=`. */
export type Tag = "str" | "int" | "float" | "bool" | "null" | "merge" | "value"

const bool = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const nothing = /^(?:~|null|Null|NULL|)$/
const int =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
/** PyYAML's own floats, then the ones OmegaConf adds (an exponent without a point, one without a sign). */
const float = new RegExp(
  [
    "^(?:[-+]?[0-9][0-9_]*\\.[0-9_]*(?:[eE][-+][0-9]+)?",
    "\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
    "[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*",
    "[-+]?\\.(?:inf|Inf|INF)",
    "\\.(?:nan|NaN|NAN)",
    "[-+]?[0-9]+(?:_[0-9]+)*\\.[0-9_]*(?:[eE][-+]?[0-9]+)?",
    "[-+]?[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)",
    "\\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?)$"
  ].join("|")
)

/** How no number, boolean or null begins in YAML, OmegaConf or Python, which settles most texts at once. */
export const wordStart = /^[a-eghj-mp-su-xzA-EGHJ-MP-SU-XZ_/$]/

/** Text that can only be a number, however long; the patterns above need memory for each group of digits. */
const digitsOnly = /^[-+.]?[0-9][0-9_.:eE+-]*$/

/** The tag of a plain scalar with this text. */
export const tagOf = (text: string): Tag => {
  if (wordStart.test(text)) return "str"
  return text.length > maxLength ? longTag(text) : shortTag(text)
}

const longTag = (text: string): Tag => (digitsOnly.test(text) ? "int" : "str")

const shortTag = (text: string): Tag => {
  if (bool.test(text)) return "bool"
  if (int.test(text)) return "int"
  if (float.test(text)) return "float"
  if (nothing.test(text)) return "null"
  if (text === "<<") return "merge"
  return text === "=" ? "value" : "str"
}

/** The value of a scalar with this tag, or undefined if the text does not fit the tag. */
export const valueOf = (tag: Tag, text: string): Scalar | undefined => {
  switch (tag) {
    case "bool":
      return booleans.get(text.toLowerCase())
    case "int":
      return integer(text)
    case "float":
      return floating(text)
    case "null":
      return null
    default:
      return text
  }
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["true", true],
  ["on", true],
  ["no", false],
  ["false", false],
  ["off", false]
])

const unsigned = (text: string): readonly [negative: boolean, digits: string] => {
  const digits = text.replaceAll("_", "").toLowerCase()
  return digits.startsWith("-")
    ? [true, digits.slice(1)]
    : [false, digits.startsWith("+") ? digits.slice(1) : digits]
}

const integer = (text: string): bigint | undefined => {
  const [negative, digits] = unsigned(text)
  const magnitude = magnitudeOf(digits)
  return magnitude === undefined || !negative ? magnitude : -magnitude
}

const magnitudeOf = (digits: string): bigint | undefined => {
  if (digits.length > maxDigits) return undefined
  if (/^0[bx]?$/.test(digits)) return digits === "0" ? 0n : undefined
  if (/^0b[01]+$|^0x[0-9a-f]+$/.test(digits)) return BigInt(digits)
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`)
  if (/^\d+(?::\d+)+$/.test(digits)) {
    return digits.split(":").reduce((total, part) => total * 60n + BigInt(part), 0n)
  }
  return /^[1-9]\d*$/.test(digits) ? BigInt(digits) : undefined
}

const floating = (text: string): number | undefined => {
  const [negative, digits] = unsigned(text)
  const magnitude = floatMagnitude(digits)
  return magnitude === undefined || !negative ? magnitude : -magnitude
}

const floatMagnitude = (digits: string): number | undefined => {
  if (/^(?:\.?inf|infinity)$/.test(digits)) return Infinity
  if (/^\.?nan$/.test(digits)) return Number.NaN
  if (digits.includes(":")) {
    const parts = digits.split(":").map(Number)
    return parts.some(Number.isNaN) ? undefined : parts.reduce((total, part) => total * 60 + part, 0)
  }
  return /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(digits) ? Number(digits) : undefined
}
