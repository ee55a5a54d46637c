/** What distinguishes two values: SHA-256 over JSON in one canonical order of keys. */
import { createHash } from "node:crypto"
import type * as Schema from "effect/Schema"

const isObject = (json: Schema.Json): json is Schema.JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const sorted = (_: string, json: Schema.Json): Schema.Json =>
  isObject(json) ? Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))) : json

/** The one JSON text of a value: keys sorted by code unit, no white space. */
export const canonical = (json: Schema.Json): string => JSON.stringify(json, sorted)

/** `sha256:` and 64 hexadecimal digits. */
export const ofText = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`

export const of = (json: Schema.Json): string => ofText(canonical(json))

/** The first digits, for people. */
export const short = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 10)
