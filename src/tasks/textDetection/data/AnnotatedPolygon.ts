/** Whether an annotated polygon can be used: checks it, clips it to its picture, or refuses it with a reason. */
import type { ImageSize } from "../../../pipeline/picture/Images.ts"
import type { Point, Polygon } from "../geometry/Polygon.ts"
import { area } from "../geometry/Polygon.ts"

/** A polygon this far outside the picture is rounded or drawn loosely, and is clipped; farther is a mistake. */
export interface Tolerance {
  /** Pixels. */
  readonly pixels: number
  /** Part of the picture's side in that direction. */
  readonly side: number
}

export const TOLERANCE: Tolerance = { pixels: 2, side: 0.05 }

export type Checked =
  | { readonly _tag: "Usable"; readonly polygon: Polygon; readonly clipped: boolean }
  | { readonly _tag: "Refused"; readonly problem: string }

/** An area below this many square pixels is a line or a dot. */
const LEAST_AREA = 0.5

/** More corners do not improve any shape, and the cost of each pixel grows with them. */
const MOST_CORNERS = 1000

const refused = (problem: string): Checked => ({ _tag: "Refused", problem })

/** Removes repeated corners, and a last one that closes the ring. */
const distinct = (points: Polygon): Polygon =>
  points.filter(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length] ?? [Number.NaN, Number.NaN]
    return x !== nextX || y !== nextY
  })

const side = (a: Point, b: Point, c: Point): number =>
  Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

/** Whether two edges cross at a point inside both. */
const cross = (a: Point, b: Point, c: Point, d: Point): boolean =>
  side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0

const crossesItself = (polygon: Polygon): boolean => {
  const edges = polygon.map((a, i) => [a, polygon[(i + 1) % polygon.length] ?? a] as const)
  return edges.some(([a, b], i) => edges.slice(i + 2).some(([c, d]) => cross(a, b, c, d)))
}

/** How far outside, as "12 pixels left", the worst side first; nothing when inside. */
const outside = (polygon: Polygon, { width, height }: ImageSize) => {
  const xs = polygon.map(([x]) => x)
  const ys = polygon.map(([, y]) => y)
  return [
    { by: -Math.min(...xs), where: "left of", size: width },
    { by: Math.max(...xs) - width, where: "right of", size: width },
    { by: -Math.min(...ys), where: "above", size: height },
    { by: Math.max(...ys) - height, where: "below", size: height }
  ]
    .filter(({ by }) => by > 0)
    .sort((a, b) => b.by / b.size - a.by / a.size)
}

/** One half plane of Sutherland and Hodgman (1974): `inside` is at least 0 on the side that is kept. */
const clipHalf = (polygon: Polygon, inside: (p: Point) => number): Polygon =>
  polygon.flatMap((p, i) => {
    const next = polygon[(i + 1) % polygon.length] ?? p
    const [here, there] = [inside(p), inside(next)]
    const kept = here >= 0 ? [p] : []
    if (here * there >= 0) return kept
    const t = here / (here - there)
    return [...kept, [p[0] + t * (next[0] - p[0]), p[1] + t * (next[1] - p[1])] as const]
  })

const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** The part of a polygon inside a box of left, top, right and bottom. */
export const clip = (
  polygon: Polygon,
  [left, top, right, bottom]: readonly [number, number, number, number]
): Polygon => {
  const fromLeft = clipHalf(polygon, ([x]) => x - left)
  const toRight = clipHalf(fromLeft, ([x]) => right - x)
  const fromTop = clipHalf(toRight, ([, y]) => y - top)
  const inside = clipHalf(fromTop, ([, y]) => bottom - y)
  // A corner computed on a border may miss it by a rounding error.
  return distinct(inside.map(([x, y]) => [within(x, left, right), within(y, top, bottom)] as const))
}

/** What is wrong with the shape, independent of its place. */
const shapeProblem = (polygon: Polygon): string | undefined => {
  if (polygon.some(([x, y]) => !Number.isFinite(x) || !Number.isFinite(y)))
    return "a coordinate is not a finite number"
  if (polygon.length < 3) return "the polygon has fewer than 3 distinct corners"
  if (crossesItself(polygon))
    return "the polygon crosses itself: its corners are not in order around the word"
  return area(polygon) < LEAST_AREA ? "the polygon has no area" : undefined
}

const round = (pixels: number): string => String(Math.round(pixels * 10) / 10)

/** Checks a polygon in pixels of its upright picture. */
export const check = (points: Polygon, size: ImageSize, tolerance: Tolerance = TOLERANCE): Checked => {
  const polygon = distinct(points)
  if (polygon.length > MOST_CORNERS) {
    return refused(
      `the polygon has ${polygon.length} corners, and at most ${MOST_CORNERS} are allowed; remove those close to a line between others`
    )
  }
  const problem = shapeProblem(polygon)
  if (problem !== undefined) return refused(problem)
  const out = outside(polygon, size)
  if (out.length === 0) return { _tag: "Usable", polygon, clipped: false }
  const clipped = clip(polygon, [0, 0, size.width, size.height])
  const frame = `the picture (${size.width} x ${size.height})`
  if (clipped.length < 3 || area(clipped) < LEAST_AREA) {
    return refused(`the polygon is completely outside ${frame}`)
  }
  const far = out.find((one) => one.by > Math.max(tolerance.pixels, tolerance.side * one.size))
  if (far !== undefined) return refused(`the polygon reaches ${round(far.by)} pixels ${far.where} ${frame}`)
  return { _tag: "Usable", polygon: clipped, clipped: true }
}
