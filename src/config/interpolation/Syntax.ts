/**
 * The grammar of `${…}`: OmegaConf 2.3's, read in one pass from left to right.
 *
 * A string is text with interpolations in it; an interpolation refers to a key (`${a.b}`, `${.x}`, `${a[${k}]}`) or
 * calls a resolver (`${oc.env:HOME,none}`) with arguments that are scalars, quoted text, lists or mappings.
 */
import * as Result from "effect/Result"
import { childrenOf, isInterpolation, type Node, type Scalar } from "../node/Node.ts"
import {
  identifier,
  matchAt,
  nested,
  readToken,
  refuse,
  type State,
  type SyntaxProblem,
  spaces,
  type Token,
  take,
  takeAfterSpaces,
  takeOne,
  unexpected
} from "./Tokens.ts"

/** A string: a single interpolation keeps the type of its value, anything else is joined to text. */
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
  /** Quoted: text even if it is a single interpolation. */
  | { readonly _tag: "Quoted"; readonly parts: Text }
  | { readonly _tag: "List"; readonly items: ReadonlyArray<Element> }
  | { readonly _tag: "Dict"; readonly entries: ReadonlyArray<readonly [key: Scalar, value: Element]> }
  | Interpolation

/** A text with interpolations may have this many characters: its patterns need memory for each group of digits. */
const maxLength = 1_000_000

const tooLong: SyntaxProblem = { offset: 0, problem: `the text has more than ${maxLength} characters` }

/** Parses a string that may hold interpolations. */
export const parse = (source: string): Result.Result<Text, SyntaxProblem> => {
  if (source.length > maxLength) return Result.fail(tooLong)
  const state: State = { source, at: 0, depth: 0, problem: undefined }
  const text = readText(state, undefined)
  return state.problem === undefined ? Result.succeed(text) : Result.fail(state.problem)
}

/** A string that is not in the grammar, and why, as a sentence without the final full stop. */
export interface Invalid {
  readonly node: Node
  readonly problem: string
}

/** Every string of a tree that holds `${` and is not in the grammar. */
export const invalidIn = (node: Node): ReadonlyArray<Invalid> => {
  const found: Array<Invalid> = []
  collectInvalid(node, found)
  return found
}

const collectInvalid = (node: Node, found: Array<Invalid>): void => {
  if (node._tag !== "Scalar") {
    for (const child of childrenOf(node)) collectInvalid(child, found)
    return
  }
  const problem = isInterpolation(node) ? problemOf(node.value) : undefined
  if (problem !== undefined) found.push({ node, problem })
}

const problemOf = (source: string): string | undefined => {
  const parsed = parse(source)
  if (Result.isSuccess(parsed)) return undefined
  const { offset, problem } = parsed.failure
  return `"${source}" is not a valid interpolation: ${problem} (character ${offset + 1})`
}

/** Parses one element, as the argument of a resolver is written (`oc.decode`). */
export const parseElement = (source: string): Result.Result<Element, SyntaxProblem> => {
  if (source.length > maxLength) return Result.fail(tooLong)
  const state: State = { source, at: 0, depth: 0, problem: undefined }
  const element = readElement(state)
  if (state.problem === undefined && state.at < source.length) refuse(state, unexpected(state))
  return state.problem === undefined ? Result.succeed(element) : Result.fail(state.problem)
}

const backslashes = /\\+/y
const topText = /[^\\$]+/y
const singleText = /[^\\$']+/y
const doubleText = /[^\\$"]+/y

type Quote = "'" | '"' | undefined

const plainText = (quote: Quote): RegExp => {
  if (quote === undefined) return topText
  return quote === "'" ? singleText : doubleText
}

/** Text up to the end, or up to the closing quote, which is taken. */
const readText = (state: State, quote: Quote): Text => {
  const parts: Array<string | Interpolation> = []
  const plain = plainText(quote)
  while (state.problem === undefined) {
    if (state.at >= state.source.length) {
      if (quote !== undefined) refuse(state, `the quote ${quote} is never closed`)
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

const push = (parts: Array<string | Interpolation>, text: string): void => {
  const last = parts.at(-1)
  if (typeof last === "string") parts[parts.length - 1] = last + text
  else parts.push(text)
}

/** Backslashes escape `${`, the closing quote and each other in front of these; elsewhere they are ordinary characters. */
const readBackslashes = (state: State, quote: Quote): string => {
  const run = take(state, backslashes)
  const half = "\\".repeat(run.length >> 1)
  const escapes = escapable(state, quote)
  if (escapes === undefined) return run
  if (run.length % 2 === 0) return half
  state.at += escapes.length
  return half + escapes
}

/** What the backslashes before it escape. */
const escapable = (state: State, quote: Quote): string | undefined => {
  if (state.source.startsWith("${", state.at)) return "${"
  return quote !== undefined && state.source[state.at] === quote ? quote : undefined
}

const keyCharacters = /[^\\{}()[\]:. \t'"]+/y

/** Reads `${…}`; the state is at `$`. */
const readInterpolation = (state: State): Interpolation =>
  nested(state, readOpened, { _tag: "Reference", path: [] })

const readOpened = (state: State): Interpolation => {
  state.at += 2
  take(state, spaces)
  const path: Array<string | Interpolation> = []
  const relative = readDots(state, path)
  /** Whether the text so far can be the name of a resolver: identifiers and interpolations joined by single dots. */
  let name = readKey(state, path) && !relative
  while (state.problem === undefined) {
    const before = state.at
    take(state, spaces)
    const char = state.source[state.at]
    if (char === "}") return close(state, { _tag: "Reference", path })
    if (char === ":") return readCall(state, path, name, before)
    if (state.at === before && opensKey(char)) name = readNextKey(state, path, char) && name
    else refuse(state, unexpected(state))
  }
  return { _tag: "Reference", path }
}

/** Reads the dots of a relative key and returns whether there are any. */
const readDots = (state: State, path: Array<string | Interpolation>): boolean => {
  while (state.source[state.at] === ".") path.push(takeOne(state))
  return path.length > 0
}

const opensKey = (char: string | undefined): char is "." | "[" => char === "." || char === "["

const close = (state: State, reference: Reference): Reference => {
  state.at += 1
  return reference
}

const readNextKey = (state: State, path: Array<string | Interpolation>, char: "." | "["): boolean => {
  if (char === "[") return readKey(state, path)
  path.push(takeOne(state))
  return readConfigKey(state, path)
}

/** Reads a key or `[key]` and returns whether it can be part of the name of a resolver. */
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
    refuse(state, "the name before the colon is not the name of a resolver")
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
      state.at += 1
      return ended(items, separated)
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

/** After a trailing comma there is one more, empty element. */
const ended = (items: ReadonlyArray<Element>, separated: boolean): ReadonlyArray<Element> =>
  separated ? [...items, empty] : items

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

/** An unquoted value; one token alone keeps its type, several join to text. `value` is false for a mapping's key. */
const readPrimitive = (state: State, value: boolean): Element => {
  const parts: Array<string | Interpolation> = []
  const pieces: Array<Token | Interpolation> = []
  while (state.problem === undefined && !endsPrimitive(state, value)) {
    const piece = readPiece(state, value)
    if (piece === undefined) break
    pieces.push(piece)
    if ("_tag" in piece) parts.push(piece)
    else push(parts, piece.text)
  }
  const [only] = pieces
  if (only === undefined) refuse(state, unexpected(state))
  if (only === undefined || pieces.length > 1) return { _tag: "Joined", parts }
  return elementOf(only)
}

const readPiece = (state: State, value: boolean): Token | Interpolation | undefined =>
  value && state.source.startsWith("${", state.at) ? readInterpolation(state) : readToken(state, value)

const elementOf = (piece: Token | Interpolation): Element =>
  "_tag" in piece ? piece : { _tag: "Value", value: piece.value }

const endsPrimitive = (state: State, value: boolean): boolean => {
  const before = state.at
  take(state, spaces)
  const char = state.source[state.at]
  const ends = char === "," || char === "]" || char === "}" || (!value && char === ":")
  const stops = ends || before >= state.source.length
  state.at = before
  return stops
}
