/** A plan as flat names and plain values, for trackers without nested values. */
import * as Predicate from "effect/Predicate"

export type FlatValue = string | number | boolean

const plain = (value: unknown): FlatValue => {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value
  return JSON.stringify(value) ?? String(value)
}

/** `{a: {b: 1}, c: [1, 2]}` as `a.b` 1 and `c` "[1,2]"; null as "null". */
export const flatten = (value: unknown, prefix = ""): ReadonlyArray<readonly [string, FlatValue]> => {
  if (!Predicate.isObject(value)) return prefix === "" ? [] : [[prefix, plain(value)]]
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, prefix === "" ? key : `${prefix}.${key}`)
  )
}
