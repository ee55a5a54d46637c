/** How a scalar is written in YAML: which quotes it needs, and how long text is folded. As PyYAML does it. */

const breaks = "\n\u0085\u2028\u2029"
const blanks = "\0 \t\r\n\u0085\u2028\u2029"

export interface Analysis {
  readonly multiline: boolean
  readonly plain: boolean
  readonly single: boolean
}

/** What a text allows: an unquoted scalar, single quotes, or only double quotes. */
export const analyze = (text: string): Analysis => {
  if (text === "") return { multiline: false, plain: true, single: true }
  const multiline = [...text].some((char) => breaks.includes(char))
  const special = [...text].some(isSpecial)
  const breakSpace = /[\n\u0085\u2028\u2029] /.test(text)
  const spaceBreak = / [\n\u0085\u2028\u2029]/.test(text)
  const edges = ` ${breaks}`
  const open = edges.includes(text[0] ?? "") || edges.includes(text.at(-1) ?? "")
  return {
    multiline,
    plain: !multiline && !special && !open && !breakSpace && !spaceBreak && !hasIndicator(text),
    single: !special && !breakSpace && !spaceBreak
  }
}

/** Characters that only double quotes can hold. */
const isSpecial = (char: string): boolean => {
  const code = char.codePointAt(0) ?? 0
  if (code === 10 || (code >= 32 && code <= 126)) return false
  if (code === 0xfeff) return true
  const printable =
    code === 0x85 ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code < 0x10ffff)
  return !printable
}

/** Characters that mean something to YAML where they stand. */
const hasIndicator = (text: string): boolean => {
  if (text.startsWith("---") || text.startsWith("...")) return true
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text)) return true
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]
    const last = index + 1 >= text.length || blanks.includes(text[index + 1] ?? "")
    if (index === 0 && (char === "?" || char === "-") && last) return true
    if (char === ":" && last) return true
    if (char === "#" && index > 0 && blanks.includes(text[index - 1] ?? "")) return true
  }
  return false
}

/** Where text is written: how far the line is, where continuation lines begin, and whether it may be folded. */
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
const fold = (text: string, { indent, split }: Position, start: number, quoted: boolean): string => {
  let out = ""
  let column = start
  for (const match of text.matchAll(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/g)) {
    const piece = match[0]
    const inside = match.index > 0 && match.index + piece.length < text.length
    if (breaks.includes(piece[0] ?? "")) {
      out += `${piece[0] === "\n" ? "\n" : ""}${piece}${" ".repeat(indent)}`
      column = indent
    } else if (piece === " " && column > width && split && (inside || !quoted)) {
      out += `\n${" ".repeat(indent)}`
      column = indent
    } else {
      out += piece
      column += [...piece].length
    }
  }
  return out
}

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

/** A double-quoted scalar: escapes, and a backslash where a long line is broken. */
export const double = (text: string, { column, indent, split }: Position): string => {
  const chars = [...text]
  let out = '"'
  let at = column + 1
  let start = 0
  for (let end = 0; end <= chars.length; end += 1) {
    const char = chars[end]
    if (char === undefined || !isWritten(char)) {
      const run = chars.slice(start, end).join("")
      out += run
      at += end - start
      start = end
      if (char !== undefined) {
        const escaped = escape(char)
        out += escaped
        at += escaped.length
        start = end + 1
      }
    }
    if (
      end > 0 &&
      end < chars.length - 1 &&
      (char === " " || start >= end) &&
      at + (end - start) > width &&
      split
    ) {
      out += `${chars.slice(start, end).join("")}\\\n${" ".repeat(indent)}`
      if (start < end) start = end
      at = indent
      if (chars[start] === " ") {
        out += "\\"
        at += 1
      }
    }
  }
  return `${out}"`
}
