/** Polygons on a pixel grid: a pixel belongs to a polygon when its centre does (even-odd rule). */

import type { Polygon as Outline } from "../geometry/Polygon.ts"
import * as Polygon from "../geometry/Polygon.ts"

/** A row's pixels `from` ≤ x < `to`. */
export type VisitSpan = (y: number, from: number, to: number) => void

/** Calls `visit` for each run of pixels of a `width` × `height` grid inside `polygon`, top to bottom, left to right. */
export const forEachSpan = (polygon: Outline, width: number, height: number, visit: VisitSpan): void => {
  const { top, bottom } = Polygon.bounds(polygon)
  const last = Math.min(height - 1, Math.ceil(bottom))
  for (let y = Math.max(0, Math.floor(top)); y <= last; y++) {
    const crossings = crossingsAt(polygon, y + 0.5)
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil((crossings[i] ?? 0) - 0.5))
      const to = Math.min(width, Math.ceil((crossings[i + 1] ?? 0) - 0.5))
      if (from < to) visit(y, from, to)
    }
  }
}

/** Where the horizontal line at `y` crosses the outline, in ascending order. */
const crossingsAt = (polygon: Outline, y: number): ReadonlyArray<number> => {
  const crossings: Array<number> = []
  Polygon.forEachEdge(polygon, ([ax, ay], [bx, by]) => {
    if (ay > y !== by > y) crossings.push(ax + ((y - ay) / (by - ay)) * (bx - ax))
  })
  return crossings.sort((a, b) => a - b)
}

/** Writes `value` into every pixel of the row-major `map` inside `polygon`. */
export const fill = (map: Uint8Array, width: number, height: number, polygon: Outline, value: number): void =>
  forEachSpan(polygon, width, height, (y, from, to) => {
    map.fill(value, y * width + from, y * width + to)
  })
