/** A call in the override grammar, before and after its arguments are matched with the function's parameters. */
import * as Result from "effect/Result"
import * as Problem from "./Problem.ts"
import type * as Value from "./Value.ts"

export interface Call {
  readonly name: string
  readonly arguments: ReadonlyArray<{
    readonly name: string | undefined
    readonly value: Value.OverrideValue
  }>
  /** The whole call. */
  readonly span: Value.Span
  /** What a shuffle draws from. */
  readonly seed: number
}

/** A call whose arguments have been checked against the signature. */
export interface Bound {
  readonly call: Call
  /** How the function is written, for the cure of an error. */
  readonly usage: string
  /** The positional arguments of a function that takes any number of them. */
  readonly rest: ReadonlyArray<Value.OverrideValue>
  /** All other arguments by parameter; absent ones are missing. */
  readonly named: ReadonlyMap<string, Value.OverrideValue>
}

export type Outcome<A = Value.OverrideValue> = Result.Result<A, Problem.Problem>

export const refuse = ({ call, usage }: Bound, problem: string, span: Value.Span = call.span) =>
  Result.fail(Problem.refused(span, `${call.name}() ${problem}`, `Write ${usage}.`))

/** `a,b,c` out of a call's arguments. */
export const simpleChoice = (
  items: ReadonlyArray<Value.OverrideValue>,
  span: Value.Span
): Value.ChoiceSweep => ({
  _tag: "ChoiceSweep",
  items,
  simple: true,
  shuffle: false,
  tags: [],
  span
})
