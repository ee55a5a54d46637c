/**
 * A marked or detected text as CLEval sees it (Baek et al., 2020, "CLEval: Character-Level Evaluation for Text
 * Detection and Recognition Tasks"): its shape, and the centres that its characters would have.
 */
import * as MinAreaRect from "../geometry/MinAreaRect.ts"
import type { Polygon as Outline, Point } from "../geometry/Polygon.ts"
import * as Shape from "../geometry/Shape.ts"

export interface TextBox {
  readonly shape: Shape.Shape
  /** Width over height in reading direction; of a polygon, the longer over the shorter side of its rectangle. */
  readonly aspect: number
  /** Code points of its text; none if it is unknown. */
  readonly letters: ReadonlyArray<string>
  /** Pseudo character centres, in reading order: one for each letter, or as many as its proportions suggest. */
  readonly centres: ReadonlyArray<Point>
  /** Don't care: neither to be found nor an error if it is. */
  readonly ignore: boolean
}

/** What is known of its text. */
export interface Written {
  /** Absent: unknown. */
  readonly text?: string | undefined
  readonly ignore?: boolean
}

export interface Reading {
  /** Whether `a` and `A` differ; default true. */
  readonly caseSensitive?: boolean
  /** Width over height below which the text of a quadrilateral runs downwards; default 0.5. */
  readonly verticalBelow?: number
}

/** Pixels that keep a proportion finite. */
const tiny = 1e-5
const mostPseudoLetters = 10

/** Halves go to the even neighbour (IEEE 754), as in the official implementation. */
const roundHalfEven = (value: number): number => {
  const low = Math.floor(value)
  if (value - low !== 0.5) return Math.round(value)
  return low % 2 === 0 ? low : low + 1
}

/** How many letters a text has that nobody wrote down, by its proportions: 1 to 10. */
const pseudoLength = (aspect: number): number =>
  Math.min(roundHalfEven(0.5 + Math.max(aspect, 1 / aspect)), mostPseudoLetters)

/** How many false letters a detection on nothing counts as, 1 to 10: more the narrower it is for its height. */
export const falseLetters = ({ aspect }: Pick<TextBox, "aspect">): number =>
  Math.min(roundHalfEven(0.5 + 1 / (tiny + aspect)), mostPseudoLetters)

const lettersOf = ({ text, ignore }: Written, aspect: number, { caseSensitive }: Reading) => {
  if (ignore === true) return Array.from({ length: pseudoLength(aspect) }, () => "#")
  if (text === undefined) return []
  return Array.from(caseSensitive === false ? text.toUpperCase() : text)
}

type Quad = readonly [Point, Point, Point, Point]

const isQuad = (corners: Outline): corners is Quad => corners.length === 4

const between = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]

const distance = (a: Point, b: Point): number => {
  const [dx, dy] = [a[0] - b[0], a[1] - b[1]]
  return Math.sqrt(dx * dx + dy * dy)
}

const quadAspect = ([a, b, c, d]: Quad): number => {
  const horizontal = (distance(a, b) + distance(c, d)) / 2
  const vertical = (distance(b, c) + distance(d, a)) / 2
  return (horizontal + tiny) / (vertical + tiny)
}

/** Centres of `count` equal parts of the line from the middle of the left side to that of the right side. */
const quadCentres = ([a, b, c, d]: Quad, isVertical: boolean, count: number): ReadonlyArray<Point> => {
  const [start, end] = isVertical ? [between(d, c), between(a, b)] : [between(a, d), between(b, c)]
  const [dx, dy] = [(end[0] - start[0]) / count, (end[1] - start[1]) / count]
  return Array.from(
    { length: count },
    (_, i): Point => [start[0] + dx / 2 + dx * i, start[1] + dy / 2 + dy * i]
  )
}

const quad = (corners: Quad, written: Written, reading: Reading): TextBox => {
  const aspect = quadAspect(corners)
  const letters = lettersOf(written, aspect, reading)
  const count = written.text === undefined ? pseudoLength(aspect) : letters.length
  return {
    // The official implementation compares quadrilaterals in whole pixels, but not their centres.
    shape: Shape.of(corners.map(([x, y]): Point => [Math.trunc(x), Math.trunc(y)])),
    aspect,
    letters,
    centres: quadCentres(corners, aspect < (reading.verticalBelow ?? 0.5), count),
    ignore: written.ignore === true
  }
}

/** The point at `part` of the way along a line, 0 to 1, each of its pieces being equally long. */
const along = (line: Outline, part: number): Point => {
  const place = part * (line.length - 1)
  const piece = Math.min(Math.floor(place), Math.max(0, line.length - 2))
  const [a = [0, 0], b = a] = line.slice(piece, piece + 2)
  const rest = place - piece
  return [a[0] + rest * (b[0] - a[0]), a[1] + rest * (b[1] - a[1])]
}

/** The first half of the corners is the upper line, from left to right, and the second the lower one, back again. */
const polygonCentres = (corners: Outline, count: number): ReadonlyArray<Point> => {
  const half = Math.floor(corners.length / 2)
  const [upper, lower] = [corners.slice(0, half), corners.slice(half).reverse()]
  const middle = (part: number) => between(along(upper, part), along(lower, part))
  return Array.from({ length: count }, (_, i) => between(middle(i / count), middle((i + 1) / count)))
}

const polygonAspect = (corners: Outline): number => {
  const { width, height } = MinAreaRect.around(corners) ?? { width: 0, height: 0 }
  return (width + tiny) / (height + tiny)
}

const polygon = (corners: Outline, written: Written, reading: Reading): TextBox => {
  const aspect = polygonAspect(corners)
  const letters = lettersOf(written, aspect, reading)
  const count = written.text === undefined ? pseudoLength(aspect) : letters.length
  return {
    shape: Shape.of(corners),
    aspect,
    letters,
    centres: polygonCentres(corners, count),
    ignore: written.ignore === true
  }
}

/** Four corners, clockwise from the text's top left, are a quadrilateral; all others are a polygon. */
export const make = (corners: Outline, written: Written, reading: Reading = {}): TextBox =>
  isQuad(corners) ? quad(corners, written, reading) : polygon(corners, written, reading)
