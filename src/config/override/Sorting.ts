/** `sort()` and `shuffle()` of the override grammar, over values, lists and sweeps. */
import * as Result from "effect/Result"
import * as Call from "./Call.ts"
import * as Order from "./Order.ts"
import * as Shuffle from "./Shuffle.ts"
import * as Value from "./Value.ts"

const ordered = (bound: Call.Bound, items: ReadonlyArray<Value.OverrideValue>, reverse: boolean) => {
  const result = Order.sorted(items, reverse)
  return result === undefined
    ? Call.refuse(bound, "values of different kinds have no order")
    : Result.succeed(result)
}

const sortSweep = (
  bound: Call.Bound,
  sweep: Value.ChoiceSweep | Value.RangeSweep,
  reverse: boolean
): Call.Outcome =>
  sweep._tag === "RangeSweep"
    ? Result.succeed(Order.sortedRange(sweep, reverse))
    : Result.map(ordered(bound, sweep.items, reverse), (items) => ({ ...sweep, items }))

const sortOne = (bound: Call.Bound, value: Value.OverrideValue, reverse: boolean): Call.Outcome => {
  if (value._tag === "ChoiceSweep" || value._tag === "RangeSweep") return sortSweep(bound, value, reverse)
  if (value._tag !== "List") return Result.succeed(value)
  return Result.map(ordered(bound, value.items, reverse), (items) => ({ ...value, items }))
}

/** Ascending, or descending with `reverse=true`; equal values keep their order. */
export const sort = (bound: Call.Bound): Call.Outcome => {
  const given = bound.named.get("reverse")
  const reverse = given?._tag === "Bool" && given.value
  const named = bound.named.get("list") ?? bound.named.get("sweep")
  const [first, ...others] = bound.rest
  if (named !== undefined) return sortOne(bound, named, reverse)
  if (first === undefined) return Call.refuse(bound, "needs something to sort")
  if (others.length === 0) return sortOne(bound, first, reverse)
  if (!bound.rest.every((value) => value._tag === "Text" || Value.isNumeric(value))) {
    return Call.refuse(bound, "several values to sort are numbers or text")
  }
  return sortSweep(bound, Call.simpleChoice(bound.rest, bound.call.span), reverse)
}

/** A list is shuffled here, by a seed drawn from the override's text; a sweep when it is expanded. */
export const shuffle = (bound: Call.Bound): Call.Outcome => {
  const named = bound.named.get("list") ?? bound.named.get("sweep")
  const values = named === undefined ? bound.rest : [named]
  const only = values.length === 1 ? values[0] : undefined
  if (only === undefined) return shuffledChoice(bound, values)
  if (only._tag === "ChoiceSweep" || only._tag === "RangeSweep")
    return Result.succeed({ ...only, shuffle: true })
  const items = only._tag === "List" ? Shuffle.shuffled(only.items, bound.call.seed) : [only]
  return Result.succeed({ _tag: "List", items, span: bound.call.span })
}

const shuffledChoice = (bound: Call.Bound, values: ReadonlyArray<Value.OverrideValue>): Call.Outcome =>
  values.some(Value.isSweep)
    ? Call.refuse(bound, "sweeps cannot be nested")
    : Result.succeed({ ...Call.simpleChoice(values, bound.call.span), shuffle: true })
