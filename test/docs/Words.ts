/** Splits lines of a shell into commands and words: quotes, comments, `&&` and lines that go on; nothing else. */
export interface Command {
  readonly words: ReadonlyArray<string>
  /** 1-based, in the text. */
  readonly line: number
}

const token = /\\\n|\n|&&|;|(?<=^|\s)#[^\n]*|(?:"[^"]*"|'[^']*'|[^\s"';&])+/gm

export const commands = (text: string): ReadonlyArray<Command> => {
  const found: Array<Command> = []
  let words: Array<string> = []
  let line = 1
  for (const match of text.matchAll(token)) {
    if (/^(\n|&&|;)$/.test(match[0])) words = []
    else if (!/^(\\\n|#)/.test(match[0])) {
      line = text.slice(0, match.index).split("\n").length
      if (words.length === 0) found.push({ words, line })
      words.push(match[0].replaceAll(/["']/g, ""))
    }
  }
  return found
}
