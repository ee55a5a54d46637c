/**
 * Cuts the text of an override into tokens, one at a time, the longest match first.
 *
 * Keys are left of the first `=` and values right of it, and the two sides have different tokens. The lexer is total:
 * what is not a token becomes one `Unknown` token that reaches to the end.
 */
import type { Span } from "./Value.ts"

export type TokenKind =
  | "End"
  | "Unknown"
  | "Equal"
  | "Colon"
  // keys
  | "Tilde"
  | "Plus"
  | "At"
  | "Slash"
  | "SpecialKey"
  | "DottedKey"
  // values
  | "Comma"
  | "OpenParen"
  | "CloseParen"
  | "OpenBracket"
  | "CloseBracket"
  | "OpenBrace"
  | "CloseBrace"
  | "Int"
  | "Float"
  | "Bool"
  | "Null"
  | "Identifier"
  | "Symbol"
  | "Escape"
  | "Space"
  | "QuotedText"
  | "Interpolation"

export interface Token extends Span {
  readonly kind: TokenKind
}

export type Side = "key" | "value"

export interface Lexer {
  readonly input: string
  readonly next: () => Token
}

const isDigit = (code: number) => code >= 48 && code <= 57
const isLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
const isSpace = (code: number) => code === 32 || code === 9
const identifierStart = (code: number) => isLetter(code) || code === 95
const identifierPart = (code: number) => isLetter(code) || isDigit(code) || code === 95 || code === 45
const keyStart = (code: number) => identifierStart(code) || code === 36
const keyPart = (code: number) => identifierPart(code) || code === 36

const scanWhile = (input: string, from: number, accept: (code: number) => boolean): number => {
  let at = from
  while (at < input.length && accept(input.charCodeAt(at))) at++
  return at
}

/** The characters that a backslash escapes outside quotes. */
export const escapable = "\\()[]{}:=, \t"
const symbols = "/-\\+.$%*@?|"
const keyPunctuation: Readonly<Record<string, TokenKind>> = {
  "~": "Tilde",
  "+": "Plus",
  "@": "At",
  ":": "Colon",
  "/": "Slash"
}
/** These include the white space around them. */
const spacedPunctuation: Readonly<Record<string, TokenKind>> = {
  "(": "OpenParen",
  ",": "Comma",
  ":": "Colon",
  "=": "Equal"
}
const closers: Readonly<Record<string, TokenKind>> = {
  ")": "CloseParen",
  "]": "CloseBracket",
  "}": "CloseBrace"
}
const openers: Readonly<Record<string, TokenKind>> = { "[": "OpenBracket", "{": "OpenBrace" }
const words: Readonly<Record<string, TokenKind>> = {
  true: "Bool",
  false: "Bool",
  null: "Null",
  inf: "Float",
  nan: "Float"
}

/** Digits that may be grouped by single underscores; `from` itself when there are none. */
const scanDigits = (input: string, from: number): number => {
  let at = scanWhile(input, from, isDigit)
  if (at === from) return from
  while (input[at] === "_" && isDigit(input.charCodeAt(at + 1))) at = scanWhile(input, at + 1, isDigit)
  return at
}

/** A whole number without sign: `0`, or digits that do not start with 0. */
const scanWhole = (input: string, from: number): number =>
  input[from] === "0" ? from + 1 : scanDigits(input, from)

const scanExponent = (input: string, from: number): number => {
  if (input[from] !== "e" && input[from] !== "E") return from
  const sign = input[from + 1] === "+" || input[from + 1] === "-" ? 1 : 0
  const digits = from + 1 + sign
  const end = scanDigits(input, digits)
  return end === digits ? from : end
}

const signed = /[+-](?:inf|nan)/iy

/** The point and the digits after it; a lone point is none. */
const scanFraction = (input: string, from: number, whole: number): number => {
  if (input[whole] !== ".") return whole
  const end = scanDigits(input, whole + 1)
  return end === whole + 1 && whole === from ? whole : end
}

const scanNumber = (input: string, start: number): Token | undefined => {
  signed.lastIndex = start
  if (signed.test(input)) return { kind: "Float", start, end: start + 4 }
  const from = "+-".includes(input.charAt(start)) ? start + 1 : start
  const whole = scanWhole(input, from)
  const fraction = scanFraction(input, from, whole)
  if (fraction === from) return undefined
  const end = scanExponent(input, fraction)
  return { kind: end > whole ? "Float" : "Int", start, end }
}

/** A quoted string that is closed: a quote closes unless it comes after an odd number of backslashes. */
const quotedToken = (input: string, start: number): Token | undefined => {
  const quote = input[start]
  if (quote !== "'" && quote !== '"') return undefined
  let backslashes = 0
  for (let at = start + 1; at < input.length; at++) {
    if (input[at] === "\\") backslashes++
    else if (input[at] === quote && backslashes % 2 === 0) return { kind: "QuotedText", start, end: at + 1 }
    else backslashes = 0
  }
  return undefined
}

const scanEscapes = (input: string, start: number): number => {
  let at = start
  while (input[at] === "\\" && at + 1 < input.length && escapable.includes(input.charAt(at + 1))) at += 2
  return at
}

const keyToken = (input: string, start: number): Token => {
  const char = input.charAt(start)
  if (char === "=") return { kind: "Equal", start, end: scanWhile(input, start + 1, isSpace) }
  const punctuation = keyPunctuation[char]
  if (punctuation !== undefined) return { kind: punctuation, start, end: start + 1 }
  const dotted = scanDotted(input, start)
  if (dotted > start) return { kind: "DottedKey", start, end: dotted }
  const code = input.charCodeAt(start)
  if (!keyStart(code)) return { kind: "Unknown", start, end: input.length }
  const plain = identifierStart(code) ? scanWhile(input, start, identifierPart) : start
  const special = scanWhile(input, start, keyPart)
  return special > plain
    ? { kind: "SpecialKey", start, end: special }
    : { kind: "Identifier", start, end: plain }
}

const scanKeyPart = (input: string, from: number): number =>
  keyStart(input.charCodeAt(from)) ? scanWhile(input, from, keyPart) : scanWhole(input, from)

/** The end of a dotted key (`a.b.0`), or `start` when no dot joins two parts here. */
const scanDotted = (input: string, start: number): number => {
  let end = start
  let part = scanKeyPart(input, start)
  if (part === start) return start
  while (input[part] === ".") {
    const next = scanKeyPart(input, part + 1)
    if (next === part + 1) return end
    part = end = next
  }
  return end
}

/** Punctuation, or a run of white space that no punctuation follows; `undefined` for anything else. */
const punctuationToken = (input: string, start: number): Token | undefined => {
  const at = scanWhile(input, start, isSpace)
  const char = input.charAt(at)
  const spaced = spacedPunctuation[char]
  if (spaced !== undefined) return { kind: spaced, start, end: scanWhile(input, at + 1, isSpace) }
  const closer = closers[char]
  if (closer !== undefined) return { kind: closer, start, end: at + 1 }
  if (at > start) return { kind: "Space", start, end: at }
  const opener = openers[char]
  return opener === undefined ? undefined : { kind: opener, start, end: scanWhile(input, at + 1, isSpace) }
}

const wordToken = (input: string, start: number): Token | undefined => {
  if (!identifierStart(input.charCodeAt(start))) return undefined
  const end = scanWhile(input, start, identifierPart)
  const keyword = end - start <= 5 ? words[input.slice(start, end).toLowerCase()] : undefined
  return { kind: keyword ?? "Identifier", start, end }
}

/** What text may contain besides words and numbers: escapes, or one symbol. */
const symbolToken = (input: string, start: number): Token | undefined => {
  const escapes = scanEscapes(input, start)
  if (escapes > start) return { kind: "Escape", start, end: escapes }
  return symbols.includes(input.charAt(start)) ? { kind: "Symbol", start, end: start + 1 } : undefined
}

/** Every token except interpolations, which need to know whether a `}` follows. */
const valueToken = (input: string, start: number): Token =>
  punctuationToken(input, start) ??
  wordToken(input, start) ??
  scanNumber(input, start) ??
  symbolToken(input, start) ??
  quotedToken(input, start) ?? { kind: "Unknown", start, end: input.length }

/** A lexer at the start of `input`, on the given side of the `=`. */
export const make = (input: string, side: Side): Lexer => {
  // Found once, so that many unclosed `${` cost one scan instead of one each.
  const lastBrace = input.lastIndexOf("}")
  let at = 0
  let inKey = side === "key"
  const scan = (): Token => {
    if (at >= input.length) return { kind: "End", start: at, end: at }
    if (inKey) return keyToken(input, at)
    // There is at least one character between the braces.
    const close =
      input.startsWith("${", at) && at + 3 <= lastBrace && input[at + 2] !== "}"
        ? input.indexOf("}", at + 3)
        : -1
    return close < 0 ? valueToken(input, at) : { kind: "Interpolation", start: at, end: close + 1 }
  }
  return {
    input,
    next: () => {
      const token = scan()
      if (token.kind === "Equal") inKey = false
      at = token.end
      return token
    }
  }
}
