/** The vectors' tagged JSON: values that plain JSON cannot distinguish, and their comparison. */
import { type OverrideValue, Python } from "./subject.ts"

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const int = (value: number | bigint): unknown =>
  typeof value === "bigint" ? { $int: String(value) } : value

/** Integral, infinite and undefined floats are tagged, all others are plain JSON numbers. */
export const float = (value: number): unknown =>
  Number.isInteger(value) || !Number.isFinite(value) ? { $float: Python.floatText(value) } : value

/** A dictionary: an object where all keys are text, tagged pairs otherwise. */
export const dict = (entries: ReadonlyArray<readonly [unknown, unknown]>): unknown =>
  entries.every(([key]) => typeof key === "string")
    ? Object.fromEntries(entries.map(([key, value]) => [String(key), value]))
    : { $dict: entries }

/** A value of the override grammar. */
export const overrideValue = (value: OverrideValue.OverrideValue): unknown => {
  switch (value._tag) {
    case "Null":
      return null
    case "Int":
      return int(value.value)
    case "Float":
      return float(value.value)
    case "Bool":
    case "Text":
      return value.value
    case "Quoted":
      return { $quoted: value.value, quote: value.quote }
    case "List":
      return value.items.map(overrideValue)
    case "Dict":
      return dict(value.entries.map((entry) => [overrideValue(entry.key), overrideValue(entry.value)]))
    default:
      return sweep(value)
  }
}

const sweep = (value: OverrideValue.Sweep): unknown => {
  switch (value._tag) {
    case "ChoiceSweep": {
      const $choice = value.items.map(overrideValue)
      return { $choice, simple_form: value.simple, shuffle: value.shuffle, tags: [...value.tags].sort() }
    }
    case "RangeSweep": {
      const $range = [value.start, value.stop, value.step].map(overrideValue)
      return { $range, shuffle: value.shuffle, tags: [...value.tags].sort() }
    }
    case "IntervalSweep":
      return { $interval: [value.start, value.end].map(overrideValue), tags: [...value.tags].sort() }
    case "GlobSweep":
      return {
        $glob: { include: value.include.map(overrideValue), exclude: value.exclude.map(overrideValue) }
      }
  }
}

/** Deep equality; the order of an object's keys does not count, that of tagged pairs does. */
export const same = (left: unknown, right: unknown): boolean => {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]))
  }
  if (!isRecord(left) || !isRecord(right)) return left === right
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  )
}

/** A stable text of a value, for messages and for multisets. */
export const show = (value: unknown): string => JSON.stringify(value) ?? String(value)

/** The same value with every list sorted: what stays of it under a random shuffle. */
export const unordered = (value: unknown): unknown => {
  if (Array.isArray(value))
    return value.map(unordered).sort((left, right) => (show(left) < show(right) ? -1 : 1))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unordered(item)]))
}
