/** The tokens of unquoted values in interpolations. */

import type { Scalar } from "../node/Node.ts"
import { maxDigits } from "../node/Python.ts"
import { matchAt, refuse, type State, take, unexpected } from "./Cursor.ts"

export const identifier = /[a-zA-Z_][a-zA-Z0-9_-]*/y
const whole = "(?:0|[1-9](?:_?[0-9])*)"
const digits = "[0-9](?:_?[0-9])*"
const point = `(?:(?:${whole})?\\.${digits}|${whole}\\.)`
const floatToken = new RegExp(
  `[+-]?(?:(?:${point}|${whole})[eE][+-]?${digits}|${point}|[iI][nN][fF]|[nN][aA][nN])`,
  "y"
)
const intToken = new RegExp(`[+-]?${whole}`, "y")
const boolToken = /true|false/iy
const nullToken = /null/iy
const looseToken = /[/\-\\+.$%*@?|]/y
const escapeToken = /(?:\\[\\()[\]{}:=, \t])+/y
const colonToken = /[ \t]*:[ \t]*/y
const spaceToken = /[ \t]+/y

/** Tokens of unquoted values in the grammar's order: the longest wins, the first among equals. */
const tokens: ReadonlyArray<readonly [RegExp, (text: string) => Scalar]> = [
  [floatToken, (text) => floatValue(text)],
  [intToken, (text) => intValue(text)],
  [boolToken, (text) => text.toLowerCase() === "true"],
  [nullToken, () => null],
  [looseToken, (text) => text],
  [identifier, (text) => text],
  [escapeToken, (text) => unescape(text)]
]

/** One that is too long is refused anyway; to read it would take long too. */
const intValue = (text: string): bigint =>
  text.length > maxDigits ? 0n : BigInt(text.replaceAll("_", "").replace("+", ""))

const floatValue = (text: string): number => {
  const lower = text.toLowerCase().replaceAll("_", "")
  if (lower.endsWith("nan")) return Number.NaN
  if (lower.endsWith("inf")) return lower.startsWith("-") ? -Infinity : Infinity
  return Number(lower)
}

const unescape = (text: string): string => {
  let out = ""
  for (let index = 1; index < text.length; index += 2) out += text[index]
  return out
}

export interface Token {
  readonly text: string
  readonly value: Scalar
}

/** The next token, a colon with the spaces around it included where `value` is on. */
export const readToken = (state: State, value: boolean): Token | undefined => {
  const colon = value ? take(state, colonToken) : ""
  if (colon !== "") return { text: colon, value: colon }
  const token = longest(state)
  if (token === undefined) return readSpaces(state)
  if (typeof token.value === "bigint" && token.text.length > maxDigits)
    refuse(state, `a whole number of more than ${maxDigits} digits`)
  state.at += token.text.length
  return typeof token.value === "string" ? { text: token.value, value: token.value } : token
}

const longest = (state: State): Token | undefined => {
  let best: Token | undefined
  let length = 0
  for (const [pattern, read] of tokens) {
    const text = matchAt(state, pattern)
    if (text.length <= length) continue
    best = { text, value: read(text) }
    length = text.length
  }
  return best
}

const readSpaces = (state: State): Token | undefined => {
  const space = take(state, spaceToken)
  if (space !== "") return { text: space, value: space }
  refuse(state, unexpected(state))
  return undefined
}
