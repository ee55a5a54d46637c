/** The casts of the override grammar: `int()`, `float()`, `str()` and `bool()`, over scalars, containers and sweeps. */
import * as Result from "effect/Result"
import * as Python from "../node/Python.ts"
import * as Problem from "./Problem.ts"
import * as Value from "./Value.ts"

type Outcome<A = Value.OverrideValue> = Result.Result<A, Problem.Problem>

/** A cast, by the name of its function. */
export type Name = "int" | "float" | "str" | "bool"

interface Cast {
  readonly name: Name
  readonly scalar: (value: Value.Scalar) => Value.Scalar | undefined
}

const toInt = (value: Value.Scalar): number | bigint | undefined => {
  switch (value._tag) {
    case "Null":
      return undefined
    case "Bool":
      return Number(value.value)
    case "Int":
      return value.value
    case "Float":
      return Number.isFinite(value.value) ? Python.narrow(BigInt(Math.trunc(value.value))) : undefined
    default:
      return wholeIn(value.value)
  }
}

const wholeIn = (text: string): number | bigint | undefined => {
  const value = Python.parseInt(text)
  return value === undefined ? undefined : Python.narrow(value)
}

const toFloat = (value: Value.Scalar): number | undefined => {
  switch (value._tag) {
    case "Null":
      return undefined
    case "Bool":
      return Number(value.value)
    case "Int":
      return Number.isFinite(Number(value.value)) ? Number(value.value) : undefined
    case "Float":
      return value.value
    default:
      return Python.parseFloat(value.value)
  }
}

const toText = (value: Value.Scalar): string | undefined => {
  switch (value._tag) {
    case "Null":
      return undefined
    case "Float":
      return Python.floatText(value.value)
    default:
      return String(value.value)
  }
}

const toBool = (value: Value.Scalar): boolean | undefined => {
  switch (value._tag) {
    case "Null":
      return false
    case "Text":
    case "Quoted": {
      const word = value.value.toLowerCase()
      return word === "true" || (word === "false" ? false : undefined)
    }
    case "Float":
      return value.value !== 0
    default:
      return Boolean(value.value)
  }
}

const wrap =
  <A>(convert: (value: Value.Scalar) => A | undefined, node: (value: A, span: Value.Span) => Value.Scalar) =>
  (value: Value.Scalar): Value.Scalar | undefined => {
    const converted = convert(value)
    return converted === undefined ? undefined : node(converted, value.span)
  }

const casts: Readonly<Record<Name, Cast>> = {
  int: { name: "int", scalar: wrap(toInt, (value, span) => ({ _tag: "Int", value, span })) },
  float: { name: "float", scalar: wrap(toFloat, (value, span) => ({ _tag: "Float", value, span })) },
  str: { name: "str", scalar: wrap(toText, (value, span) => ({ _tag: "Text", value, span })) },
  bool: { name: "bool", scalar: wrap(toBool, (value, span) => ({ _tag: "Bool", value, span })) }
}

const describe = (value: Value.OverrideValue): string => {
  switch (value._tag) {
    case "Null":
      return "null"
    case "Text":
    case "Quoted":
      return JSON.stringify(value.value)
    case "Int":
    case "Float":
    case "Bool":
      return String(value.value)
    default:
      return `a ${value._tag}`
  }
}

const refuse = (cast: Cast, value: Value.OverrideValue) =>
  Result.fail(
    Problem.refused(
      value.span,
      `${describe(value)} cannot be cast to ${cast.name}`,
      "Use a value that the cast can read, or write the intended value without a cast."
    )
  )

const each = <A, B>(items: ReadonlyArray<A>, convert: (item: A) => Outcome<B>): Outcome<ReadonlyArray<B>> => {
  const converted: Array<B> = []
  for (const item of items) {
    const result = convert(item)
    if (Result.isFailure(result)) return Result.fail(result.failure)
    converted.push(result.success)
  }
  return Result.succeed(converted)
}

const bound = (cast: Cast, value: Value.Numeric): Outcome<Value.Int | Value.Float> => {
  const converted = cast.scalar(value)
  return converted?._tag === "Int" || converted?._tag === "Float"
    ? Result.succeed(converted)
    : refuse(cast, value)
}

/** Only `int` and `float` can cast a range or an interval; like Hydra, a range loses its tags and its shuffle. */
const continuous = (cast: Cast, sweep: Value.RangeSweep | Value.IntervalSweep): Outcome => {
  if (cast.name === "str" || cast.name === "bool") return refuse(cast, sweep)
  if (sweep._tag === "IntervalSweep") {
    return Result.map(
      each([sweep.start, sweep.end], (value) => bound(cast, value)),
      ([start, end]) => ({
        ...sweep,
        start: start ?? sweep.start,
        end: end ?? sweep.end
      })
    )
  }
  return Result.map(
    each([sweep.start, sweep.stop, sweep.step], (value) => bound(cast, value)),
    ([start, stop, step]) => ({
      ...sweep,
      start: start ?? sweep.start,
      stop: stop ?? sweep.stop,
      step: step ?? sweep.step,
      shuffle: false,
      tags: []
    })
  )
}

/** A choice loses its tags and its shuffle, like Hydra's, and contains no sweeps. */
const choice = (cast: Cast, sweep: Value.ChoiceSweep): Outcome =>
  Result.map(
    each(sweep.items, (item) => (Value.isSweep(item) ? refuse(cast, item) : apply(cast, item))),
    (items) => ({ ...sweep, items, shuffle: false, tags: [] })
  )

const apply = (cast: Cast, value: Value.OverrideValue): Outcome => {
  switch (value._tag) {
    case "List":
      return Result.map(
        each(value.items, (item) => apply(cast, item)),
        (items) => ({ ...value, items })
      )
    case "Dict":
      return Result.map(
        each(value.entries, (entry) =>
          Result.map(apply(cast, entry.value), (converted) => ({ key: entry.key, value: converted }))
        ),
        (entries) => ({ ...value, entries })
      )
    case "ChoiceSweep":
      return choice(cast, value)
    case "RangeSweep":
    case "IntervalSweep":
      return continuous(cast, value)
    case "GlobSweep":
      return refuse(cast, value)
    default: {
      const converted = cast.scalar(value)
      return converted === undefined ? refuse(cast, value) : Result.succeed(converted)
    }
  }
}

/** Casts a value, all the values in a container, or all the values of a sweep. */
export const cast = (name: Name, value: Value.OverrideValue): Outcome => apply(casts[name], value)
