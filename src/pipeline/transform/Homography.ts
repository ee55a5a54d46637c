/** Projective maps of the plane, as a camera's view of a flat sheet; pixels. */
import type { Affine } from "./Affine.ts"
import type { Outline, Point } from "./Outline.ts"

/** A 3 × 3 matrix by rows: (x, y) goes to (a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + i). */
export type Homography = readonly [
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
  i: number
]

export const ofAffine = ([a, b, c, d, e, f]: Affine): Homography => [a, b, c, d, e, f, 0, 0, 1]

/** `first`, then `second`. */
export const andThen = (first: Homography, second: Homography): Homography => {
  const [a, b, c, d, e, f, g, h, i] = first
  const [j, k, l, m, n, o, p, q, r] = second
  return [
    j * a + k * d + l * g,
    j * b + k * e + l * h,
    j * c + k * f + l * i,
    m * a + n * d + o * g,
    m * b + n * e + o * h,
    m * c + n * f + o * i,
    p * a + q * d + r * g,
    p * b + q * e + r * h,
    p * c + q * f + r * i
  ]
}

/** The inverse, by the adjugate; the matrix must not be singular. */
export const invert = ([a, b, c, d, e, f, g, h, i]: Homography): Homography => {
  const [A, D, G] = [e * i - f * h, f * g - d * i, d * h - e * g]
  const s = 1 / (a * A + b * D + c * G)
  return [
    A * s,
    (c * h - b * i) * s,
    (b * f - c * e) * s,
    D * s,
    (a * i - c * g) * s,
    (c * d - a * f) * s,
    G * s,
    (b * g - a * h) * s,
    (a * e - b * d) * s
  ]
}

/** What (x, y) is divided by: 1 for an affine map, and 0 or less at the horizon and beyond. */
export const depth = ([, , , , , , g, h, i]: Homography, [x, y]: Point): number => g * x + h * y + i

export const apply = (map: Homography, point: Point): Point => {
  const [a, b, c, d, e, f] = map
  const [x, y] = point
  const w = depth(map, point)
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w]
}

/** Takes the corners of the unit square, clockwise from (0, 0), to those of a convex outline (Heckbert, 1989). */
export const fromUnitSquare = (corners: Outline): Homography => {
  const [[x0, y0] = [0, 0], [x1, y1] = [1, 0], [x2, y2] = [1, 1], [x3, y3] = [0, 1]] = corners
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3]
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3]
  const scale = 1 / (dx1 * dy2 - dx2 * dy1)
  const g = (sx * dy2 - dx2 * sy) * scale
  const h = (dx1 * sy - sx * dy1) * scale
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1]
}
