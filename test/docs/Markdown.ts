/**
 * Reads a page as what can be checked in it: code blocks with the markers that stand before them, code in a line, links,
 * headings. CONTRIBUTING.md says what the markers mean.
 */
export interface Marker {
  readonly word: string
  readonly text: string
  /** 1-based; where `text` begins. */
  readonly line: number
}

export interface Block {
  /** As written after the fence, up to the first space. */
  readonly language: string
  readonly text: string
  /** 1-based; that of the first line of `text`. */
  readonly line: number
  readonly markers: ReadonlyArray<Marker>
}

/** Something short that stands on a line: code between backticks, or where a link leads. */
export interface Mention {
  readonly text: string
  readonly line: number
}

export interface Page {
  /** From the root of the project, with forward slashes. */
  readonly path: string
  readonly blocks: ReadonlyArray<Block>
  readonly spans: ReadonlyArray<Mention>
  readonly links: ReadonlyArray<Mention>
  /** As an address names them after `#`. */
  readonly anchors: ReadonlyArray<string>
  /** What is wrong with its blocks and markers, as `line: sentence`. */
  readonly problems: ReadonlyArray<string>
}

/** The words after `<!-- code`, and whether each has to say something. */
export const words = {
  skip: "why it is neither compiled nor run",
  dry: "why its commands are only looked up in the command line",
  small: "why its trainings get a tiny model and two batches",
  fails: "what the refusal says",
  file: "the file that it is",
  from: "the file of the project that it shows",
  beside: "the file of the project that stands beside it",
  where: "a word of it and the command that gives its value, as `a = command`",
  given: "what the reader has by then: code before the first line",
  apart: "why it does not go on from the blocks before"
} as const

export const marker = (block: Block, word: keyof typeof words): Marker | undefined =>
  block.markers.find((one) => one.word === word)

export const markers = (block: Block, word: keyof typeof words): ReadonlyArray<Marker> =>
  block.markers.filter((one) => one.word === word)

const fenceOrComment =
  /^(?<indent>[ \t]*)(?<fence>`{3,}|~{3,})(?<info>[^\n`]*)\n(?<code>[\s\S]*?)^[ \t]*\k<fence>[ \t]*$|^[ \t]*<!--(?<comment>[\s\S]*?)-->/gm

export const read = (path: string, text: string): Page => {
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length
  const blocks: Array<Block> = []
  const problems: Array<string> = []
  let waiting: Array<Marker> = []
  let end = 0
  const orphans = () => problems.push(...waiting.map(({ line }) => `${line}: a marker before no block`))
  for (const match of text.matchAll(fenceOrComment)) {
    if (text.slice(end, match.index).trim() !== "") {
      orphans()
      waiting = []
    }
    end = match.index + match[0].length
    const { indent = "", info = "", code, comment = "" } = match.groups ?? {}
    if (code === undefined) {
      const one = markerOf(comment, lineAt(match.index))
      if (one !== undefined) waiting.push(one)
      continue
    }
    const [language = ""] = info.trim().split(/\s/)
    blocks.push({
      language,
      text: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      line: lineAt(match.index) + 1,
      markers: waiting
    })
    waiting = []
  }
  orphans()
  problems.push(...blocks.flatMap(({ markers }) => markers.flatMap(markerProblem)))
  const prose = blank(text, fenceOrComment)
  const open = /^[ \t]*(`{3,}|~{3,})/m.exec(prose)
  if (open !== null) problems.push(`${lineAt(open.index)}: a block that does not end`)
  return {
    path,
    blocks,
    problems,
    spans: mentions(prose, /(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, 2),
    // In prose, and in the settings of a front page.
    links: mentions(blank(prose, /`[^`\n]+`/g), /(?:\]\(|^\s+(?:link|src): )([^()\s]+)\)?/g, 1),
    anchors: [...prose.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = ""]) => anchor(heading))
  }
}

const markerOf = (comment: string, start: number): Marker | undefined => {
  const match = /^\s*code\s+(\w+):?(\s*)/.exec(comment)
  if (match === null) return undefined
  const [whole, word = ""] = match
  return { word, text: comment.slice(whole.length).trimEnd(), line: start + whole.split("\n").length - 1 }
}

const markerProblem = ({ word, text, line }: Marker): ReadonlyArray<string> => {
  const asked = new Map<string, string>(Object.entries(words)).get(word)
  if (asked === undefined) return [`${line}: no marker is called "${word}"; ${Object.keys(words).join(", ")}`]
  return text === "" ? [`${line}: "${word}" has to say ${asked}`] : []
}

/** The text with all that matches made spaces, so that lines stay where they are. */
const blank = (text: string, pattern: RegExp) =>
  text.replaceAll(pattern, (matched) => matched.replaceAll(/[^\n]/g, " "))

const mentions = (text: string, pattern: RegExp, group: number): ReadonlyArray<Mention> =>
  text
    .split("\n")
    .flatMap((line, index) =>
      [...line.matchAll(pattern)].map((match) => ({ text: (match[group] ?? "").trim(), line: index + 1 }))
    )

/** As GitHub makes it from a heading. */
const anchor = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-")
