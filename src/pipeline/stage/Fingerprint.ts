/** Fingerprints of values: SHA-256 of JSON with its keys in a canonical order. */
import { createHash } from "node:crypto"
import type * as Schema from "effect/Schema"

const isObject = (json: Schema.Json): json is Schema.JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const sorted = (_: string, json: Schema.Json): Schema.Json =>
  isObject(json) ? Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))) : json

/** The canonical JSON text of a value: keys sorted by code unit, no white space. */
export const canonical = (json: Schema.Json): string => JSON.stringify(json, sorted)

/** The fingerprint of a text: `sha256:` and 64 hexadecimal digits. */
export const ofText = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`

/** The fingerprint of a value: `sha256:` and 64 hexadecimal digits. */
export const of = (json: Schema.Json): string => ofText(canonical(json))

/** The first digits, for people. */
export const short = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 10)
