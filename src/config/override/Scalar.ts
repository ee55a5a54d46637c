/** Scalars from tokens: a lone token keeps its type, several in a row are text. */
import * as Result from "effect/Result"
import * as Python from "../node/Python.ts"
import type { Token } from "./Lexer.ts"
import * as Problem from "./Problem.ts"
import type * as Value from "./Value.ts"

/** A scalar that is not quoted, which is also what a dictionary's key may be. */
export type Unquoted = Value.DictKey

const text = (value: string, span: Value.Span): Value.Text => ({ _tag: "Text", value, span })

/** Every second character: `\,\ ` stands for `, `. */
const unescapeRun = (escapes: string): string => {
  let plain = ""
  for (let at = 1; at < escapes.length; at += 2) plain += escapes[at]
  return plain
}

const plainText = (input: string, token: Token): string => {
  const raw = input.slice(token.start, token.end)
  return token.kind === "Escape" ? unescapeRun(raw) : raw
}

const tooLong = (span: Value.Span, what: string) =>
  Result.fail(Problem.refused(span, what, "Put it in quotes if it is text."))

const typed = (input: string, token: Token): Result.Result<Unquoted, Problem.Problem> => {
  const raw = input.slice(token.start, token.end)
  const span = { start: token.start, end: token.end }
  switch (token.kind) {
    case "Null":
      return Result.succeed({ _tag: "Null", span })
    case "Bool":
      return Result.succeed({ _tag: "Bool", value: raw.toLowerCase() === "true", span })
    case "Float": {
      const value = Python.parseFloat(raw)
      if (value === undefined) return tooLong(span, `a number of more than ${Python.maxLength} characters`)
      return Result.succeed({ _tag: "Float", value, span })
    }
    case "Int": {
      const value = Python.parseInt(raw)
      if (value === undefined) return tooLong(span, `an integer of more than ${Python.maxDigits} digits`)
      return Result.succeed({ _tag: "Int", value: Python.narrow(value), span })
    }
    default:
      return Result.succeed(text(plainText(input, token), span))
  }
}

const isSpace = (token: Token | undefined) => token?.kind === "Space"

/** One unquoted scalar from its tokens (at least one); white space around it does not count. */
export const fromTokens = (
  input: string,
  tokens: ReadonlyArray<Token>
): Result.Result<Unquoted, Problem.Problem> => {
  const kept = tokens.slice(isSpace(tokens[0]) ? 1 : 0, isSpace(tokens.at(-1)) ? -1 : undefined)
  const first = kept[0]
  const last = kept.at(-1)
  if (first === undefined || last === undefined) return onlySpace(tokens[0])
  if (kept.length === 1) return typed(input, first)
  const value = kept.map((token) => plainText(input, token)).join("")
  return Result.succeed(text(value, { start: first.start, end: last.end }))
}

const onlySpace = ({ start, end }: Value.Span = { start: 0, end: 0 }) =>
  Result.fail(
    Problem.refused({ start, end }, "the value is only white space", "Put it in quotes if that is intended.")
  )

/** A quoted string without its quotes. A backslash only escapes a quote, or a backslash in a run that ends at one. */
export const fromQuoted = (input: string, token: Token): Value.Quoted => {
  const quote = input.charAt(token.start)
  const close = token.end - 1
  let value = ""
  let at = token.start + 1
  while (at < close) {
    const from = at
    while (input[at] === "\\") at++
    const beforeQuote = at > from && input[at] === quote
    const backslashes = at - from
    value += beforeQuote ? "\\".repeat(Math.floor(backslashes / 2)) : input.slice(from, at)
    if (at >= close) break
    value += input[at]
    at++
  }
  const span = { start: token.start, end: token.end }
  return { _tag: "Quoted", value, quote: quote === "'" ? "single" : "double", span }
}

/** The identity of a dictionary key: numbers and booleans by value (1 is 1.0 is true), text by its letters. */
const identity = (key: Unquoted, index: number): string => {
  switch (key._tag) {
    case "Null":
      return "null"
    case "Text":
      return `text ${key.value}`
    case "Bool":
      return `number ${Number(key.value)}`
    case "Int":
      return `number ${key.value}`
    case "Float":
      return Number.isNaN(key.value) ? `nan ${index}` : `number ${exact(key.value)}`
  }
}

const exact = (value: number): number | bigint => (Number.isInteger(value) ? BigInt(value) : value)

type Entry = { readonly key: Unquoted; readonly value: Value.OverrideValue }

/** Each key once: the first place and spelling, the last value. */
export const distinctKeys = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  const distinct = new Map<string, Entry>()
  entries.forEach((entry, index) => {
    const id = identity(entry.key, index)
    distinct.set(id, { key: distinct.get(id)?.key ?? entry.key, value: entry.value })
  })
  return [...distinct.values()]
}
