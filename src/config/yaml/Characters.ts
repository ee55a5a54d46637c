/** Characters that YAML 1.1 does not allow at their position, although the YAML 1.2 parser accepts them. */
import type * as Library from "yaml"
import type { Source } from "../node/Source.ts"
import { invalidAt, type YamlInvalid } from "./Invalid.ts"

/** The first character that is not allowed at its position. */
export const strangeIn = (library: typeof Library, source: Source): YamlInvalid | undefined =>
  unprintableIn(source) ?? tabIn(library, source)

/**
 * What PyYAML's reader accepts, no control characters and no lone surrogates, less the three characters that YAML 1.1
 * counts as line breaks and YAML 1.2 as text.
 */
const unprintable = /[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

const unprintableIn = (source: Source): YamlInvalid | undefined => {
  const match = unprintable.exec(source.text)
  if (match === null) return undefined
  const code = (match[0].codePointAt(0) ?? 0).toString(16).padStart(4, "0").toUpperCase()
  return invalidAt(
    source,
    match.index,
    `the character U+${code} is not allowed in YAML`,
    'In a string, write it as an escape: "\\u…".'
  )
}

type TokenType = ReturnType<typeof Library.CST.tokenType>
/** What kind of scalar the lexeme being read belongs to. */
type Inside = "none" | "plain" | "block"

/** YAML 1.1 allows tabs only in quotes, in block text and in comments. */
const tabIn = (library: typeof Library, source: Source): YamlInvalid | undefined => {
  if (!source.text.includes("\t")) return undefined
  let offset = 0
  let inside: Inside = "none"
  let announced = false
  for (const lexeme of new library.Lexer().lex(source.text)) {
    const type = library.CST.tokenType(lexeme)
    if (type === "scalar") {
      inside = announced ? "block" : "plain"
      continue
    }
    if (isMark(lexeme)) continue
    const tab = lexeme.indexOf("\t")
    if (tab !== -1 && refusesTabs(inside, type))
      return invalidAt(source, offset + tab, "a tab is not allowed here", "Use spaces, or quote the text.")
    announced = announcesBlock(announced, inside, type)
    inside = "none"
    offset += lexeme.length
  }
  return undefined
}

/** What the lexer marks the beginnings of documents and scalars with. */
const marks = "\u0002\u0018\u001f"
const isMark = (lexeme: string): boolean => lexeme.length === 1 && marks.includes(lexeme)

const refusesTabs = (inside: Inside, type: TokenType): boolean =>
  inside === "plain" || (inside === "none" && (type === "space" || type === null))

/** Whether the next scalar is a block's text: its header came, and no scalar since. */
const announcesBlock = (announced: boolean, inside: Inside, type: TokenType): boolean =>
  type === "block-scalar-header" || (announced && inside === "none")
