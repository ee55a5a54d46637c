/** Plane geometry of polygons: measure, test and clip; pure, in pixels. */
import { forEachEdge, type Outline, type Point, signedArea } from "../../../pipeline/transform/Outline.ts"

export {
  area,
  type Box as Bounds,
  bounds,
  contains,
  forEachEdge,
  overlap as boundsOverlap,
  type Point,
  signedArea
} from "../../../pipeline/transform/Outline.ts"

/** At least three corners, in order, not closed (the first is not repeated). */
export type Polygon = Outline

/** Length of the closed outline, in pixels. */
export const perimeter = (polygon: Polygon): number => {
  let length = 0
  forEachEdge(polygon, (a, b) => {
    length += Math.hypot(b[0] - a[0], b[1] - a[1])
  })
  return length
}

/**
 * Whether all turns have the same direction; straight corners are allowed. A star also turns in one direction, but
 * more than once around, so its turns add up to more than 2π.
 */
export const isConvex = (polygon: Polygon): boolean => {
  const turns = turnsOf(polygon)
  const oneWay = turns.every((turn) => turn >= -straight) || turns.every((turn) => turn <= straight)
  return oneWay && Math.abs(turns.reduce((sum, turn) => sum + turn, 0)) < 3 * Math.PI
}

/** Turns smaller than this, in radians, are a rounding error. */
const straight = 1e-9

/** Twice the area of the triangle a, b, c; positive for a right-hand turn on a screen. */
export const cross = (a: Point, b: Point, c: Point): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

/** The turn of the outline at each corner, radians in (-π, π]. */
const turnsOf = (polygon: Polygon): ReadonlyArray<number> => {
  const headings: Array<number> = []
  forEachEdge(polygon, (a, b) => {
    if (a[0] !== b[0] || a[1] !== b[1]) headings.push(Math.atan2(b[1] - a[1], b[0] - a[0]))
  })
  return headings.map((heading, i) => {
    const turn = heading - (headings[i - 1] ?? headings[headings.length - 1] ?? heading)
    return Math.atan2(Math.sin(turn), Math.cos(turn))
  })
}

/** The convex hull, clockwise on a screen, without straight corners (monotone chain; Andrew, 1979). */
export const convexHull = (points: ReadonlyArray<Point>): Polygon => {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const chain = (ordered: ReadonlyArray<Point>): Array<Point> => {
    const hull: Array<Point> = []
    for (const point of ordered) {
      while (hull.length >= 2 && !turnsRight(hull, point)) hull.pop()
      hull.push(point)
    }
    hull.pop()
    return hull
  }
  return sorted.length < 3 ? sorted : [...chain(sorted), ...chain(sorted.reverse())]
}

const turnsRight = (hull: ReadonlyArray<Point>, next: Point): boolean => {
  const a = hull[hull.length - 2]
  const b = hull[hull.length - 1]
  return a !== undefined && b !== undefined && cross(a, b, next) > 0
}

/** The part of `subject` inside the convex `clip` (Sutherland and Hodgman, 1974); empty if there is none. */
export const clipConvex = (subject: Polygon, clip: Polygon): Polygon => {
  const side = signedArea(clip) >= 0 ? 1 : -1
  let kept: Polygon = subject
  forEachEdge(clip, (from, to) => {
    kept = clipHalfPlane(kept, (point) => side * cross(from, to, point))
  })
  return kept
}

/** The points of a convex polygon that are at least `distance` pixels inside all its edges; empty if there are none. */
export const insetConvex = (polygon: Polygon, distance: number): Polygon => {
  const side = signedArea(polygon) >= 0 ? 1 : -1
  let kept: Polygon = polygon
  forEachEdge(polygon, (from, to) => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1])
    if (length > 0) kept = clipHalfPlane(kept, (point) => (side * cross(from, to, point)) / length - distance)
  })
  return kept
}

const clipHalfPlane = (polygon: Polygon, inside: (point: Point) => number): Polygon => {
  const kept: Array<Point> = []
  forEachEdge(polygon, (a, b) => {
    const da = inside(a)
    const db = inside(b)
    if (da >= 0 !== db >= 0) {
      const t = da / (da - db)
      kept.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])])
    }
    if (db >= 0) kept.push(b)
  })
  return kept
}

/**
 * Removes corners, none of which is farther than `tolerance` pixels from the new outline (Douglas and Peucker, 1973).
 */
export const simplify = (polygon: Polygon, tolerance: number): Polygon => {
  const [first] = polygon
  if (first === undefined || polygon.length < 4) return polygon
  // A closed outline has no ends: the first corner and the one farthest from it divide it into two lines.
  const far = farthest(polygon, (point) => Math.hypot(point[0] - first[0], point[1] - first[1])).index
  return [
    ...simplifyLine(polygon.slice(0, far + 1), tolerance).slice(0, -1),
    ...simplifyLine([...polygon.slice(far), first], tolerance).slice(0, -1)
  ]
}

const simplifyLine = (line: ReadonlyArray<Point>, tolerance: number): ReadonlyArray<Point> => {
  const start = line[0]
  const end = line[line.length - 1]
  if (start === undefined || end === undefined || line.length < 3) return line
  const worst = farthest(line, (point) => distanceToSegment(point, start, end))
  if (worst.distance <= tolerance) return [start, end]
  return [
    ...simplifyLine(line.slice(0, worst.index + 1), tolerance).slice(0, -1),
    ...simplifyLine(line.slice(worst.index), tolerance)
  ]
}

const farthest = (points: ReadonlyArray<Point>, measure: (point: Point) => number) => {
  let index = 0
  let distance = 0
  for (const [i, point] of points.entries()) {
    const measured = measure(point)
    if (measured > distance) {
      index = i
      distance = measured
    }
  }
  return { index, distance }
}

const distanceToSegment = (point: Point, from: Point, to: Point): number => {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1])
  if (length === 0) return Math.hypot(point[0] - from[0], point[1] - from[1])
  const along =
    ((point[0] - from[0]) * (to[0] - from[0]) + (point[1] - from[1]) * (to[1] - from[1])) / length ** 2
  const t = Math.min(1, Math.max(0, along))
  return Math.hypot(point[0] - from[0] - t * (to[0] - from[0]), point[1] - from[1] - t * (to[1] - from[1]))
}
