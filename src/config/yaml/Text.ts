/** How a scalar is written in YAML: which quotes it needs, and how long text is folded. As PyYAML does it. */

const lineBreak = /[\n\u0085\u2028\u2029]/

export interface Analysis {
  readonly multiline: boolean
  readonly plain: boolean
  readonly single: boolean
}

/** What a text allows: an unquoted scalar, single quotes, or only double quotes. */
export const analyze = (text: string): Analysis => {
  if (text === "") return { multiline: false, plain: true, single: true }
  const multiline = lineBreak.test(text)
  const single = !special.test(text) && !spacedBreak.test(text)
  return { multiline, plain: single && !multiline && !openEdge.test(text) && !indicator.test(text), single }
}

/** Characters that need double quotes: those that cannot be printed, the byte order mark and the very last one. */
const special = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\u{10ffff}/u

/** A space next to a line break, which folding would lose. */
const spacedBreak = /[\n\u0085\u2028\u2029] | [\n\u0085\u2028\u2029]/

const openEdge = /^[ \n\u0085\u2028\u2029]|[ \n\u0085\u2028\u2029]$/

const blank = "[\\0 \\t\\r\\n\\u0085\\u2028\\u2029]"
/** Characters that have a meaning in YAML at their position. */
const indicator = new RegExp(
  `^(?:---|\\.\\.\\.|[#,[\\]{}&*!|>'"%@\`]|[?-](?:${blank}|$))|:(?:${blank}|$)|${blank}#`
)

/** Where text is written: its column, the indentation of continuation lines, and whether it may be folded. */
export interface Position {
  readonly column: number
  readonly indent: number
  readonly split: boolean
}

const width = 80

/** An unquoted scalar, folded at single spaces past the width. */
export const plain = (text: string, position: Position): string =>
  fold(text, position, position.column, false)

/** A single-quoted scalar. */
export const single = (text: string, position: Position): string =>
  `'${fold(text.replaceAll("'", "''"), position, position.column + 1, true)}'`

/** Writes text word by word; a lone space past the width becomes a line break, a line break becomes two. */
const fold = (text: string, position: Position, start: number, quoted: boolean): string =>
  start + text.length <= width && !lineBreak.test(text) ? text : folded(text, position, start, quoted)

const folded = (text: string, { indent, split }: Position, start: number, quoted: boolean): string => {
  let out = ""
  let column = start
  for (const match of text.matchAll(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/g)) {
    const piece = match[0]
    if (lineBreak.test(piece)) {
      out += `${piece.startsWith("\n") ? "\n" : ""}${piece}${" ".repeat(indent)}`
      column = indent
    } else if (split && column > width && foldsAt(match, text, quoted)) {
      out += `\n${" ".repeat(indent)}`
      column = indent
    } else {
      out += piece
      column += [...piece].length
    }
  }
  return out
}

/** Only a lone space can become a line break; in quotes it needs text on both sides. */
const foldsAt = ({ 0: piece, index }: RegExpExecArray, text: string, quoted: boolean): boolean =>
  piece === " " && (!quoted || (index > 0 && index + 1 < text.length))

const escapes: ReadonlyMap<string, string> = new Map([
  ["\0", "0"],
  ["\u0007", "a"],
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\u000b", "v"],
  ["\f", "f"],
  ["\r", "r"],
  ["\u001b", "e"],
  ['"', '"'],
  ["\\", "\\"],
  ["\u0085", "N"],
  ["\u00a0", "_"],
  ["\u2028", "L"],
  ["\u2029", "P"]
])

const isWritten = (char: string): boolean => {
  const code = char.codePointAt(0) ?? 0
  if (`"\\\u0085\u2028\u2029\ufeff`.includes(char)) return false
  return (code >= 32 && code <= 126) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd)
}

const escape = (char: string): string => {
  const short = escapes.get(char)
  if (short !== undefined) return `\\${short}`
  const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase()
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`
}

interface Pen {
  out: string
  /** The next column. */
  column: number
  /** Where the characters that are not yet written begin. */
  start: number
}

/** A double-quoted scalar: escapes, and a backslash where a long line is broken. */
export const double = (text: string, { column, indent, split }: Position): string => {
  const chars = [...text]
  const pen: Pen = { out: '"', column: column + 1, start: 0 }
  for (let end = 0; end <= chars.length; end += 1) {
    const char = chars[end]
    if (char === undefined || !isWritten(char)) flush(pen, chars, end)
    if (split && breaksAt(pen, chars, end)) breakLine(pen, chars, end, indent)
  }
  return `${pen.out}"`
}

/** Writes the characters up to one that must be escaped, and its escape. */
const flush = (pen: Pen, chars: ReadonlyArray<string>, end: number): void => {
  pen.out += chars.slice(pen.start, end).join("")
  pen.column += end - pen.start
  pen.start = end
  const char = chars[end]
  if (char === undefined) return
  const escaped = escape(char)
  pen.out += escaped
  pen.column += escaped.length
  pen.start = end + 1
}

const breaksAt = ({ column, start }: Pen, chars: ReadonlyArray<string>, end: number): boolean =>
  end > 0 && end < chars.length - 1 && (chars[end] === " " || start >= end) && column + (end - start) > width

/** Ends the line; a space that begins the next one must be escaped to count. */
const breakLine = (pen: Pen, chars: ReadonlyArray<string>, end: number, indent: number): void => {
  pen.out += `${chars.slice(pen.start, end).join("")}\\\n${" ".repeat(indent)}`
  pen.start = Math.max(pen.start, end)
  pen.column = indent
  if (chars[pen.start] !== " ") return
  pen.out += "\\"
  pen.column += 1
}
