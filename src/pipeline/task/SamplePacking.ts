/**
 * A record as bytes and back: typed arrays as they are, everything else as JSON. The bytes are 4 of the length of a
 * header, the header, and the arrays, each of which begins at a multiple of 8.
 */
import { isDeepStrictEqual } from "node:util"

type TypedArray = Uint8Array | Int32Array | Float32Array

/** What a record takes, and how it is written. */
export interface Packed {
  readonly bytes: number
  /** Fills `into`, of so many bytes. */
  readonly write: (into: Uint8Array) => void
}

const views = {
  Uint8Array: (buffer: ArrayBufferLike, at: number, length: number) => new Uint8Array(buffer, at, length),
  Int32Array: (buffer: ArrayBufferLike, at: number, length: number) => new Int32Array(buffer, at, length),
  Float32Array: (buffer: ArrayBufferLike, at: number, length: number) => new Float32Array(buffer, at, length)
}
type Kind = keyof typeof views

const kindOf = (value: unknown): Kind | undefined => {
  if (value instanceof Uint8Array) return "Uint8Array"
  if (value instanceof Float32Array) return "Float32Array"
  return value instanceof Int32Array ? "Int32Array" : undefined
}

const isArray = (value: unknown): value is TypedArray => kindOf(value) !== undefined

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** Undefined for what JSON cannot say exactly, such as -0 or a missing value: it would come back as something else. */
export const pack = (record: object): Packed | undefined => {
  const entries: ReadonlyArray<readonly [string, unknown]> = Object.entries(record)
  const arrays = entries.flatMap(([name, value]) => (isArray(value) ? [{ name, value }] : []))
  const facts = Object.fromEntries(entries.filter(([, value]) => !isArray(value)))
  const layout = arrays.map(({ name, value }) => [name, kindOf(value), value.length])
  const text = JSON.stringify([facts, layout])
  if (!isDeepStrictEqual(JSON.parse(text)[0], facts)) return undefined
  const header = new TextEncoder().encode(text)
  const first = aligned(4 + header.length)
  return {
    bytes: arrays.reduce((at, { value }) => at + aligned(value.byteLength), first),
    write: (into) => {
      new DataView(into.buffer, into.byteOffset).setUint32(0, header.length, true)
      into.set(header, 4)
      let at = first
      for (const { value } of arrays) {
        into.set(bytesOf(value), at)
        at += aligned(value.byteLength)
      }
    }
  }
}

const isLayout = (value: unknown): value is readonly [string, Kind, number] =>
  Array.isArray(value) && typeof value[0] === "string" && Object.hasOwn(views, value[1])

/**
 * The record of bytes that `pack` wrote. Its arrays are views of these bytes, which have to begin at a multiple of 8 in
 * their buffer; with `copied`, they have memory of their own.
 */
export const unpack = (bytes: Uint8Array, copied: boolean): object => {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  // A decoder of text refuses shared memory, so that it gets a copy.
  const text = new TextDecoder().decode(Uint8Array.from(bytes.subarray(4, 4 + length)))
  const [facts, layout]: readonly [object, ReadonlyArray<unknown>] = JSON.parse(text)
  const arrays: Record<string, TypedArray> = {}
  let at = aligned(4 + length)
  for (const [name, kind, count] of layout.filter(isLayout)) {
    const view = views[kind](bytes.buffer, bytes.byteOffset + at, count)
    arrays[name] = copied ? view.slice() : view
    at += aligned(view.byteLength)
  }
  return { ...facts, ...arrays }
}
