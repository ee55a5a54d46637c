/**
 * A line of text for each region, as ICDAR's competitions take results: `x1,y1,x2,y2,x3,y3,x4,y4` (QUAD),
 * `left,top,right,bottom` (LTRB), or as many corners as there are (POLY); then a confidence if there is one, and a text.
 */
import * as Effect from "effect/Effect"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Source } from "../data/Finding.ts"
import * as Format from "../format/Format.ts"
import type { BoxType } from "./BoxTypes.ts"

export interface Options {
  readonly boxType: BoxType
  /** Whether a confidence stands before the text. */
  readonly confidence?: boolean
  /** Whether every line must have a text, though it may be empty. */
  readonly texts?: boolean
}

export interface Line {
  readonly polygon: Format.Points
  /** Absent: the line ends with the numbers. */
  readonly text: string | undefined
  readonly confidence: number | undefined
}

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$/

const isNumber = (field: string | undefined): field is string => field !== undefined && NUMBER.test(field)

const layouts = {
  QUAD: "x1,y1,x2,y2,x3,y3,x4,y4",
  LTRB: "left,top,right,bottom",
  POLY: "x1,y1,…,xn,yn"
} as const

/** Numbers of coordinates that a line begins with. Of a polygon, all that are there but for one without a partner. */
const coordinatesIn = (fields: ReadonlyArray<string>, { boxType }: Options): number => {
  if (boxType !== "POLY") return boxType === "QUAD" ? 8 : 4
  const end = fields.findIndex((field) => !isNumber(field))
  const numbers = end < 0 ? fields.length : end
  return numbers - (numbers % 2)
}

/** A text without its quotation marks, and with what they escape. */
const unquoted = (text: string): string => {
  const inside = /^\s*"(.*)"\s*$/.exec(text)?.[1]
  return inside === undefined ? text : inside.replaceAll("\\\\", "\\").replaceAll('\\"', '"')
}

const polygonOf = (numbers: ReadonlyArray<number>, boxType: BoxType): Format.Points => {
  const [left = 0, top = 0, right = 0, bottom = 0] = numbers
  return boxType === "LTRB" ? Format.box(left, top, right, bottom) : Format.pairs(numbers)
}

const isTurned = ([left = 0, top = 0, right = 0, bottom = 0]: ReadonlyArray<number>): boolean =>
  right < left || bottom < top

/** What is wrong with the numbers that a line should begin with. */
const problemOf = (numbers: ReadonlyArray<string>, { boxType }: Options): string | undefined => {
  const least = { QUAD: 8, LTRB: 4, POLY: 6 }[boxType]
  const bad = numbers.findIndex((field) => !isNumber(field))
  if (bad >= 0) return `field ${bad + 1}, ${JSON.stringify(numbers[bad]?.slice(0, 40))}, is not a number`
  if (numbers.length < least)
    return `it begins with ${numbers.length} numbers, and ${boxType} has ${least}${boxType === "POLY" ? " or more" : ""}`
  if (boxType === "LTRB" && isTurned(numbers.map(Number))) return "right is left of left, or bottom above top"
  return undefined
}

/** What is wrong with what follows the numbers. */
const problemAfter = (rest: ReadonlyArray<string>, { confidence, texts }: Options): string | undefined => {
  if (confidence === true && !isNumber(rest[0])) return "a confidence should follow the numbers"
  return texts === true && rest.length < (confidence === true ? 2 : 1)
    ? "it has no text, which a score of texts needs: a comma and nothing is an empty one"
    : undefined
}

const lineOf = (
  { text: whole, at }: { readonly text: string; readonly at: number },
  options: Options
): Line | Format.Wrong => {
  const fields = whole.split(",")
  const count = coordinatesIn(fields, options)
  const [numbers, rest] = [fields.slice(0, count), fields.slice(count)]
  const problem = problemOf(numbers, options) ?? problemAfter(rest, options)
  if (problem !== undefined) return Format.wrong(at, problem)
  const texts = options.confidence === true ? rest.slice(1) : rest
  return {
    polygon: polygonOf(numbers.map(Number), options.boxType),
    text: texts.length === 0 ? undefined : unquoted(texts.join(",")),
    confidence: options.confidence === true ? Number(rest[0]) : undefined
  }
}

/** The regions of a file, the most confident first. Fails with the place of each line that is wrong. */
export const read = (source: Source, options: Options): Effect.Effect<ReadonlyArray<Line>, DataError> => {
  const [before, after] = [layouts[options.boxType], options.confidence === true ? ",confidence" : ""]
  return Effect.map(
    Format.collected(
      source,
      Format.lines(source.text)
        .filter(({ text }) => text.trim() !== "")
        .map((line) => lineOf(line, options)),
      `Each line is ${before}${after}, and then its text after a comma; --box-type names another layout.`
    ),
    (lines) => lines.toSorted((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0))
  )
}
