/** The comment lines at the top of a config that give the package of its content: `# @package model.optimizer`. */
import type { Source } from "../node/Source.ts"

export interface Header {
  /** The value of `# @package`, or undefined if there is none. */
  readonly package: string | undefined
  /** A `# @package` that Hydra does not read, because another line is above it. */
  readonly disabled: { readonly offset: number; readonly package: string; readonly by: string } | undefined
  /** A header line that is not `# @key value`. */
  readonly problem: { readonly offset: number; readonly problem: string } | undefined
}

/** Hydra looks for a header in this many characters. */
const window = 512

const headerLine = /^\s*#\s*@/
const packageLine = /^\s*#\s*@package\s+(\S+)\s*$/
const lineBreak = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g

interface Line {
  readonly text: string
  readonly offset: number
}

/** Reads the header as Hydra does: it ends at the first line that is neither blank nor `# @key value`. */
export const read = (source: Source): Header => {
  let found: string | undefined
  let stopped: Line | undefined
  for (const line of linesOf(source.text.slice(0, window))) {
    if (line.text.trim() === "") continue
    if (!headerLine.test(line.text)) {
      stopped = line
      break
    }
    const parts = line.text
      .trim()
      .replace(/^#+/, "")
      .trim()
      .split(" ")
      .filter((part) => part !== "")
    const problem = problemOf(parts)
    if (problem !== undefined)
      return { package: undefined, disabled: undefined, problem: { offset: line.offset, problem } }
    if (parts[0] === "@package") found = parts[1]
  }
  return {
    package: found,
    disabled: found === undefined ? disabledIn(source, stopped) : undefined,
    problem: undefined
  }
}

const problemOf = (parts: ReadonlyArray<string>): string | undefined => {
  if (parts.length === 2) return undefined
  const line = parts.join(" ")
  return parts.length < 2
    ? `the header "${line}" has no value`
    : `the header "${line}" has more than one value`
}

/** A `# @package` further down in the comments that open the file. */
const disabledIn = (source: Source, stopped: Line | undefined): Header["disabled"] => {
  if (stopped === undefined) return undefined
  for (const line of linesOf(source.text)) {
    if (line.offset < stopped.offset) continue
    const match = packageLine.exec(line.text)
    if (match !== null) return { offset: line.offset, package: match[1] ?? "", by: stopped.text.trim() }
    if (!opens(line.text.trim())) return undefined
  }
  return undefined
}

/** Whether a line can come before the content. */
const opens = (text: string): boolean => text === "" || text === "---" || text.startsWith("#")

function* linesOf(text: string): Generator<Line> {
  let start = 0
  for (const match of text.matchAll(lineBreak)) {
    yield { text: text.slice(start, match.index), offset: start }
    start = match.index + match[0].length
  }
  yield { text: text.slice(start), offset: start }
}
