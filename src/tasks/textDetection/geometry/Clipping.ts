/**
 * Offsets and intersections of any polygons, by Vatti's clipping algorithm (Vatti, 1992) as implemented by Clipper2.
 */
import {
  areaPathsD,
  differenceD,
  EndType,
  FillRule,
  inflatePathsD,
  intersectD,
  JoinType,
  unionD
} from "clipper2-ts"
import type { Polygon as Outline, Point } from "./Polygon.ts"
import * as Polygon from "./Polygon.ts"

/** Decimal places of a pixel that Clipper's integers keep. */
const precision = 3

const toPath = (polygon: Outline) => polygon.map(([x, y]) => ({ x, y }))

const fromPath = (path: ReadonlyArray<{ readonly x: number; readonly y: number }>): Outline =>
  path.map(({ x, y }): Point => [x, y])

/**
 * Moves the outline by `distance` pixels, outwards when positive, with round joins. Crossings are resolved
 * first, so the corners may have either direction. Shrinking can leave nothing or several parts; largest first.
 */
export const offset = (polygon: Outline, distance: number): ReadonlyArray<Outline> => {
  const simple = unionD([toPath(polygon)], [], FillRule.NonZero, precision)
  const arcTolerance = Math.max(0.01, Math.abs(distance) / 50)
  return inflatePathsD(simple, distance, JoinType.Round, EndType.Polygon, 2, precision, arcTolerance)
    .map(fromPath)
    .sort((a, b) => Polygon.area(b) - Polygon.area(a))
}

/** Area that `polygon` shares with what `others` leave of `whole`, in square pixels. */
export const remainderArea = (whole: Outline, others: ReadonlyArray<Outline>) => {
  // One after the other: together, those that overlap would cancel by the even-odd rule.
  const left = others.reduce(
    (paths, other) => differenceD(paths, [toPath(other)], FillRule.EvenOdd, precision),
    [toPath(whole)]
  )
  return (polygon: Outline): number =>
    Math.abs(areaPathsD(intersectD(left, [toPath(polygon)], FillRule.EvenOdd, precision)))
}

/** Area that two polygons share, in square pixels. */
export const intersectionArea = (a: Outline, b: Outline): number => {
  if (!Polygon.boundsOverlap(Polygon.bounds(a), Polygon.bounds(b))) return 0
  if (Polygon.isConvex(b))
    return Polygon.isConvex(a) ? Polygon.area(Polygon.clipConvex(a, b)) : vattiArea(a, b)
  return vattiArea(a, b)
}

const vattiArea = (a: Outline, b: Outline): number =>
  Math.abs(areaPathsD(intersectD([toPath(a)], [toPath(b)], FillRule.NonZero, precision)))
