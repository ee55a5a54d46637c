/** The order of the values of an override, for `sort()`. */
import * as Python from "../node/Python.ts"
import * as Value from "./Value.ts"

/** Texts compare by code point at the first difference: a surrogate pair sorts after every other unit. */
const compareText = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    if (left.charCodeAt(at) !== right.charCodeAt(at)) {
      return (left.codePointAt(at) ?? 0) - (right.codePointAt(at) ?? 0)
    }
  }
  return left.length - right.length
}

const compareNumbers = (left: Value.Numeric, right: Value.Numeric): number => {
  if (left.value < right.value) return -1
  return left.value > right.value ? 1 : 0
}

const compareLists = (left: Value.List, right: Value.List): number | undefined => {
  const length = Math.min(left.items.length, right.items.length)
  for (let at = 0; at < length; at++) {
    const order = comparePair(left.items[at], right.items[at])
    if (order !== 0) return order
  }
  return left.items.length - right.items.length
}

/** Inside lists, equal values need no order between them. */
const comparePair = (left: Value.OverrideValue | undefined, right: Value.OverrideValue | undefined) => {
  if (left === undefined || right === undefined) return 0
  return isSameUnordered(left, right) ? 0 : compare(left, right)
}

/** Whether two values that have no order are equal. */
const isSameUnordered = (left: Value.OverrideValue, right: Value.OverrideValue): boolean => {
  if (left._tag === "Null") return right._tag === "Null"
  if (left._tag !== "Quoted" || right._tag !== "Quoted") return false
  return left.value === right.value && left.quote === right.quote
}

/** Negative, zero or positive; `undefined` when the two have no order (text and number, null, dictionaries). */
export const compare = (left: Value.OverrideValue, right: Value.OverrideValue): number | undefined => {
  if (Value.isNumeric(left) && Value.isNumeric(right)) return compareNumbers(left, right)
  if (left._tag === "Text" && right._tag === "Text") return compareText(left.value, right.value)
  return left._tag === "List" && right._tag === "List" ? compareLists(left, right) : undefined
}

/** A sorted copy, equal values in their given order either way; `undefined` when two values have no order. */
export const sorted = (
  items: ReadonlyArray<Value.OverrideValue>,
  reverse: boolean
): ReadonlyArray<Value.OverrideValue> | undefined => {
  let comparable = true
  const copy = [...items].sort((left, right) => {
    const order = compare(left, right)
    if (order === undefined) comparable = false
    return (order ?? 0) * (reverse ? -1 : 1)
  })
  return comparable ? copy : undefined
}

const magnitude = (value: number | bigint) => (value < 0 ? -value : value)

const sum = (left: Value.Numeric, right: Value.Numeric, sign: 1 | -1): Value.Int | Value.Float => {
  const span = left.span
  if (left._tag === "Float" || right._tag === "Float") {
    return { _tag: "Float", value: Number(left.value) + sign * Number(right.value), span }
  }
  return {
    _tag: "Int",
    value: Python.narrow(BigInt(left.value) + BigInt(sign) * BigInt(right.value)),
    span
  }
}

const opposite = (value: Value.Numeric): Value.Numeric =>
  sum({ _tag: "Int", value: 0, span: value.span }, value, -1)

const absolute = (value: Value.Numeric): Value.Numeric => {
  if (value._tag === "Bool") return value
  return value._tag === "Int"
    ? { ...value, value: magnitude(value.value) }
    : { ...value, value: Math.abs(value.value) }
}

/** The range in the other direction. This is Hydra's formula, which only suits steps of one. */
export const sortedRange = (range: Value.RangeSweep, reverse: boolean): Value.RangeSweep => {
  const inOrder = reverse ? range.start.value >= range.stop.value : range.start.value <= range.stop.value
  if (inOrder || Number.isNaN(Number(range.start.value)) || Number.isNaN(Number(range.stop.value)))
    return range
  const stride = absolute(range.step)
  const sign = reverse ? -1 : 1
  return {
    ...range,
    start: sum(range.stop, stride, sign),
    stop: sum(range.start, stride, sign),
    step: opposite(range.step)
  }
}
