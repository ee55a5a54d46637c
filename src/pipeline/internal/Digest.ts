/** SHA-256 of values: of JSON in one canonical order of keys, and of what data sets hold. */
import { createHash, type Hash } from "node:crypto"
import type * as Schema from "effect/Schema"

const isObject = (json: Schema.Json): json is Schema.JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const sorted = (_: string, json: Schema.Json): Schema.Json =>
  isObject(json) ? Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))) : json

/** The one JSON text of a value: keys sorted by code unit, no white space. */
export const canonical = (json: Schema.Json): string => JSON.stringify(json, sorted)

const ended = (hash: Hash): string => `sha256:${hash.digest("hex")}`

/** `sha256:` and 64 hexadecimal digits. */
export const ofText = (text: string): string => ended(createHash("sha256").update(text))

export const of = (json: Schema.Json): string => ofText(canonical(json))

/** One part after the other, with its kind and length before it, so that no two lists of parts read alike. */
const add = (hash: Hash, kind: string, value: string | Uint8Array): void => {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value
  hash.update(`${kind}:${bytes.byteLength}:`).update(bytes)
}

const addEntries = (
  hash: Hash,
  kind: string,
  entries: ReadonlyArray<unknown>,
  place: string
): string | undefined => {
  add(hash, kind, String(entries.length))
  for (const [i, entry] of entries.entries()) {
    const problem = addValue(hash, entry, `${place}[${i}]`)
    if (problem !== undefined) return problem
  }
  return undefined
}

const addRecord = (hash: Hash, record: object, place: string): string | undefined => {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
  add(hash, "record", String(entries.length))
  for (const [key, value] of entries) {
    add(hash, "key", key)
    const problem = addValue(hash, value, place === "" ? key : `${place}.${key}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The bytes that say all of an object, where there are such. */
const bytesOf = (value: object): string | Uint8Array | undefined => {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return value instanceof Date ? String(value.getTime()) : undefined
}

const addObject = (hash: Hash, value: object, place: string): string | undefined => {
  const bytes = bytesOf(value)
  if (bytes !== undefined) {
    add(hash, Object.prototype.toString.call(value), bytes)
    return undefined
  }
  if (Array.isArray(value)) return addEntries(hash, "array", value, place)
  if (value instanceof Map) return addEntries(hash, "map", [...value], place)
  if (value instanceof Set) return addEntries(hash, "set", [...value], place)
  return addRecord(hash, value, place)
}

/** What stands in the way, with its place, if something does. */
const addValue = (hash: Hash, value: unknown, place: string): string | undefined => {
  if (typeof value === "function" || typeof value === "symbol")
    return `${place === "" ? "it" : place} is a ${typeof value}`
  if (typeof value === "object" && value !== null) return addObject(hash, value, place)
  // The one number whose text is that of another.
  add(hash, typeof value, Object.is(value, -0) ? "-0" : String(value))
  return undefined
}

/** A digest, or why there is none. */
export type Digested = { readonly digest: string } | { readonly problem: string }

/**
 * Of any data that a thread could be sent: primitives, typed arrays by their bytes, arrays, records whatever the order
 * of their keys, maps, sets, dates. A function or a symbol has none.
 */
export const ofData = (value: unknown): Digested => {
  const hash = createHash("sha256")
  const problem = addValue(hash, value, "")
  return problem === undefined ? { digest: ended(hash) } : { problem }
}
