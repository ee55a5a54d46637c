/** A polygon with what every comparison with others needs, measured once. */
import * as Clipping from "./Clipping.ts"
import type { Bounds, Polygon as Outline } from "./Polygon.ts"
import * as Polygon from "./Polygon.ts"

export interface Shape {
  readonly polygon: Outline
  readonly bounds: Bounds
  /** Square pixels; lobes of an outline that crosses itself cancel. */
  readonly area: number
  /** Whether it is its bounding box, as most regions of text are. */
  readonly isBox: boolean
}

export const of = (polygon: Outline): Shape => {
  const [bounds, area] = [Polygon.bounds(polygon), Polygon.area(polygon)]
  return { polygon, bounds, area, isBox: area === areaOf(bounds) }
}

const areaOf = ({ left, top, right, bottom }: Bounds): number => (right - left) * (bottom - top)

/** Area that both bounds cover, in square pixels; 0 if they only touch. */
const sharedByBounds = (a: Bounds, b: Bounds): number => {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  return width > 0 && height > 0 ? width * height : 0
}

/** Area that both cover, in square pixels. */
export const sharedArea = (a: Shape, b: Shape): number => {
  if (!Polygon.boundsOverlap(a.bounds, b.bounds)) return 0
  if (a.isBox && b.isBox) return sharedByBounds(a.bounds, b.bounds)
  return Clipping.intersectionArea(a.polygon, b.polygon)
}

/** Intersection over union, in [0, 1]; 0 when both are empty. */
export const iou = (a: Shape, b: Shape): number => {
  const shared = sharedArea(a, b)
  const union = a.area + b.area - shared
  return union > 0 ? shared / union : 0
}

/**
 * Whether the point is inside, by the even-odd rule. Half open: of the edges that a point may lie on, the left and the
 * upper ones belong to the shape, so that of two neighbours only one has it.
 */
export const contains = ({ polygon, bounds }: Shape, x: number, y: number): boolean =>
  x >= bounds.left &&
  x < bounds.right &&
  y >= bounds.top &&
  y < bounds.bottom &&
  Polygon.contains(polygon, x, y)
