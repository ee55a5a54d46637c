/** Polygons on a pixel grid: a pixel belongs to a polygon when its centre does (even-odd rule). */

import type { Polygon as Outline } from "../geometry/Polygon.ts"
import * as Polygon from "../geometry/Polygon.ts"

/** A row's pixels `from` ≤ x < `to`. */
export type VisitSpan = (y: number, from: number, to: number) => void

/** Calls `visit` for each run of pixels of a `width` × `height` grid inside `polygon`, top to bottom, left to right. */
export const forEachSpan = (polygon: Outline, width: number, height: number, visit: VisitSpan): void => {
  const bounds = Polygon.bounds(polygon)
  const top = rowAt(bounds.top, height)
  const rows = crossings(polygon, top, rowAt(bounds.bottom, height))
  for (const [i, row] of rows.entries()) {
    if (row.length > 2) row.sort((a, b) => a - b)
    for (let k = 0; k + 1 < row.length; k += 2) {
      const [a, b] = [row[k] ?? 0, row[k + 1] ?? 0]
      const from = Math.max(0, Math.ceil(Math.min(a, b) - 0.5))
      const to = Math.min(width, Math.ceil(Math.max(a, b) - 0.5))
      if (from < to) visit(top + i, from, to)
    }
  }
}

/** The first row whose middle is not above `y`, kept within the grid. */
const rowAt = (y: number, height: number): number => Math.min(height, Math.max(0, Math.ceil(y - 0.5)))

/** Where the middles of the rows from `top` to `bottom`, exclusive, cross the outline: edge by edge, each only its rows. */
const crossings = (polygon: Outline, top: number, bottom: number): ReadonlyArray<Array<number>> => {
  const rows = Array.from({ length: Math.max(0, bottom - top) }, (): Array<number> => [])
  Polygon.forEachEdge(polygon, ([ax, ay], [bx, by]) => {
    const first = Math.max(top, rowAt(Math.min(ay, by), bottom))
    const last = rowAt(Math.max(ay, by), bottom)
    for (let y = first; y < last; y++) rows[y - top]?.push(ax + ((y + 0.5 - ay) / (by - ay)) * (bx - ax))
  })
  return rows
}

/** Writes `value` into every pixel of the row-major `map` inside `polygon`. */
export const fill = (map: Uint8Array, width: number, height: number, polygon: Outline, value: number): void =>
  forEachSpan(polygon, width, height, (y, from, to) => {
    map.fill(value, y * width + from, y * width + to)
  })
