/**
 * The state of the override parser: one token of lookahead, and the first problem met.
 *
 * A rule that fails notes the problem here and returns `undefined`; nothing throws.
 */
import * as Result from "effect/Result"
import * as Lexer from "./Lexer.ts"
import * as Problem from "./Problem.ts"
import { OverrideSyntaxError } from "./SyntaxError.ts"

export interface Parser {
  readonly lexer: Lexer.Lexer
  readonly input: string
  token: Lexer.Token
  depth: number
  /** Drawn from the whole text by the first call in it. */
  seed: number | undefined
  failure: Problem.Problem | undefined
}

/** Notes a problem; only the first one counts. */
export const fail = (parser: Parser, problem: Problem.Problem): undefined => {
  parser.failure ??= problem
  return undefined
}

/** Takes the current token and looks at the next, which must be one: a stray character fails as soon as it is seen. */
export const advance = (parser: Parser): Lexer.Token => {
  const taken = parser.token
  parser.token = parser.lexer.next()
  if (parser.token.kind === "Unknown") fail(parser, Problem.unknown(parser.input, parser.token))
  return taken
}

/** Takes the current token if it is of the kind. */
export const accept = (parser: Parser, kind: Lexer.TokenKind): Lexer.Token | undefined =>
  parser.token.kind === kind ? advance(parser) : undefined

/** Takes the current token, which must be of one of the kinds. */
export const expect = (parser: Parser, ...kinds: ReadonlyArray<Lexer.TokenKind>): Lexer.Token | undefined =>
  kinds.includes(parser.token.kind)
    ? advance(parser)
    : fail(parser, Problem.unexpected(parser.input, parser.token, kinds))

/** Reads `input` by one rule; only `override` insists on reaching the end, as in the original grammar. */
export const entry =
  <A>(side: Lexer.Side, rule: (parser: Parser) => A | undefined) =>
  (input: string, index = 0): Result.Result<A, OverrideSyntaxError> => {
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
    return Result.fail(new OverrideSyntaxError({ input, index, ...problem }))
  }
