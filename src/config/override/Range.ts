/** The values of `range(start, stop, step)`. */
import * as Result from "effect/Result"
import * as Python from "../node/Python.ts"
import * as Decimal from "./Decimal.ts"
import type { Float, Int, RangeSweep } from "./Value.ts"

/** Integers give integers; one float among the three makes all values floats, which are added in decimal. */
export const values = (
  range: RangeSweep,
  limit: number
): Result.Result<ReadonlyArray<Int | Float>, string> => {
  const bounds = [range.start, range.stop, range.step]
  if (bounds.some((bound) => bound._tag === "Float" && !Number.isFinite(bound.value))) {
    return Result.fail("a range needs finite numbers")
  }
  if (Number(range.step.value) === 0) return Result.fail("a step of 0 never reaches the end")
  const isWhole = bounds.every((bound) => bound._tag !== "Float")
  return count(range, limit, isWhole)
}

const count = (
  range: RangeSweep,
  limit: number,
  isWhole: boolean
): Result.Result<ReadonlyArray<Int | Float>, string> => {
  const stop = number(range.stop)
  const step = number(range.step)
  const direction = Number(range.step.value) > 0 ? 1 : -1
  const found: Array<Int | Float> = []
  for (
    let at = number(range.start);
    Decimal.compare(stop, at) * direction > 0;
    at = next(at, step, isWhole)
  ) {
    if (found.length >= limit) return Result.fail(`the range has more than ${limit} values`)
    found.push(node(at, range, isWhole))
  }
  return Result.succeed(found)
}

/** Integers are not rounded, however long. */
const next = (at: Decimal.Decimal, step: Decimal.Decimal, isWhole: boolean) =>
  isWhole ? Decimal.from(at.coefficient + step.coefficient) : Decimal.add(at, step)

const number = (bound: RangeSweep["start"]) =>
  Decimal.from(bound._tag === "Float" ? bound.value : BigInt(bound.value))

const node = (at: Decimal.Decimal, { span }: RangeSweep, isWhole: boolean): Int | Float =>
  isWhole
    ? { _tag: "Int", value: Python.narrow(at.coefficient), span }
    : { _tag: "Float", value: Decimal.toNumber(at), span }
