/** The functions of the override grammar: what each takes, and its evaluation while parsing. */
import * as Result from "effect/Result"
import * as Casts from "./Casts.ts"
import * as Order from "./Order.ts"
import * as Problem from "./Problem.ts"
import * as Shuffle from "./Shuffle.ts"
import * as Value from "./Value.ts"

export interface Call {
  readonly name: string
  readonly arguments: ReadonlyArray<{
    readonly name: string | undefined
    readonly value: Value.OverrideValue
  }>
  /** The whole call. */
  readonly span: Value.Span
  /** The seed of a shuffle. */
  readonly seed: number
}

/** A call whose arguments have been checked against the signature. */
interface Bound {
  readonly call: Call
  /** How the function is written, for the cure of an error. */
  readonly usage: string
  /** The positional arguments of a function that takes any number of them. */
  readonly rest: ReadonlyArray<Value.OverrideValue>
  /** All other arguments by parameter; absent ones are missing. */
  readonly named: ReadonlyMap<string, Value.OverrideValue>
}

type Outcome = Result.Result<Value.OverrideValue, Problem.Problem>

const refuse = ({ call, usage }: Bound, problem: string) =>
  Result.fail(Problem.refused(call.span, `${call.name}() ${problem}`, `Write ${usage}.`))

/** `a,b,c` out of a call's arguments. */
const simpleChoice = (items: ReadonlyArray<Value.OverrideValue>, span: Value.Span): Value.ChoiceSweep => ({
  _tag: "ChoiceSweep",
  items,
  simple: true,
  shuffle: false,
  tags: [],
  span
})

// ---- casts

/** A cast: of one value, of several (which become a choice), or of `value=…`. */
const cast =
  (name: Casts.Name) =>
  (bound: Bound): Outcome => {
    const value = bound.named.get("value")
    const first = bound.rest[0]
    if (value !== undefined && first !== undefined) return refuse(bound, "takes values or value=…, not both")
    if (value !== undefined) return Casts.cast(name, value)
    if (first === undefined) return refuse(bound, "needs a value")
    return Casts.cast(name, bound.rest.length === 1 ? first : simpleChoice(bound.rest, bound.call.span))
  }

// ---- functions that make a sweep, and tag()

/** `choice(a,b,c)`. */
const choice = (bound: Bound): Outcome => {
  const [first, ...others] = bound.rest
  if (first === undefined) return refuse(bound, "needs at least one value")
  if (first._tag !== "ChoiceSweep" || others.length > 0) {
    return Result.succeed({ ...simpleChoice(bound.rest, bound.call.span), simple: false })
  }
  return first.simple ? Result.succeed({ ...first, simple: false }) : refuse(bound, "cannot be nested")
}

const whole = (value: number, span: Value.Span): Value.Int => ({ _tag: "Int", value, span })

/** `range(stop)`, `range(start,stop,step)`. */
const range = (bound: Bound): Outcome => {
  const { span } = bound.call
  const start = bound.named.get("start")
  const stop = bound.named.get("stop")
  const step = bound.named.get("step") ?? whole(1, span)
  if (!Value.isNumeric(start) || !Value.isNumeric(step)) return refuse(bound, "needs numbers")
  const limits = Value.isNumeric(stop) ? { start, stop } : { start: whole(0, span), stop: start }
  return Result.succeed({ _tag: "RangeSweep", ...limits, step, shuffle: false, tags: [], span })
}

/** `interval(start,end)`, in floats. */
const interval = (bound: Bound): Outcome => {
  const { span } = bound.call
  const ends = simpleChoice([...bound.named.values()], span)
  return Result.flatMap(Casts.cast("float", ends), () => {
    const start = bound.named.get("start")
    const end = bound.named.get("end")
    if (!Value.isNumeric(start) || !Value.isNumeric(end)) return refuse(bound, "needs numbers")
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
const glob = (bound: Bound): Outcome => {
  const include = patterns(bound.named.get("include"))
  const exclude = patterns(bound.named.get("exclude"))
  return Result.succeed({ _tag: "GlobSweep", include, exclude, span: bound.call.span })
}

/** `tag(t1,t2,sweep)`: replaces the sweep's tags. */
const tag = (bound: Bound): Outcome => {
  const named = bound.named.get("sweep")
  if (bound.rest.length === 0) return refuse(bound, "needs a sweep as its last argument")
  const all = named === undefined ? bound.rest : [...bound.rest, named]
  const tags = all.slice(0, -1)
  const sweep = all.at(-1)
  if (!tags.every(Value.isText)) return refuse(bound, "takes only text as tags")
  if (sweep === undefined || !("tags" in sweep)) return refuse(bound, "needs a sweep as its last argument")
  return Result.succeed({ ...sweep, tags: [...new Set(tags.map((text) => text.value))] })
}

// ---- sort() and shuffle()

const ordered = (bound: Bound, items: ReadonlyArray<Value.OverrideValue>, reverse: boolean) => {
  const result = Order.sorted(items, reverse)
  return result === undefined
    ? refuse(bound, "cannot order values of different kinds")
    : Result.succeed(result)
}

const sortSweep = (bound: Bound, sweep: Value.ChoiceSweep | Value.RangeSweep, reverse: boolean): Outcome =>
  sweep._tag === "RangeSweep"
    ? Result.succeed(Order.sortedRange(sweep, reverse))
    : Result.map(ordered(bound, sweep.items, reverse), (items) => ({ ...sweep, items }))

const sortOne = (bound: Bound, value: Value.OverrideValue, reverse: boolean): Outcome => {
  if (value._tag === "ChoiceSweep" || value._tag === "RangeSweep") return sortSweep(bound, value, reverse)
  if (value._tag !== "List") return Result.succeed(value)
  return Result.map(ordered(bound, value.items, reverse), (items) => ({ ...value, items }))
}

/** Ascending, or descending with `reverse=true`; equal values keep their order. */
const sort = (bound: Bound): Outcome => {
  const given = bound.named.get("reverse")
  const reverse = given?._tag === "Bool" && given.value
  const named = bound.named.get("list") ?? bound.named.get("sweep")
  const [first, ...others] = bound.rest
  if (named !== undefined) return sortOne(bound, named, reverse)
  if (first === undefined) return refuse(bound, "needs something to sort")
  if (others.length === 0) return sortOne(bound, first, reverse)
  if (!bound.rest.every((value) => value._tag === "Text" || Value.isNumeric(value))) {
    return refuse(bound, "sorts several values only if they are numbers or text")
  }
  return sortSweep(bound, simpleChoice(bound.rest, bound.call.span), reverse)
}

/** A list is shuffled here, with a seed from the text of the override; a sweep is shuffled when it is expanded. */
const shuffle = (bound: Bound): Outcome => {
  const named = bound.named.get("list") ?? bound.named.get("sweep")
  const values = named === undefined ? bound.rest : [named]
  const only = values.length === 1 ? values[0] : undefined
  if (only === undefined) return shuffledChoice(bound, values)
  if (only._tag === "ChoiceSweep" || only._tag === "RangeSweep")
    return Result.succeed({ ...only, shuffle: true })
  const items = only._tag === "List" ? Shuffle.shuffled(only.items, bound.call.seed) : [only]
  return Result.succeed({ _tag: "List", items, span: bound.call.span })
}

const shuffledChoice = (bound: Bound, values: ReadonlyArray<Value.OverrideValue>): Outcome =>
  values.some(Value.isSweep)
    ? refuse(bound, "cannot shuffle several sweeps")
    : Result.succeed({ ...simpleChoice(values, bound.call.span), shuffle: true })

// ---- signatures

type Tag = Value.OverrideValue["_tag"]

interface Parameter {
  readonly takes: ReadonlyArray<Tag>
  readonly required?: true
  /** Whether a null means that the argument is absent; elsewhere it is a value like any other. */
  readonly nullable?: true
}

interface Signature {
  readonly usage: string
  /** The kinds of any number of positional arguments; without it, they fill the parameters in order. */
  readonly rest?: ReadonlyArray<Tag>
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly run: (bound: Bound) => Outcome
}

const numeric: ReadonlyArray<Tag> = ["Int", "Float", "Bool"]
const choosable: ReadonlyArray<Tag> = ["Text", ...numeric, "List", "Dict", "ChoiceSweep"]
const orderable: ReadonlyArray<Tag> = [...choosable, "RangeSweep"]
const castable: ReadonlyArray<Tag> = [...orderable, "Null", "IntervalSweep"]
const taggable: ReadonlyArray<Tag> = ["ChoiceSweep", "RangeSweep", "IntervalSweep"]

const castOf = (name: Casts.Name): Signature => ({
  usage: `${name}(value) or ${name}(value, value, …)`,
  rest: castable,
  parameters: { value: { takes: castable, nullable: true } },
  run: cast(name)
})

const sweep: Parameter = { takes: ["ChoiceSweep", "RangeSweep"], nullable: true }
const list: Parameter = { takes: ["List"], nullable: true }

const signatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ["bool", castOf("bool")],
  ["choice", { usage: "choice(a, b, …)", rest: choosable, parameters: {}, run: choice }],
  ["float", castOf("float")],
  [
    "glob",
    {
      usage: "glob(pattern), glob([pattern, …]) or glob(include, exclude)",
      parameters: {
        include: { takes: ["Text", "List"], required: true },
        exclude: { takes: ["Text", "List"], nullable: true }
      },
      run: glob
    }
  ],
  ["int", castOf("int")],
  [
    "interval",
    {
      usage: "interval(start, end)",
      parameters: { start: { takes: numeric, required: true }, end: { takes: numeric, required: true } },
      run: interval
    }
  ],
  [
    "range",
    {
      usage: "range(stop), range(start, stop) or range(start, stop, step)",
      parameters: {
        start: { takes: numeric, required: true },
        stop: { takes: numeric, nullable: true },
        step: { takes: numeric }
      },
      run: range
    }
  ],
  [
    "shuffle",
    {
      usage: "shuffle(a, b, …), shuffle([a, b]) or shuffle(sweep)",
      rest: orderable,
      parameters: { sweep, list },
      run: shuffle
    }
  ],
  [
    "sort",
    {
      usage: "sort(a, b, …), sort([a, b]) or sort(sweep), with reverse=true for the other direction",
      rest: orderable,
      parameters: { sweep, list, reverse: { takes: ["Bool"] } },
      run: sort
    }
  ],
  ["str", castOf("str")],
  [
    "tag",
    {
      usage: "tag(name, …, sweep)",
      rest: ["Text", ...taggable],
      parameters: { sweep: { takes: taggable, nullable: true } },
      run: tag
    }
  ]
])

/** The names that a call may have. */
const names: ReadonlyArray<string> = [...signatures.keys()]

const unknown = ({ name, span }: Call) =>
  Result.fail(
    Problem.refused(
      span,
      `there is no function '${name}'`,
      "Put the value in quotes, or escape the parentheses, if it was meant as text.",
      names.map((known) => `${known}()`)
    )
  )

/** A quoted argument is text like any other to a function. */
const unquoted = (value: Value.OverrideValue): Value.OverrideValue =>
  value._tag === "Quoted" ? { _tag: "Text", value: value.value, span: value.span } : value

type Arguments = Call["arguments"]

/** Why the arguments have no place in the signature, or `undefined` when each has one. */
const misplaced = (positional: Arguments, named: Arguments, signature: Signature): string | undefined => {
  const known = Object.keys(signature.parameters)
  const taken = signature.rest === undefined ? known.slice(0, positional.length) : []
  if (named.some(({ name }) => name === undefined)) return "has a positional argument after a named one"
  if (signature.rest === undefined && positional.length > known.length)
    return `takes at most ${known.length} arguments`
  const unknown = named.find(({ name }) => name !== undefined && !known.includes(name))
  if (unknown !== undefined) return `has no parameter '${unknown.name}'`
  const twice = named.find(({ name }) => name !== undefined && taken.includes(name))
  return twice === undefined ? undefined : `is given '${twice.name}' twice`
}

/** The first argument of a kind that its parameter does not take, or the first parameter left without one. */
const mistyped = ({ rest, named }: Bound, signature: Signature): string | undefined => {
  const odd = rest.find((value) => signature.rest?.includes(value._tag) === false)
  if (odd !== undefined) return `does not accept ${odd._tag}`
  for (const [name, parameter] of Object.entries(signature.parameters)) {
    const value = named.get(name)
    if (value === undefined && parameter.required) return `needs '${name}'`
    if (value !== undefined && !parameter.takes.includes(value._tag))
      return `does not accept ${value._tag} for '${name}'`
  }
  return undefined
}

const bind = (call: Call, signature: Signature): Result.Result<Bound, Problem.Problem> => {
  const firstNamed = call.arguments.findIndex(({ name }) => name !== undefined)
  const split = firstNamed < 0 ? call.arguments.length : firstNamed
  const positional = call.arguments.slice(0, split)
  const byName = call.arguments.slice(split)
  const known = Object.keys(signature.parameters)
  const named = new Map<string, Value.OverrideValue>()
  const place = (name: string, value: Value.OverrideValue) => {
    if (value._tag !== "Null" || !signature.parameters[name]?.nullable) named.set(name, unquoted(value))
  }
  if (signature.rest === undefined) positional.forEach(({ value }, index) => place(known[index] ?? "", value))
  for (const { name, value } of byName) place(name ?? "", value)
  const rest = signature.rest === undefined ? [] : positional.map(({ value }) => unquoted(value))
  const bound = { call, usage: signature.usage, rest, named }
  const problem = misplaced(positional, byName, signature) ?? mistyped(bound, signature)
  return problem === undefined ? Result.succeed(bound) : refuse(bound, problem)
}

/** The value of a call; it keeps the call's place in the text. */
export const evaluate = (call: Call): Outcome => {
  const signature = signatures.get(call.name)
  if (signature === undefined) return unknown(call)
  const value = Result.flatMap(bind(call, signature), signature.run)
  return Result.map(value, (result) => ({ ...result, span: call.span }))
}
