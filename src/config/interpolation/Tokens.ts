/** Reads the text of an interpolation character by character, and the tokens of unquoted values. */
import type { Scalar } from "../node/Node.ts"
import { maxDigits } from "../node/Python.ts"

/** Where the text leaves the grammar, 0-based, and what is wrong there. */
export interface SyntaxProblem {
  readonly offset: number
  readonly problem: string
}

/** How far a text has been read. */
export interface State {
  readonly source: string
  at: number
  depth: number
  /** Set once; then every reader returns at once. */
  problem: SyntaxProblem | undefined
}

export const refuse = (state: State, problem: string): void => {
  state.problem ??= { offset: state.at, problem }
}

/** Interpolations, lists and mappings may be nested this deep. */
const maxDepth = 200

/** Reads something that may nest, within the bound. */
export const nested = <A>(state: State, read: (state: State) => A, tooDeep: A): A => {
  if (state.depth >= maxDepth) {
    refuse(state, `the text is nested deeper than ${maxDepth}`)
    return tooDeep
  }
  state.depth += 1
  const found = read(state)
  state.depth -= 1
  return found
}

export const unexpected = (state: State): string =>
  state.at >= state.source.length
    ? "the text ends inside an interpolation"
    : `unexpected "${String.fromCodePoint(state.source.codePointAt(state.at) ?? 0)}"`

export const matchAt = (state: State, pattern: RegExp): string => {
  pattern.lastIndex = state.at
  return pattern.exec(state.source)?.[0] ?? ""
}

export const take = (state: State, pattern: RegExp): string => {
  const found = matchAt(state, pattern)
  state.at += found.length
  return found
}

export const spaces = /[ \t]*/y

export const takeOne = (state: State): string => {
  state.at += 1
  return state.source[state.at - 1] ?? ""
}

/** Takes a character that may have spaces before it, and returns whether it was there. */
export const takeAfterSpaces = (state: State, char: string): boolean => {
  if (state.problem !== undefined) return false
  const before = state.at
  take(state, spaces)
  if (state.source[state.at] === char) {
    state.at += 1
    return true
  }
  state.at = before
  return false
}

// ---- tokens

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

/** A text that is too long is refused anyway, and reading it would take long. */
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

/** The next token, including a colon with the spaces around it if `value` is true. */
export const readToken = (state: State, value: boolean): Token | undefined => {
  const colon = value ? take(state, colonToken) : ""
  if (colon !== "") return { text: colon, value: colon }
  const token = longest(state)
  if (token === undefined) return readSpaces(state)
  if (typeof token.value === "bigint" && token.text.length > maxDigits)
    refuse(state, `an integer of more than ${maxDigits} digits`)
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
