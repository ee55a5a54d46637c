/** The functions of the override grammar that make a sweep, and `tag()`. */
import * as Result from "effect/Result"
import * as Call from "./Call.ts"
import * as Casts from "./Casts.ts"
import * as Value from "./Value.ts"

/** `choice(a,b,c)`. */
export const choice = (bound: Call.Bound): Call.Outcome => {
  const [first, ...others] = bound.rest
  if (first === undefined) return Call.refuse(bound, "needs at least one value")
  if (first._tag !== "ChoiceSweep" || others.length > 0) {
    return Result.succeed({ ...Call.simpleChoice(bound.rest, bound.call.span), simple: false })
  }
  return first.simple
    ? Result.succeed({ ...first, simple: false })
    : Call.refuse(bound, "choices cannot be nested")
}

const whole = (value: number, span: Value.Span): Value.Int => ({ _tag: "Int", value, span })

/** `range(stop)`, `range(start,stop,step)`. */
export const range = (bound: Call.Bound): Call.Outcome => {
  const { span } = bound.call
  const start = bound.named.get("start")
  const stop = bound.named.get("stop")
  const step = bound.named.get("step") ?? whole(1, span)
  if (!Value.isNumeric(start) || !Value.isNumeric(step)) return Call.refuse(bound, "needs numbers")
  const limits = Value.isNumeric(stop) ? { start, stop } : { start: whole(0, span), stop: start }
  return Result.succeed({ _tag: "RangeSweep", ...limits, step, shuffle: false, tags: [], span })
}

/** `interval(start,end)`, in floats. */
export const interval = (bound: Call.Bound): Call.Outcome => {
  const { span } = bound.call
  const ends = Call.simpleChoice([...bound.named.values()], span)
  return Result.flatMap(Casts.cast("float", ends), () => {
    const start = bound.named.get("start")
    const end = bound.named.get("end")
    if (!Value.isNumeric(start) || !Value.isNumeric(end)) return Call.refuse(bound, "needs numbers")
    return Result.succeed({ _tag: "IntervalSweep", start: float(start), end: float(end), tags: [], span })
  })
}

const float = (value: Value.Numeric): Value.Float => ({
  _tag: "Float",
  value: Number(value.value),
  span: value.span
})

const patterns = (value: Value.OverrideValue | undefined): ReadonlyArray<Value.OverrideValue> => {
  if (value === undefined) return []
  return value._tag === "List" ? value.items : [value]
}

/** `glob(include,exclude)`; each a pattern or a list of patterns. */
export const glob = (bound: Call.Bound): Call.Outcome => {
  const include = patterns(bound.named.get("include"))
  const exclude = patterns(bound.named.get("exclude"))
  return Result.succeed({ _tag: "GlobSweep", include, exclude, span: bound.call.span })
}

/** `tag(t1,t2,sweep)`: replaces the sweep's tags. */
export const tag = (bound: Call.Bound): Call.Outcome => {
  const named = bound.named.get("sweep")
  if (bound.rest.length === 0) return Call.refuse(bound, "needs a sweep as its last argument")
  const all = named === undefined ? bound.rest : [...bound.rest, named]
  const tags = all.slice(0, -1)
  const sweep = all.at(-1)
  if (!tags.every(Value.isText)) return Call.refuse(bound, "tags are text")
  if (sweep === undefined || !("tags" in sweep)) return Call.refuse(bound, "the last argument is no sweep")
  return Result.succeed({ ...sweep, tags: [...new Set(tags.map((text) => text.value))] })
}
