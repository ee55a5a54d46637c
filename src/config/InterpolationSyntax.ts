/**
 * The grammar of `${…}`: OmegaConf 2.3's, read in one pass from left to right.
 *
 * A string is text with interpolations in it; an interpolation refers to a key (`${a.b}`, `${.x}`, `${a[${k}]}`) or
 * calls a resolver (`${oc.env:HOME,none}`) with arguments that are scalars, quoted text, lists or mappings.
 */
import * as Result from "effect/Result"
import type { Scalar } from "./Node.ts"

/** A string: one interpolation alone has its value's type, anything else is joined to text. */
export type Text = ReadonlyArray<string | Interpolation>

export type Interpolation = Reference | Call

/** `${…}` that names a key; `path` is the key's text in pieces, dots and brackets included. */
export interface Reference {
  readonly _tag: "Reference"
  readonly path: ReadonlyArray<string | Interpolation>
}
/** `${name:…}` that calls a resolver. */
export interface Call {
  readonly _tag: "Call"
  readonly name: ReadonlyArray<string | Interpolation>
  readonly args: ReadonlyArray<Element>
}

/** One argument of a resolver, or a value inside one. */
export type Element =
  | { readonly _tag: "Value"; readonly value: Scalar }
  | { readonly _tag: "Joined"; readonly parts: Text }
  /** Quoted: text even where it is one interpolation alone. */
  | { readonly _tag: "Quoted"; readonly parts: Text }
  | { readonly _tag: "List"; readonly items: ReadonlyArray<Element> }
  | { readonly _tag: "Dict"; readonly entries: ReadonlyArray<readonly [key: Scalar, value: Element]> }
  | Interpolation

/** Where in the text the grammar was left, 0-based, and what was wrong there. */
export interface SyntaxProblem {
  readonly offset: number
  readonly problem: string
}

/** Parses a string that may hold interpolations. */
export const parse = (source: string): Result.Result<Text, SyntaxProblem> => {
  const state: State = { source, at: 0, depth: 0, problem: undefined }
  const text = readText(state, undefined)
  return state.problem === undefined ? Result.succeed(text) : Result.fail(state.problem)
}

/** Parses one element, as the argument of a resolver is written (`oc.decode`). */
export const parseElement = (source: string): Result.Result<Element, SyntaxProblem> => {
  const state: State = { source, at: 0, depth: 0, problem: undefined }
  const element = readElement(state)
  if (state.problem === undefined && state.at < source.length) refuse(state, unexpected(state))
  return state.problem === undefined ? Result.succeed(element) : Result.fail(state.problem)
}

interface State {
  readonly source: string
  at: number
  depth: number
  /** Set once; every reader returns at once when it is. */
  problem: SyntaxProblem | undefined
}

const refuse = (state: State, problem: string): void => {
  state.problem ??= { offset: state.at, problem }
}

/** Interpolations, lists and mappings may be nested this deep. */
export const maxDepth = 200

const nested = <A>(state: State, read: (state: State) => A, tooDeep: A): A => {
  if (state.depth >= maxDepth) {
    refuse(state, `the text is nested deeper than ${maxDepth}`)
    return tooDeep
  }
  state.depth += 1
  const found = read(state)
  state.depth -= 1
  return found
}

const unexpected = (state: State): string =>
  state.at >= state.source.length
    ? "the text ends inside an interpolation"
    : `"${String.fromCodePoint(state.source.codePointAt(state.at) ?? 0)}" cannot stand here`

const matchAt = (state: State, pattern: RegExp): string => {
  pattern.lastIndex = state.at
  return pattern.exec(state.source)?.[0] ?? ""
}

const take = (state: State, pattern: RegExp): string => {
  const found = matchAt(state, pattern)
  state.at += found.length
  return found
}

const spaces = /[ \t]*/y
const backslashes = /\\+/y
const topText = /[^\\$]+/y
const singleText = /[^\\$']+/y
const doubleText = /[^\\$"]+/y

type Quote = "'" | '"' | undefined

/** Text up to the end, or up to the closing quote, which is taken. */
const readText = (state: State, quote: Quote): Text => {
  const parts: Array<string | Interpolation> = []
  const plain = quote === undefined ? topText : quote === "'" ? singleText : doubleText
  while (state.problem === undefined) {
    if (state.at >= state.source.length) {
      if (quote !== undefined) refuse(state, `the quote ${quote} is not closed`)
      break
    }
    const char = state.source[state.at]
    if (char === quote) {
      state.at += 1
      break
    }
    if (state.source.startsWith("${", state.at)) parts.push(readInterpolation(state))
    else if (char === "\\") push(parts, readBackslashes(state, quote))
    else push(parts, char === "$" ? takeOne(state) : take(state, plain))
  }
  return parts
}

const takeOne = (state: State): string => {
  state.at += 1
  return state.source[state.at - 1] ?? ""
}

const push = (parts: Array<string | Interpolation>, text: string): void => {
  const last = parts.at(-1)
  if (typeof last === "string") parts[parts.length - 1] = last + text
  else parts.push(text)
}

/** Backslashes escape `${`, the closing quote and each other in front of these; elsewhere they stand for themselves. */
const readBackslashes = (state: State, quote: Quote): string => {
  const run = take(state, backslashes)
  const half = "\\".repeat(run.length >> 1)
  const next = state.source[state.at]
  const escapes = state.source.startsWith("${", state.at)
    ? "${"
    : quote !== undefined && next === quote
      ? quote
      : undefined
  if (escapes === undefined) return run
  if (run.length % 2 === 0) return half
  state.at += escapes.length
  return half + escapes
}

const identifier = /[a-zA-Z_][a-zA-Z0-9_-]*/y
const keyCharacters = /[^\\{}()[\]:. \t'"]+/y

/** Reads `${…}`; the state stands on `$`. */
const readInterpolation = (state: State): Interpolation =>
  nested(state, readOpened, { _tag: "Reference", path: [] })

const readOpened = (state: State): Interpolation => {
  state.at += 2
  take(state, spaces)
  const path: Array<string | Interpolation> = []
  /** Whether what was read can still be a resolver's name: identifiers and interpolations joined by single dots. */
  let name = true
  while (state.source[state.at] === ".") {
    path.push(takeOne(state))
    name = false
  }
  name = readKey(state, path) && name
  while (state.problem === undefined) {
    const before = state.at
    take(state, spaces)
    const char = state.source[state.at]
    if (char === "}") return close(state, { _tag: "Reference", path })
    if (char === ":") return readCall(state, path, name, before)
    if (state.at !== before || (char !== "." && char !== "[")) refuse(state, unexpected(state))
    else name = readNextKey(state, path, char) && name
  }
  return { _tag: "Reference", path }
}

const close = (state: State, reference: Reference): Reference => {
  state.at += 1
  return reference
}

const readNextKey = (state: State, path: Array<string | Interpolation>, char: "." | "["): boolean => {
  if (char === "[") return readKey(state, path)
  path.push(takeOne(state))
  return readConfigKey(state, path)
}

/** A key or `[key]`; whether it can be part of a resolver's name. */
const readKey = (state: State, path: Array<string | Interpolation>): boolean => {
  if (state.source[state.at] !== "[") return readConfigKey(state, path)
  path.push(takeOne(state))
  readConfigKey(state, path)
  if (state.source[state.at] === "]") path.push(takeOne(state))
  else refuse(state, unexpected(state))
  return false
}

const readConfigKey = (state: State, path: Array<string | Interpolation>): boolean => {
  if (state.problem !== undefined) return false
  if (state.source.startsWith("${", state.at)) {
    path.push(readInterpolation(state))
    return true
  }
  const id = matchAt(state, identifier)
  const key = take(state, keyCharacters)
  if (key === "") refuse(state, unexpected(state))
  path.push(key)
  return id.length === key.length
}

const readCall = (
  state: State,
  path: ReadonlyArray<string | Interpolation>,
  name: boolean,
  start: number
): Call => {
  if (!name) {
    state.at = start
    refuse(state, "the name before the colon is not a resolver's name")
  }
  state.at += 1
  take(state, spaces)
  const args = readSequence(state, "}")
  return { _tag: "Call", name: path.filter((part) => part !== "."), args }
}

/** Elements separated by commas, up to and with the closing bracket; a missing element is an empty string. */
const readSequence = (state: State, end: "}" | "]"): ReadonlyArray<Element> => {
  const items: Array<Element> = []
  let separated = false
  while (state.problem === undefined) {
    const before = state.at
    take(state, spaces)
    const char = state.source[state.at]
    if (char === end) {
      if (separated) items.push(empty)
      state.at += 1
      return items
    }
    if (char === ",") {
      if (separated || items.length === 0) items.push(empty)
      state.at += 1
      take(state, spaces)
      separated = true
      continue
    }
    state.at = before
    if (items.length > 0 && !separated) refuse(state, unexpected(state))
    else items.push(readElement(state))
    separated = false
  }
  return items
}

const empty: Element = { _tag: "Value", value: "" }

const readElement = (state: State): Element => nested(state, readOneElement, empty)

const readOneElement = (state: State): Element => {
  const char = state.source[state.at]
  if (char === "'" || char === '"') {
    state.at += 1
    return { _tag: "Quoted", parts: readText(state, char) }
  }
  if (char === "[") {
    state.at += 1
    take(state, spaces)
    return { _tag: "List", items: readListItems(state) }
  }
  if (char === "{") {
    state.at += 1
    take(state, spaces)
    return { _tag: "Dict", entries: readEntries(state) }
  }
  return readPrimitive(state, true)
}

const readListItems = (state: State): ReadonlyArray<Element> => readSequence(state, "]")

const readEntries = (state: State): ReadonlyArray<readonly [Scalar, Element]> => {
  const entries: Array<readonly [Scalar, Element]> = []
  if (takeAfterSpaces(state, "}")) return entries
  while (state.problem === undefined) {
    const key = readPrimitive(state, false)
    if (!takeAfterSpaces(state, ":")) refuse(state, unexpected(state))
    take(state, spaces)
    const value = readElement(state)
    if (key._tag === "Value") entries.push([key.value, value])
    else if (key._tag === "Joined")
      entries.push([key.parts.filter((part) => typeof part === "string").join(""), value])
    if (takeAfterSpaces(state, "}")) return entries
    if (!takeAfterSpaces(state, ",")) refuse(state, unexpected(state))
    take(state, spaces)
  }
  return entries
}

const takeAfterSpaces = (state: State, char: string): boolean => {
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
  [intToken, (text) => BigInt(text.replaceAll("_", "").replace("+", ""))],
  [boolToken, (text) => text.toLowerCase() === "true"],
  [nullToken, () => null],
  [looseToken, (text) => text],
  [identifier, (text) => text],
  [escapeToken, (text) => unescape(text)]
]

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

interface Token {
  readonly text: string
  readonly value: Scalar
}

/** An unquoted value; one token alone keeps its type, several join to text. `value` is off for a mapping's key. */
const readPrimitive = (state: State, value: boolean): Element => {
  const parts: Array<string | Interpolation> = []
  const pieces: Array<Token | Interpolation> = []
  while (state.problem === undefined && !endsPrimitive(state, value)) {
    const piece =
      value && state.source.startsWith("${", state.at) ? readInterpolation(state) : readToken(state, value)
    if (piece === undefined) break
    pieces.push(piece)
    if ("_tag" in piece) parts.push(piece)
    else push(parts, piece.text)
  }
  const [only] = pieces
  if (only === undefined) refuse(state, unexpected(state))
  if (only === undefined || pieces.length > 1) return { _tag: "Joined", parts }
  return "_tag" in only ? only : { _tag: "Value", value: only.value }
}

const endsPrimitive = (state: State, value: boolean): boolean => {
  const before = state.at
  take(state, spaces)
  const char = state.source[state.at]
  const ends = char === "," || char === "]" || char === "}" || (!value && char === ":")
  const stops = ends || before >= state.source.length
  state.at = before
  return stops
}

const readToken = (state: State, value: boolean): Token | undefined => {
  const colon = value ? take(state, colonToken) : ""
  if (colon !== "") return { text: colon, value: colon }
  let best: Token | undefined
  for (const [pattern, read] of tokens) {
    const text = matchAt(state, pattern)
    if (text.length > (best?.text.length ?? 0)) best = { text, value: read(text) }
  }
  if (best === undefined) {
    const space = take(state, spaceToken)
    if (space !== "") return { text: space, value: space }
    refuse(state, unexpected(state))
    return undefined
  }
  state.at += best.text.length
  return typeof best.value === "string" ? { text: best.value, value: best.value } : best
}
