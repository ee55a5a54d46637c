/** The smallest rectangle, at any angle, around points: rotating calipers (Toussaint, 1983) on the convex hull. */

import type { Polygon as Outline, Point } from "./Polygon.ts"
import * as Polygon from "./Polygon.ts"

export interface Rect {
  readonly center: Point
  /** Length along `axis`, in pixels; at least `height`. */
  readonly width: number
  /** Length across `axis`, in pixels. */
  readonly height: number
  /** Unit vector along the longer side. */
  readonly axis: Point
}

/** The rectangle of least area around `points`; undefined without points. Its height, and also its width, may be 0. */
export const around = (points: ReadonlyArray<Point>): Rect | undefined => {
  const hull = Polygon.convexHull(points)
  const [first] = hull
  if (first === undefined) return undefined
  let best: Rect | undefined
  const calipers = startCalipers(hull)
  Polygon.forEachEdge(hull, (from, to) => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1])
    if (length === 0) return
    const rect = calipers([(to[0] - from[0]) / length, (to[1] - from[1]) / length])
    if (best === undefined || rect.width * rect.height < best.width * best.height) best = rect
  })
  return best ?? { center: first, width: 0, height: 0, axis: [1, 0] }
}

/**
 * Measures the hull along the directions of its edges, one after the other: as the direction turns, each of the four
 * touching corners only moves forward, so all edges together take linear time.
 */
const startCalipers = (hull: Outline) => {
  const touching: Array<number> = []
  const reach = (side: number, direction: Point): number => {
    const along = (k: number) => dot(hull[k % hull.length] ?? [0, 0], direction)
    let i = touching[side] ?? farthest(hull, direction)
    for (let steps = 0; steps < hull.length && along(i + 1) >= along(i); steps++) i++
    touching[side] = i % hull.length
    return along(i)
  }
  return (axis: Point): Rect => {
    const normal: Point = [-axis[1], axis[0]]
    const right = reach(0, axis)
    const bottom = reach(1, normal)
    const left = -reach(2, [-axis[0], -axis[1]])
    const top = -reach(3, [-normal[0], -normal[1]])
    return oriented((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, axis)
  }
}

const farthest = (hull: Outline, direction: Point): number => {
  let best = 0
  for (const [i, point] of hull.entries()) {
    if (dot(point, direction) > dot(hull[best] ?? [0, 0], direction)) best = i
  }
  return best
}

const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1]

/** From coordinates along `axis` and across it; the longer side becomes the rectangle's axis. */
const oriented = (along: number, across: number, length: number, breadth: number, axis: Point): Rect => {
  const normal: Point = [-axis[1], axis[0]]
  const center: Point = [along * axis[0] + across * normal[0], along * axis[1] + across * normal[1]]
  return length >= breadth
    ? { center, width: length, height: breadth, axis }
    : { center, width: breadth, height: length, axis: normal }
}

/** The rectangle with each side moved outwards by `distance` pixels. */
export const grow = (rect: Rect, distance: number): Rect => ({
  ...rect,
  width: rect.width + 2 * distance,
  height: rect.height + 2 * distance
})

/** Four corners, clockwise on a screen, from the one nearest to the top left. */
export const corners = (rect: Rect): Outline => {
  const [ux, uy] = rect.axis
  const corner = (along: number, across: number): Point => [
    rect.center[0] + (along * ux * rect.width - across * uy * rect.height) / 2,
    rect.center[1] + (along * uy * rect.width + across * ux * rect.height) / 2
  ]
  const around: ReadonlyArray<Point> = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)]
  let start = 0
  for (const [i, [x, y]] of around.entries()) {
    const [sx, sy] = around[start] ?? [Infinity, Infinity]
    if (x + y < sx + sy) start = i
  }
  return [...around.slice(start), ...around.slice(0, start)]
}
