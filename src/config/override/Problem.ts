/** What can be wrong with the text of an override, and the error that reports it. */
import * as Schema from "effect/Schema"
import type { Token, TokenKind } from "./Lexer.ts"
import type { Span } from "./Value.ts"

export interface Problem extends Span {
  readonly problem: string
  readonly expected: ReadonlyArray<string>
  readonly cure: string
}

const names: Readonly<Record<TokenKind, string>> = {
  End: "the end",
  Unknown: "an unknown character",
  Equal: "'='",
  Colon: "':'",
  Tilde: "'~'",
  Plus: "'+'",
  At: "'@'",
  Slash: "'/'",
  SpecialKey: "a name",
  DottedKey: "a dotted key",
  Comma: "','",
  OpenParen: "'('",
  CloseParen: "')'",
  OpenBracket: "'['",
  CloseBracket: "']'",
  OpenBrace: "'{'",
  CloseBrace: "'}'",
  Int: "a number",
  Float: "a number",
  Bool: "a boolean",
  Null: "null",
  Identifier: "a word",
  Symbol: "a symbol",
  Escape: "an escaped character",
  Space: "white space",
  QuotedText: "a quoted string",
  Interpolation: "an interpolation"
}

const valueStarts = ["a word", "a number", "a quoted string", "'['", "'{'", "'${…}'"]
const quoteCure =
  "Put the value in quotes (key='…'), and the whole override in the other kind of quotes for the shell (\"key='…'\")."
const escapeCure =
  "Escape it with a backslash, or put the value in quotes; in a shell, quote the whole override as well."

const found = (input: string, token: Token): string =>
  token.kind === "End" ? "the override ends here" : `unexpected '${input.slice(token.start, token.end)}'`

const cureFor = (token: Token): string => {
  switch (token.kind) {
    case "QuotedText":
      return "A quoted string must be the whole value: put everything inside one pair of quotes."
    case "End":
      return "Complete the value, or put it in quotes if it was meant as text."
    default:
      return escapeCure
  }
}

/** A token where the grammar needs one of `kinds`; without kinds, it needs any value. */
export const unexpected = (input: string, token: Token, kinds: ReadonlyArray<TokenKind>): Problem => {
  const wanted =
    kinds.length === 0 || kinds.includes("Identifier") ? valueStarts : kinds.map((kind) => names[kind])
  return {
    start: token.start,
    end: token.end,
    problem: found(input, token),
    expected: wanted,
    cure: cureFor(token)
  }
}

/** What follows a complete value. */
export const trailing = (input: string, token: Token): Problem => ({
  start: token.start,
  end: token.end,
  problem: `${found(input, token)} after the value`,
  expected: ["the end"],
  cure: token.kind === "Space" ? "Remove the white space after the value." : cureFor(token)
})

/** A character that no token starts with. */
export const unknown = (input: string, token: Token): Problem => {
  // Not codePointAt: optimized code of V8 reads past the end of a text that was cut inside a surrogate pair.
  const [char = ""] = input.slice(token.start, token.start + 2)
  const isKey = !input.slice(0, token.start).includes("=")
  if (!isKey && (char === "'" || char === '"')) {
    return {
      start: token.start,
      end: token.start + 1,
      problem: `this ${char} opens a quoted string that is never closed`,
      expected: [],
      cure: `Close it with ${char}, or write \\${char} inside quotes for the character itself; the shell may have removed a backslash.`
    }
  }
  return {
    start: token.start,
    end: token.start + char.length,
    problem: `${JSON.stringify(char)} is not allowed in ${isKey ? "a key" : "a value without quotes"}`,
    expected: [],
    cure: isKey
      ? "Keys are words of letters, digits, _, - and $ that do not start with a digit, joined by '.' (keys) or '/' (groups)."
      : quoteCure
  }
}

/** A key ends too early, or contains something that it cannot. */
export const inKey = (input: string, token: Token): Problem => ({
  start: token.start,
  end: token.end,
  problem: token.kind === "End" ? "there is no '=' after the key" : `${found(input, token)} in the key`,
  expected: ["'='"],
  cure: "Write key=value, group=option or group@package=option; to delete, write ~key; an option of the command starts with --."
})

export const tooDeep = (token: Token, limit: number): Problem => ({
  start: token.start,
  end: token.end,
  problem: `lists, dictionaries and calls are nested deeper than ${limit}`,
  expected: [],
  cure: "Put a value of this depth in a config file."
})

/** A function's refusal of its arguments. */
export const refused = (
  span: Span,
  problem: string,
  cure: string,
  expected: ReadonlyArray<string> = []
): Problem => ({
  start: span.start,
  end: span.end,
  problem,
  expected,
  cure
})

/** The text with one visible character for each of its units, so that a line below it can point to them. */
const flat = (text: string) => text.replaceAll("\n", "\u21b5").replaceAll("\r", "\u21b5")

/** A problem as a message: a sentence, the override with a caret line, what was expected, what to do. */
export const explain = (
  verdict: string,
  { input, ...problem }: Problem & { readonly input: string }
): string => {
  const shown = flat(input)
  const indent = shown.slice(0, problem.start).replaceAll(/[^\t]/g, " ")
  const carets = "^".repeat(Math.max(1, problem.end - problem.start))
  const expected = problem.expected.length === 0 ? [] : [`expected ${problem.expected.join(", ")}`]
  const sentence = `override "${shown}" ${verdict}: ${problem.problem} (character ${problem.start + 1})`
  return [sentence, `  ${shown}`, `  ${indent}${carets}`, ...expected, problem.cure].join("\n")
}

/** An override's text is not in the grammar; `start` and `end` are 0-based positions in `input`. */
export class OverrideSyntaxError extends Schema.TaggedError<OverrideSyntaxError>()("OverrideSyntaxError", {
  /** The whole override, as typed. */
  input: Schema.String,
  /** Its place in the list of overrides, 0-based. */
  index: Schema.Finite,
  start: Schema.Finite,
  end: Schema.Finite,
  /** What is wrong, as a sentence without the final full stop. */
  problem: Schema.String,
  /** What would be valid there. */
  expected: Schema.Array(Schema.String),
  /** What to do about it. */
  cure: Schema.String
}) {
  override get message() {
    return explain("is malformed", this)
  }
}
