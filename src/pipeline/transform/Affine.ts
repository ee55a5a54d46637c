/** Affine maps of the plane, for pictures and their regions; pixels. */
import type { Outline, Point } from "./Outline.ts"

/** `[a, b, c, d, e, f]`: (x, y) goes to (a·x + b·y + c, d·x + e·y + f). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

export const scaling = (x: number, y: number): Affine => [x, 0, 0, 0, y, 0]

export const translation = (x: number, y: number): Affine => [1, 0, x, 0, 1, y]

export const identity: Affine = [1, 0, 0, 0, 1, 0]

/** Rotates by `angle` radians about the origin, clockwise on a screen. */
export const rotation = (angle: number): Affine => [
  Math.cos(angle),
  -Math.sin(angle),
  0,
  Math.sin(angle),
  Math.cos(angle),
  0
]

/** `first`, then `second`. */
export const andThen = (first: Affine, second: Affine): Affine => {
  const [a, b, c, d, e, f] = first
  const [g, h, i, j, k, l] = second
  return [g * a + h * d, g * b + h * e, g * c + h * f + i, j * a + k * d, j * b + k * e, j * c + k * f + l]
}

/** The inverse; the map must not be singular (a·e ≠ b·d). */
export const invert = ([a, b, c, d, e, f]: Affine): Affine => {
  const scale = 1 / (a * e - b * d)
  return [e * scale, -b * scale, (b * f - e * c) * scale, -d * scale, a * scale, (d * c - a * f) * scale]
}

export const apply = ([a, b, c, d, e, f]: Affine, [x, y]: Point): Point => [
  a * x + b * y + c,
  d * x + e * y + f
]

export const applyAll = (affine: Affine, outline: Outline): Outline =>
  outline.map((point) => apply(affine, point))
