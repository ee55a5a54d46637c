/** Maps of the plane as plain values, each with its inverse, that are composed before any pixel moves; pixels. */
import * as Affine from "./Affine.ts"
import * as Displacement from "./Displacement.ts"
import * as Homography from "./Homography.ts"
import * as Outline from "./Outline.ts"

/** A map that is not composed of others. */
export type Piece = Affine.Affine | Homography.Homography | Displacement.Displacement

/** Applied one after the other, as few as possible. */
export interface Chain {
  readonly maps: ReadonlyArray<Piece>
}

export type PointMap = Piece | Chain

const piecesOf = (map: PointMap): ReadonlyArray<Piece> => ("maps" in map ? map.maps : [map])

/** A map that takes points of the plane to points by a matrix. */
type Matrix = Affine.Affine | Homography.Homography

const isMatrix = (map: PointMap): map is Matrix => Array.isArray(map)

export const isAffine = (map: PointMap): map is Affine.Affine => isMatrix(map) && map.length === 6

const asHomography = (map: Matrix): Homography.Homography =>
  map.length === 6 ? Homography.ofAffine(map) : map

const product = (first: Matrix, second: Matrix): Matrix =>
  first.length === 6 && second.length === 6
    ? Affine.andThen(first, second)
    : Homography.andThen(asHomography(first), asHomography(second))

/** The chain with one more piece, which joins the last if both are matrices. */
const appended = (pieces: ReadonlyArray<Piece>, next: Piece): ReadonlyArray<Piece> => {
  const last = pieces[pieces.length - 1]
  return last !== undefined && isMatrix(last) && isMatrix(next)
    ? [...pieces.slice(0, -1), product(last, next)]
    : [...pieces, next]
}

/** `first`, then `second`. Affine maps stay affine, and so one resampling by rows and columns. */
export const andThen = (first: PointMap, second: PointMap): PointMap => {
  const maps = piecesOf(second).reduce(appended, piecesOf(first))
  const [only] = maps
  return maps.length === 1 && only !== undefined ? only : { maps }
}

/** As a function, which composes a matrix only once. */
export type Apply = (point: Outline.Point) => Outline.Point

const forwardOf = (map: Piece): Apply => {
  if (!isMatrix(map)) return (point) => Displacement.forward(map, point)
  return map.length === 6 ? (point) => Affine.apply(map, point) : (point) => Homography.apply(map, point)
}

const inverseOf = (map: Piece): Apply => {
  if (!isMatrix(map)) return (point) => Displacement.inverse(map, point)
  if (map.length === 6) {
    const inverted = Affine.invert(map)
    return (point) => Affine.apply(inverted, point)
  }
  const inverted = Homography.invert(map)
  // Nothing is seen beyond the horizon.
  return (point) =>
    Homography.depth(inverted, point) > 0 ? Homography.apply(inverted, point) : [Number.NaN, Number.NaN]
}

const inOrder = (steps: ReadonlyArray<Apply>): Apply => {
  const [only] = steps
  return steps.length === 1 && only !== undefined
    ? only
    : (point) => steps.reduce((at, step) => step(at), point)
}

export const forward = (map: PointMap): Apply => inOrder(piecesOf(map).map(forwardOf))

/** NaN where nothing is mapped to. */
export const inverse = (map: PointMap): Apply => inOrder(piecesOf(map).map(inverseOf).reverse())

/** A point this near to the horizon, where depth is 1 in the middle of a picture, is far outside of what is seen. */
const NEAREST = 0.1

/** Edges of a curve's outline are at most this part of the grid's spacing. */
const BEND = 1 / 4

const movedBy = (outline: Outline.Outline, map: Piece): Outline.Outline => {
  const move = forwardOf(map)
  if (!isMatrix(map)) return Outline.divided(outline, map.x.spacing * BEND).map(move)
  if (map.length === 9 && outline.some((point) => Homography.depth(map, point) < NEAREST)) return []
  return outline.map(move)
}

/** Where an outline goes. Edges that bend get more corners; what reaches a horizon has none. */
export const outline = (map: PointMap, from: Outline.Outline): Outline.Outline =>
  piecesOf(map).reduce(movedBy, from)
