/** Maps that move each point by a little, smoothly: paper that is not flat; pixels. */
import type { Point } from "./Outline.ts"
import * as SmoothField from "./SmoothField.ts"

/**
 * The inverse is the plain direction: the point q comes from q + (x(q), y(q)). So pixels and what is found on them are
 * mapped back exactly, and the forward map is solved for.
 */
export interface Displacement {
  readonly x: SmoothField.SmoothField
  readonly y: SmoothField.SmoothField
}

export const inverse = ({ x, y }: Displacement, [px, py]: Point): Point => [
  px + SmoothField.at(x, px, py),
  py + SmoothField.at(y, px, py)
]

/**
 * Most that the points of a grid move, in parts of its spacing. Neighbours then differ by at most twice this, so that
 * neither direction's slope is above 1/4, and a step of the iteration below leaves at most half of the error.
 */
export const MOST = 1 / 8

/** Of a pixel; far finer than a pixel's own 1/64 in resampling. */
const TOLERANCE = 1e-4

/** Where a point goes, by iteration to a fixed point (Banach). */
export const forward = (map: Displacement, [x, y]: Point): Point => {
  let [px, py] = [x, y]
  for (let left = 40; left > 0; left--) {
    const [qx, qy] = [x - SmoothField.at(map.x, px, py), y - SmoothField.at(map.y, px, py)]
    const moved = Math.max(Math.abs(qx - px), Math.abs(qy - py))
    px = qx
    py = qy
    if (moved < TOLERANCE) break
  }
  return [px, py]
}
