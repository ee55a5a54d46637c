/** The functions of the override grammar: what each takes, and its evaluation while parsing. */
import * as Result from "effect/Result"
import * as Call from "./Call.ts"
import * as Casts from "./Casts.ts"
import * as Problem from "./Problem.ts"
import * as Sorting from "./Sorting.ts"
import * as Sweeps from "./Sweeps.ts"
import type * as Value from "./Value.ts"

type Tag = Value.OverrideValue["_tag"]

interface Parameter {
  readonly takes: ReadonlyArray<Tag>
  readonly required?: true
  /** Whether a null means that the argument is absent; elsewhere it is a value like any other. */
  readonly nullable?: true
}

interface Signature {
  readonly usage: string
  /** What the positional arguments may be when there may be any number; without it they fill the parameters in order. */
  readonly rest?: ReadonlyArray<Tag>
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly run: (bound: Call.Bound) => Call.Outcome
}

const numeric: ReadonlyArray<Tag> = ["Int", "Float", "Bool"]
const choosable: ReadonlyArray<Tag> = ["Text", ...numeric, "List", "Dict", "ChoiceSweep"]
const orderable: ReadonlyArray<Tag> = [...choosable, "RangeSweep"]
const castable: ReadonlyArray<Tag> = [...orderable, "Null", "IntervalSweep"]
const taggable: ReadonlyArray<Tag> = ["ChoiceSweep", "RangeSweep", "IntervalSweep"]

const castOf = (name: "int" | "float" | "str" | "bool"): Signature => ({
  usage: `${name}(value) or ${name}(value, value, …)`,
  rest: castable,
  parameters: { value: { takes: castable, nullable: true } },
  run: Casts.call(name)
})

const sweep: Parameter = { takes: ["ChoiceSweep", "RangeSweep"], nullable: true }
const list: Parameter = { takes: ["List"], nullable: true }

const signatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ["bool", castOf("bool")],
  ["choice", { usage: "choice(a, b, …)", rest: choosable, parameters: {}, run: Sweeps.choice }],
  ["float", castOf("float")],
  [
    "glob",
    {
      usage: "glob(pattern), glob([pattern, …]) or glob(include, exclude)",
      parameters: {
        include: { takes: ["Text", "List"], required: true },
        exclude: { takes: ["Text", "List"], nullable: true }
      },
      run: Sweeps.glob
    }
  ],
  ["int", castOf("int")],
  [
    "interval",
    {
      usage: "interval(start, end)",
      parameters: { start: { takes: numeric, required: true }, end: { takes: numeric, required: true } },
      run: Sweeps.interval
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
      run: Sweeps.range
    }
  ],
  [
    "shuffle",
    {
      usage: "shuffle(a, b, …), shuffle([a, b]) or shuffle(sweep)",
      rest: orderable,
      parameters: { sweep, list },
      run: Sorting.shuffle
    }
  ],
  [
    "sort",
    {
      usage: "sort(a, b, …), sort([a, b]) or sort(sweep), with reverse=true for the other direction",
      rest: orderable,
      parameters: { sweep, list, reverse: { takes: ["Bool"] } },
      run: Sorting.sort
    }
  ],
  ["str", castOf("str")],
  [
    "tag",
    {
      usage: "tag(name, …, sweep)",
      rest: ["Text", ...taggable],
      parameters: { sweep: { takes: taggable, nullable: true } },
      run: Sweeps.tag
    }
  ]
])

/** The names that a call may have. */
export const names: ReadonlyArray<string> = [...signatures.keys()]

const unknown = ({ name, span }: Call.Call) =>
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

type Arguments = Call.Call["arguments"]

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
const mistyped = ({ rest, named }: Call.Bound, signature: Signature): string | undefined => {
  const odd = rest.find((value) => signature.rest?.includes(value._tag) === false)
  if (odd !== undefined) return `takes no ${odd._tag}`
  for (const [name, parameter] of Object.entries(signature.parameters)) {
    const value = named.get(name)
    if (value === undefined && parameter.required) return `needs '${name}'`
    if (value !== undefined && !parameter.takes.includes(value._tag))
      return `takes no ${value._tag} for '${name}'`
  }
  return undefined
}

const bind = (call: Call.Call, signature: Signature): Result.Result<Call.Bound, Problem.Problem> => {
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
  return problem === undefined ? Result.succeed(bound) : Call.refuse(bound, problem)
}

/** The value of a call; it keeps the call's place in the text. */
export const evaluate = (call: Call.Call): Call.Outcome => {
  const signature = signatures.get(call.name)
  if (signature === undefined) return unknown(call)
  const value = Result.flatMap(bind(call, signature), signature.run)
  return Result.map(value, (result) => ({ ...result, span: call.span }))
}
