/** What is marked on a picture and moves with it: outlines, in pixels. */

/** Pixels from the top left corner; pixel (i, j) covers [i, i+1) × [j, j+1). */
export type Point = readonly [x: number, y: number]

/** Corners in order, not closed (the first is not repeated). */
export type Outline = ReadonlyArray<Point>

/** A region of a picture. A task's own has more, which moves along as it is. */
export interface Marked {
  readonly polygon: Outline
  /** Neither right nor wrong: what cannot be read, or is no longer whole. */
  readonly ignore: boolean
}

/** `right` and `bottom` are exclusive edges. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export const bounds = (outline: Outline): Box => {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [x, y] of outline) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return { left, top, right, bottom }
}

export const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

export const within = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left &&
  inner.top >= outer.top &&
  inner.right <= outer.right &&
  inner.bottom <= outer.bottom

/** Calls `visit` for each edge, the closing one included. */
export const forEachEdge = (outline: Outline, visit: (from: Point, to: Point) => void): void => {
  let previous = outline[outline.length - 1]
  for (const point of outline) {
    if (previous !== undefined) visit(previous, point)
    previous = point
  }
}

/**
 * Area with its sign, in square pixels: positive when the corners run clockwise on a screen, where y grows downwards.
 */
export const signedArea = (outline: Outline): number => {
  let twice = 0
  forEachEdge(outline, (a, b) => {
    twice += a[0] * b[1] - b[0] * a[1]
  })
  return twice / 2
}

/** Area in square pixels, by the shoelace formula; parts that a self-crossing outline covers twice cancel. */
export const area = (outline: Outline): number => Math.abs(signedArea(outline))

/** The part where `depth`, in pixels and linear, is not negative. */
const cut = (outline: Outline, depth: (point: Point) => number): Outline =>
  outline.flatMap((point, i): Outline => {
    const previous = outline[i === 0 ? outline.length - 1 : i - 1] ?? point
    const [before, here] = [depth(previous), depth(point)]
    const kept = here >= 0 ? [point] : []
    if (before >= 0 === here >= 0) return kept
    const t = before / (before - here)
    const crossing: Point = [
      previous[0] + t * (point[0] - previous[0]),
      previous[1] + t * (point[1] - previous[1])
    ]
    return [crossing, ...kept]
  })

/** The part inside of the box (Sutherland and Hodgman, 1974); empty if there is none. */
export const clip = (outline: Outline, { left, top, right, bottom }: Box): Outline => {
  const depths: ReadonlyArray<(point: Point) => number> = [
    ([x]) => x - left,
    ([x]) => right - x,
    ([, y]) => y - top,
    ([, y]) => bottom - y
  ]
  return depths.reduce<Outline>(cut, outline)
}

/** The same outline with more corners: its edges are at most `length` long, so that they can follow a curve. */
export const divided = (outline: Outline, length: number): Outline =>
  outline.flatMap(([x, y], i): Outline => {
    const [nextX, nextY] = outline[(i + 1) % outline.length] ?? [x, y]
    const parts = Math.max(1, Math.ceil(Math.hypot(nextX - x, nextY - y) / length))
    return Array.from({ length: parts }, (_, k): Point => {
      const t = k / parts
      return [x + t * (nextX - x), y + t * (nextY - y)]
    })
  })

/** Whether the point is inside, by the even-odd rule. */
export const contains = (outline: Outline, x: number, y: number): boolean => {
  let inside = false
  forEachEdge(outline, ([ax, ay], [bx, by]) => {
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside
  })
  return inside
}
