/**
 * The override grammar of Hydra 1.3 by recursive descent: one function per rule, one token of lookahead, no
 * backtracking, hence time linear in the length of the text.
 *
 * A rule that fails notes its problem in the parser and returns `undefined`; nothing throws.
 */
import * as Result from "effect/Result"
import * as Functions from "./Functions.ts"
import * as Lexer from "./Lexer.ts"
import * as Problem from "./Problem.ts"
import * as Scalar from "./Scalar.ts"
import * as Shuffle from "./Shuffle.ts"
import type * as Value from "./Value.ts"

/** `change` needs the key to exist, `add` needs it not to, `forceAdd` takes both, `delete` removes it. */
export type OverrideKind = "change" | "add" | "forceAdd" | "delete"

export interface OverrideKey {
  /** A dotted key (`trainer.max_epochs`) or a config group (`hydra/launcher`), as typed. */
  readonly keyOrGroup: string
  /** What follows `@`; the empty string if nothing follows `@` (the global package); `undefined` without `@`. */
  readonly package: string | undefined
  readonly span: Value.Span
}

/** Lists, dictionaries and calls may be nested this deep. */
const maxDepth = 200

// ---- the parser: one token of lookahead, and the first problem met

interface Parser {
  readonly lexer: Lexer.Lexer
  readonly input: string
  token: Lexer.Token
  depth: number
  /** The seed of the text, computed by its first call. */
  seed: number | undefined
  failure: Problem.Problem | undefined
}

/** Notes a problem; only the first one counts. */
const fail = (parser: Parser, problem: Problem.Problem): undefined => {
  parser.failure ??= problem
  return undefined
}

/** Takes the current token and looks at the next, which must be one: a stray character fails as soon as it is seen. */
const advance = (parser: Parser): Lexer.Token => {
  const taken = parser.token
  parser.token = parser.lexer.next()
  if (parser.token.kind === "Unknown") fail(parser, Problem.unknown(parser.input, parser.token))
  return taken
}

/** Takes the current token if it is of the kind. */
const accept = (parser: Parser, kind: Lexer.TokenKind): Lexer.Token | undefined =>
  parser.token.kind === kind ? advance(parser) : undefined

/** Takes the current token, which must be of one of the kinds. */
const expect = (parser: Parser, ...kinds: ReadonlyArray<Lexer.TokenKind>): Lexer.Token | undefined =>
  kinds.includes(parser.token.kind)
    ? advance(parser)
    : fail(parser, Problem.unexpected(parser.input, parser.token, kinds))

/** Reads `input` by one rule; only `override` insists on reaching the end, as in the original grammar. */
const entry =
  <A>(side: Lexer.Side, rule: (parser: Parser) => A | undefined) =>
  (input: string, index = 0): Result.Result<A, Problem.OverrideSyntaxError> => {
    const lexer = Lexer.make(input, side)
    const parser: Parser = {
      lexer,
      input,
      token: { kind: "End", start: 0, end: 0 },
      depth: 0,
      seed: undefined,
      failure: undefined
    }
    advance(parser)
    const parsed = rule(parser)
    if (parsed !== undefined && parser.failure === undefined) return Result.succeed(parsed)
    const problem = parser.failure ?? Problem.unexpected(input, parser.token, [])
    return Result.fail(new Problem.OverrideSyntaxError({ input, index, ...problem }))
  }

// ---- keys

/** `a`, `$a`, `a.b.0`, or nothing: the global package. */
const packageName = (parser: Parser): string | undefined => {
  const token = accept(parser, "Identifier") ?? accept(parser, "SpecialKey") ?? accept(parser, "DottedKey")
  if (token !== undefined) return parser.input.slice(token.start, token.end)
  return afterNothing.has(parser.token.kind) ? "" : fail(parser, Problem.inKey(parser.input, parser.token))
}

const afterNothing: ReadonlySet<Lexer.TokenKind> = new Set(["End", "Equal", "At"])

/** A package, or a group: identifiers joined by slashes. */
const packageOrGroup = (parser: Parser): string | undefined => {
  const start = parser.token
  const name = packageName(parser)
  if (start.kind !== "Identifier") return name
  let end = start.end
  while (accept(parser, "Slash") !== undefined) {
    const part = expect(parser, "Identifier")
    if (part === undefined) return undefined
    end = part.end
  }
  return parser.input.slice(start.start, end)
}

const key = (parser: Parser): OverrideKey | undefined => {
  const start = parser.token.start
  const keyOrGroup = packageOrGroup(parser)
  if (keyOrGroup === undefined) return undefined
  const at = accept(parser, "At")
  const name = at === undefined ? undefined : packageName(parser)
  const end = start + keyOrGroup.length + (name === undefined ? 0 : name.length + 1)
  return { keyOrGroup, package: name, span: { start, end } }
}

// ---- scalars

const keyKinds: ReadonlySet<Lexer.TokenKind> = new Set([
  "Identifier",
  "Null",
  "Int",
  "Float",
  "Bool",
  "Symbol",
  "Escape",
  "Space"
])
const textKinds: ReadonlySet<Lexer.TokenKind> = new Set([...keyKinds, "Colon", "Interpolation"])

/** The tokens from here that form one scalar; `first` is one that is already taken. */
const run = (parser: Parser, kinds: ReadonlySet<Lexer.TokenKind>, first?: Lexer.Token) => {
  const tokens = first === undefined ? [] : [first]
  while (kinds.has(parser.token.kind)) tokens.push(advance(parser))
  return tokens
}

const scalar = (parser: Parser, tokens: ReadonlyArray<Lexer.Token>, expected: Lexer.TokenKind) => {
  if (tokens.length === 0) return fail(parser, Problem.unexpected(parser.input, parser.token, [expected]))
  const result = Scalar.fromTokens(parser.input, tokens)
  return Result.isSuccess(result) ? result.success : fail(parser, result.failure)
}

const primitive = (parser: Parser): Value.Scalar | undefined => {
  const quoted = accept(parser, "QuotedText")
  if (quoted !== undefined) return Scalar.fromQuoted(parser.input, quoted)
  return scalar(parser, run(parser, textKinds), "Identifier")
}

const dictKey = (parser: Parser): Value.DictKey | undefined =>
  scalar(parser, run(parser, keyKinds), "Identifier")

// ---- values

const nested = <A>(parser: Parser, rule: () => A | undefined): A | undefined => {
  if (parser.depth >= maxDepth) return fail(parser, Problem.tooDeep(parser.token, maxDepth))
  parser.depth++
  const value = rule()
  parser.depth--
  return value
}

/** Items between an opening token, already taken, and the closing one; `undefined` after a failure. */
const sequence = <A>(parser: Parser, close: Lexer.TokenKind, item: (parser: Parser) => A | undefined) => {
  const items: Array<A> = []
  const empty = accept(parser, close)
  if (empty !== undefined) return { items, end: empty.end }
  do {
    const next = item(parser)
    if (next === undefined || parser.failure !== undefined) return undefined
    items.push(next)
  } while (accept(parser, "Comma") !== undefined)
  const closed = expect(parser, close, "Comma")
  return closed === undefined ? undefined : { items, end: closed.end }
}

const listContainer = (parser: Parser): Value.List | undefined =>
  nested(parser, () => {
    const open = expect(parser, "OpenBracket")
    const body = open && sequence(parser, "CloseBracket", element)
    return open && body && { _tag: "List", items: body.items, span: { start: open.start, end: body.end } }
  })

const dictContainer = (parser: Parser): Value.Dict | undefined =>
  nested(parser, () => {
    const open = expect(parser, "OpenBrace")
    const body = open && sequence(parser, "CloseBrace", dictEntry)
    if (open === undefined || body === undefined) return undefined
    return {
      _tag: "Dict",
      entries: Scalar.distinctKeys(body.items),
      span: { start: open.start, end: body.end }
    }
  })

const dictEntry = (parser: Parser) => {
  const name = dictKey(parser)
  const colon = name && expect(parser, "Colon")
  const value = colon && element(parser)
  return name && value && { key: name, value }
}

type Argument = { readonly name: string | undefined; readonly value: Value.OverrideValue }

const argument = (parser: Parser): Argument | undefined => {
  if (parser.token.kind !== "Identifier") return positional(element(parser))
  const word = advance(parser)
  if (accept(parser, "Equal") === undefined) return positional(elementAfter(parser, word))
  const value = element(parser)
  return value && { name: parser.input.slice(word.start, word.end), value }
}

const positional = (value: Value.OverrideValue | undefined): Argument | undefined =>
  value && { name: undefined, value }

/** All calls in one text share one seed. */
const seedOf = (parser: Parser): number => {
  parser.seed ??= Shuffle.seedOf(parser.input)
  return parser.seed
}

/** A call whose name is already taken; it is evaluated at once. */
const call = (parser: Parser, name: Lexer.Token): Value.OverrideValue | undefined =>
  nested(parser, () => {
    const open = expect(parser, "OpenParen")
    const body = open && sequence(parser, "CloseParen", argument)
    if (body === undefined) return undefined
    const span = { start: name.start, end: body.end }
    const result = Functions.evaluate({
      name: parser.input.slice(name.start, name.end),
      arguments: body.items,
      span,
      seed: seedOf(parser)
    })
    return Result.isSuccess(result) ? result.success : fail(parser, result.failure)
  })

/** An element whose first word is already taken: a call when a parenthesis follows, text otherwise. */
const elementAfter = (parser: Parser, word: Lexer.Token): Value.OverrideValue | undefined =>
  parser.token.kind === "OpenParen"
    ? call(parser, word)
    : scalar(parser, run(parser, textKinds, word), "Identifier")

const element = (parser: Parser): Value.OverrideValue | undefined => {
  switch (parser.token.kind) {
    case "Identifier":
      return elementAfter(parser, advance(parser))
    case "OpenBracket":
      return listContainer(parser)
    case "OpenBrace":
      return dictContainer(parser)
    default:
      return primitive(parser)
  }
}

const simpleChoiceSweep = (parser: Parser): Value.OverrideValue | undefined => {
  const first = element(parser)
  return first && expectedChoice(parser, first)
}

const expectedChoice = (parser: Parser, first: Value.OverrideValue) => {
  const comma = parser.token
  if (comma.kind !== "Comma") return fail(parser, Problem.unexpected(parser.input, comma, ["Comma"]))
  return choice(parser, first)
}

/** `a,b,c` whose first value is already taken and whose first comma is here. */
const choice = (parser: Parser, first: Value.OverrideValue): Value.ChoiceSweep | undefined => {
  const items = [first]
  while (accept(parser, "Comma") !== undefined) {
    const item = element(parser)
    if (item === undefined) return undefined
    items.push(item)
  }
  const span = { start: first.span.start, end: items.at(-1)?.span.end ?? first.span.end }
  return { _tag: "ChoiceSweep", items, simple: true, shuffle: false, tags: [], span }
}

const value = (parser: Parser): Value.OverrideValue | undefined => {
  const first = element(parser)
  return first !== undefined && parser.token.kind === "Comma" ? choice(parser, first) : first
}

// ---- the override

export interface ParsedOverride {
  readonly kind: OverrideKind
  readonly key: OverrideKey
  readonly value: Value.OverrideValue | undefined
}

const kind = (parser: Parser): OverrideKind => {
  if (accept(parser, "Tilde") !== undefined) return "delete"
  if (accept(parser, "Plus") === undefined) return "change"
  return accept(parser, "Plus") === undefined ? "add" : "forceAdd"
}

const assigned = (parser: Parser): Value.OverrideValue | undefined => {
  const { start } = parser.token
  if (parser.token.kind === "End") return { _tag: "Text", value: "", span: { start, end: start } }
  return value(parser)
}

const override = (parser: Parser): ParsedOverride | undefined => {
  const parsedKind = kind(parser)
  const parsedKey = key(parser)
  if (parsedKey === undefined || parser.failure !== undefined) return undefined
  if (parsedKind === "delete" && parser.token.kind === "End") {
    return { kind: parsedKind, key: parsedKey, value: undefined }
  }
  if (accept(parser, "Equal") === undefined) return fail(parser, Problem.inKey(parser.input, parser.token))
  const parsedValue = assigned(parser)
  if (parsedValue === undefined) return undefined
  if (parser.token.kind !== "End") return fail(parser, Problem.trailing(parser.input, parser.token))
  return { kind: parsedKind, key: parsedKey, value: parsedValue }
}

/** Every rule of the grammar that can be used alone, by its name in the original grammar. */
export const rules = {
  override: entry("key", override),
  key: entry("key", key),
  packageOrGroup: entry("key", packageOrGroup),
  package: entry("key", packageName),
  value: entry("value", value),
  element: entry("value", element),
  simpleChoiceSweep: entry("value", simpleChoiceSweep),
  function: entry("value", (parser) => {
    const name = expect(parser, "Identifier")
    return name && call(parser, name)
  }),
  listContainer: entry("value", listContainer),
  dictContainer: entry("value", dictContainer),
  dictKey: entry("value", dictKey),
  primitive: entry("value", primitive)
} as const
