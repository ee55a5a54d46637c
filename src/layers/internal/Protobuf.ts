/** Protocol Buffers, the writing half: fields of a message as bytes (protobuf.dev/programming-guides/encoding). */

const encoder = new TextEncoder()

/** Base-128, least group first; whole numbers up to 2^53, not negative. */
export const varint = (value: number): Uint8Array => {
  const bytes: Array<number> = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

const tag = (field: number, wire: number): Uint8Array => varint(field * 8 + wire)

/** A message, or the fields of one, in order. */
export const message = (...fields: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat(fields)

/** A whole number that may be negative, int64: below zero its two's complement in ten bytes. */
export const signed = (field: number, value: number): Uint8Array =>
  message(tag(field, 0), signedVarint(value))

const signedVarint = (value: number): Uint8Array => {
  if (value >= 0) return varint(value)
  const bytes = new Uint8Array(10)
  let rest = BigInt.asUintN(64, BigInt(value))
  for (let i = 0; i < 9; i++) {
    bytes[i] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  bytes[9] = Number(rest)
  return bytes
}

/** `repeated int64`, packed. */
export const integers = (field: number, values: ReadonlyArray<number>): Uint8Array =>
  bytes(field, message(...values.map(signedVarint)))

/** int64, uint64, bool and enum; not negative. */
export const int = (field: number, value: number): Uint8Array => message(tag(field, 0), varint(value))

export const bool = (field: number, value: boolean): Uint8Array => int(field, value ? 1 : 0)

export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  message(tag(field, 2), varint(value.length), value)

export const string = (field: number, value: string): Uint8Array => bytes(field, encoder.encode(value))

/** How many bytes a number below 2^32 takes as a `varint`. */
export const varintSize = (value: number): number => {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

/** Writes a number below 2^32 at `at`; returns where it ends. */
export const putVarint = (into: Buffer, at: number, value: number): number => {
  let position = at
  let rest = value
  while (rest >= 0x80) {
    into[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  into[position++] = rest
  return position
}

/**
 * A message of two strings within a message, as maps and items are; `valueField` from 16 to 2047, the others below
 * 16. Written in one piece, since there is one for each number and step.
 */
export const stringPair = (
  field: number,
  [keyField, key]: readonly [number, string],
  [valueField, value]: readonly [number, string]
): Uint8Array => {
  const keyLength = Buffer.byteLength(key)
  const valueLength = Buffer.byteLength(value)
  const inner = 1 + varintSize(keyLength) + keyLength + 2 + varintSize(valueLength) + valueLength
  const bytes = Buffer.allocUnsafe(1 + varintSize(inner) + inner)
  bytes[0] = field * 8 + 2
  let at = putVarint(bytes, 1, inner)
  bytes[at++] = keyField * 8 + 2
  at = putVarint(bytes, at, keyLength)
  at += bytes.write(key, at)
  at = putVarint(bytes, at, valueField * 8 + 2)
  at = putVarint(bytes, at, valueLength)
  bytes.write(value, at)
  return bytes
}

/** A message within a message. */
export const nested = (field: number, ...fields: ReadonlyArray<Uint8Array>): Uint8Array =>
  bytes(field, message(...fields))

export const double = (field: number, value: number): Uint8Array => {
  const data = new DataView(new ArrayBuffer(8))
  data.setFloat64(0, value, true)
  return message(tag(field, 1), new Uint8Array(data.buffer))
}

export const float = (field: number, value: number): Uint8Array => {
  const data = new DataView(new ArrayBuffer(4))
  data.setFloat32(0, value, true)
  return message(tag(field, 5), new Uint8Array(data.buffer))
}

/** `repeated double`, packed. */
export const doubles = (field: number, values: ArrayLike<number>): Uint8Array => {
  const data = new DataView(new ArrayBuffer(values.length * 8))
  for (let i = 0; i < values.length; i++) data.setFloat64(i * 8, values[i] ?? 0, true)
  return bytes(field, new Uint8Array(data.buffer))
}

/** No field if there is no value. */
export const maybe = <A>(value: A | null | undefined, field: (value: A) => Uint8Array): Uint8Array =>
  value === null || value === undefined ? new Uint8Array(0) : field(value)
