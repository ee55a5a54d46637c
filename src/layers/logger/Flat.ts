/** A plan as flat names and plain values, for trackers that know nothing nested. */

export type FlatValue = string | number | boolean

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const plain = (value: unknown): FlatValue => {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value
  return JSON.stringify(value) ?? String(value)
}

/** `{a: {b: 1}, c: [1, 2]}` as `a.b` 1 and `c` "[1,2]"; null as "null". */
export const flatten = (value: unknown, prefix = ""): ReadonlyArray<readonly [string, FlatValue]> => {
  if (!isRecord(value)) return prefix === "" ? [] : [[prefix, plain(value)]]
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, prefix === "" ? key : `${prefix}.${key}`)
  )
}
