/** Numbers as text, the way Hydra configs spell them: Python's `int()`, `float()` and `repr()`. */

/** Digits a whole number may have; Python refuses more, because the conversion is quadratic. */
export const maxDigits = 4300

/** Characters a number may have at all: the patterns below need memory for each group of digits. */
export const maxLength = 100_000

const wholeNumber = /^[+-]?[0-9]+(?:_[0-9]+)*$/
/** The digits after the point are looked for after a point alone, or the time to refuse a text is quadratic. */
const decimalNumber =
  /^[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?$/
const infinite = /^([+-]?)inf(?:inity)?$/i
const notANumber = /^[+-]?nan$/i

/** The number itself where it is a safe integer, a `bigint` beyond. */
export const narrow = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Reads a decimal whole number (`10`, `+1_000`, `007`), or `undefined`; surrounding white space is allowed. */
export const parseInt = (text: string): number | bigint | undefined => {
  const trimmed = text.trim()
  if (trimmed.length > maxLength || !wholeNumber.test(trimmed)) return undefined
  const digits = trimmed.replaceAll("_", "")
  if (digits.length > maxDigits) return undefined
  // `+ 0` turns the -0 of "-0" into 0: whole numbers have no negative zero.
  if (digits.length < 16) return Number(digits) + 0
  const magnitude = BigInt(digits.replace(/^[+-]/, ""))
  return narrow(digits.startsWith("-") ? -magnitude : magnitude)
}

/** Reads a decimal number (`1.5`, `.5`, `1_0e-3`, `inf`, `nan`), or `undefined`; surrounding white space is allowed. */
export const parseFloat = (text: string): number | undefined => floatIn(text.trim())

/** The same without surrounding white space. */
export const floatIn = (trimmed: string): number | undefined => {
  if (trimmed.length > maxLength) return undefined
  if (decimalNumber.test(trimmed)) return Number(trimmed.replaceAll("_", ""))
  const sign = infinite.exec(trimmed)?.[1]
  if (sign !== undefined) return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return notANumber.test(trimmed) ? Number.NaN : undefined
}

/** Writes a float so that it reads back as a float: `1.0`, `1e-05`, `1e+16`, `inf`, `nan`. */
export const formatFloat = (value: number): string => {
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
