/**
 * Text files with a region in each line: four corners, a box or a polygon as numbers, then what is written there.
 *
 * Which of them is decided for a file as a whole, since a text may be a number itself: a file whose lines all begin
 * with eight numbers has corners, one with fewer has boxes. A polygon ends in `,####` and its text, as in CTW1500, or
 * all lines are polygons without a text.
 */
import type * as Effect from "effect/Effect"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Format from "./Format.ts"

interface Line {
  readonly at: number
  readonly text: string
  /** The numbers that it begins with. */
  readonly numbers: ReadonlyArray<number>
  /** Where each of the numbers ends, its comma not included. */
  readonly ends: ReadonlyArray<number>
  /** Whether there is nothing but numbers. */
  readonly bare: boolean
}

/** A number and what separates it from the next: a comma, or white space as in some files of 2013. */
const NUMBER = /[ \t]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?=\s*,|[ \t]|\s*$)/y

/** More numbers than any polygon that is accepted has. */
const MOST_NUMBERS = 20_000

const numbersOf = ({ at, text }: { readonly at: number; readonly text: string }): Line => {
  const numbers: Array<number> = []
  const ends: Array<number> = []
  let next = 0
  while (numbers.length < MOST_NUMBERS) {
    NUMBER.lastIndex = next
    const match = NUMBER.exec(text)
    if (match === null) break
    numbers.push(Number(match[1]))
    const end = NUMBER.lastIndex
    ends.push(end)
    const comma = /[ \t]*,/y
    comma.lastIndex = end
    next = comma.test(text) ? comma.lastIndex : end
    if (next === end && !/[ \t]/.test(text.charAt(end))) break
  }
  return { at, text, numbers, ends, bare: text.slice(ends.at(-1) ?? 0).trim() === "" && numbers.length > 0 }
}

/** What follows number `count`: nothing, or a text after the comma or the white space. */
const restOf = ({ text, ends }: Line, count: number): string | undefined => {
  const rest = text.slice(ends[count - 1] ?? 0)
  if (rest.trim() === "") return undefined
  const [separator] = /^[ \t]*,|^[ \t]+/.exec(rest) ?? [""]
  return rest.slice(separator.length)
}

/** Scripts of ICDAR 2017 MLT, which stand before the text. */
const SCRIPT = /^(?:Arabic|Bangla|Chinese|Hindi|Japanese|Korean|Latin|Mixed|None|Symbols),/

type Kind = "corners" | "boxes" | "polygons"

const POLYGON_TEXT = /^[ \t]*,####/

const isPolygonWithText = ({ text, numbers, ends }: Line): boolean =>
  numbers.length >= 6 && numbers.length % 2 === 0 && POLYGON_TEXT.test(text.slice(ends.at(-1) ?? 0))

const kindOf = (lines: ReadonlyArray<Line>): Kind => {
  const open = lines.filter((line) => !isPolygonWithText(line))
  const counts = open.map(({ numbers }) => numbers.length)
  const areBare = open.every(({ bare, numbers }) => bare && numbers.length % 2 === 0 && numbers.length >= 6)
  if (areBare && counts.some((count) => count > 10)) return "polygons"
  return counts.some((count) => count < 8) ? "boxes" : "corners"
}

const marked = (points: Format.Points, text: string | undefined, at: number): Format.Mark => ({
  points,
  ...(text === undefined ? {} : Format.textOf(text)),
  at
})

/** A text in quotation marks, as in ICDAR 2013. */
const unquoted = (text: string | undefined): string | undefined => {
  const trimmed = text?.trim()
  return trimmed !== undefined && /^".*"$/.test(trimmed) ? trimmed.slice(1, -1) : text
}

const boxOf = (line: Line): Format.Mark | Format.Wrong => {
  const [left, top, right, bottom] = line.numbers
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) {
    const start = JSON.stringify(line.text.slice(0, 40))
    return Format.wrong(line.at, `${start} does not begin with four or eight numbers`)
  }
  return line.numbers.length < 8
    ? marked(Format.box(left, top, right, bottom), unquoted(restOf(line, 4)), line.at)
    : Format.wrong(line.at, "this line has eight numbers, but another of the file has only four")
}

const cornersOf = (line: Line, hasScripts: boolean): Format.Mark => {
  const rest = restOf(line, 8)
  return marked(
    Format.pairs(line.numbers.slice(0, 8)),
    hasScripts ? rest?.replace(SCRIPT, "") : rest,
    line.at
  )
}

const markOf = (line: Line, kind: Kind, hasScripts: boolean): Format.Mark | Format.Wrong => {
  const { at, numbers } = line
  if (!numbers.every(Number.isFinite)) return Format.wrong(at, "a number is too large")
  if (isPolygonWithText(line)) {
    return marked(Format.pairs(numbers), restOf(line, numbers.length)?.slice("####".length), at)
  }
  if (kind === "polygons") return marked(Format.pairs(numbers), undefined, at)
  return kind === "corners" ? cornersOf(line, hasScripts) : boxOf(line)
}

const CURE =
  "Each line is x1,y1,x2,y2,x3,y3,x4,y4 or left,top,right,bottom, and then the text after a comma; lines of a file are alike."

const linesOf = (text: string): ReadonlyArray<Line> =>
  Format.lines(text)
    .filter((line) => line.text.trim() !== "")
    .map(numbersOf)

/** Whether the first lines are regions. */
export const recognises = (text: string): boolean => {
  const lines = linesOf(text.slice(0, 4000)).slice(0, 3)
  return lines.length > 0 && lines.every(({ numbers }) => numbers.length >= 4)
}

/** The regions of a file. */
export const read = (source: Format.Source): Effect.Effect<ReadonlyArray<Format.Mark>, DataError> => {
  const lines = linesOf(source.text)
  const kind = kindOf(lines)
  const hasScripts =
    kind === "corners" && lines.length > 0 && lines.every((line) => SCRIPT.test(restOf(line, 8) ?? ""))
  return Format.collected(
    source,
    lines.map((line) => markOf(line, kind, hasScripts)),
    CURE
  )
}

/** The line of a region; a text's own line ends become spaces. */
export const line = (mark: Omit<Format.Mark, "at">): string => {
  const numbers = mark.points.flat().join(",")
  const isUnknown = mark.illegible !== true && mark.transcription === undefined
  const text = Format.careful(mark).replaceAll(/\r\n|[\r\n]/g, " ")
  if (mark.points.length !== 4) return `${numbers},####${text}`
  return isUnknown ? numbers : `${numbers},${text}`
}
