/**
 * Decimal numbers as Python's `decimal` adds them: 28 significant digits, half to even.
 *
 * Hydra counts float ranges this way, so `range(0,1,0.1)` gives 0.3 and not 0.30000000000000004.
 */

/** `coefficient * 10 ** exponent`, exactly. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
}

const precision = 28

/** The exact value of a finite double, as mantissa times a power of two. */
const binary = (value: number): { readonly mantissa: bigint; readonly exponent: number } => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n
  return { mantissa: value < 0 ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 }
}

/** The exact value of a whole number or a finite double. */
export const from = (value: number | bigint): Decimal => {
  if (typeof value === "bigint") return { coefficient: value, exponent: 0 }
  const { mantissa, exponent } = binary(value)
  return exponent >= 0
    ? { coefficient: mantissa << BigInt(exponent), exponent: 0 }
    : { coefficient: mantissa * 5n ** BigInt(-exponent), exponent }
}

const scaled = (value: Decimal, exponent: number) =>
  value.coefficient * 10n ** BigInt(value.exponent - exponent)

/** Divides by a power of ten, half to even. */
const divideRounded = (coefficient: bigint, digits: number): bigint => {
  const divisor = 10n ** BigInt(digits)
  const magnitude = coefficient < 0n ? -coefficient : coefficient
  const quotient = magnitude / divisor
  const twice = (magnitude % divisor) * 2n
  const up = twice > divisor || (twice === divisor && quotient % 2n === 1n)
  const rounded = up ? quotient + 1n : quotient
  return coefficient < 0n ? -rounded : rounded
}

const round = ({ coefficient, exponent }: Decimal): Decimal => {
  const length = String(coefficient < 0n ? -coefficient : coefficient).length
  const surplus = length - precision
  if (surplus <= 0) return { coefficient, exponent }
  return round({ coefficient: divideRounded(coefficient, surplus), exponent: exponent + surplus })
}

/** The sum, rounded to the precision. */
export const add = (left: Decimal, right: Decimal): Decimal => {
  const exponent = Math.min(left.exponent, right.exponent)
  return round({ coefficient: scaled(left, exponent) + scaled(right, exponent), exponent })
}

/** Negative, zero or positive, exactly. */
export const compare = (left: Decimal, right: Decimal): number => {
  const exponent = Math.min(left.exponent, right.exponent)
  const difference = scaled(left, exponent) - scaled(right, exponent)
  return difference < 0n ? -1 : Number(difference > 0n)
}

/** The nearest double. */
export const toNumber = ({ coefficient, exponent }: Decimal): number => Number(`${coefficient}e${exponent}`)
