/**
 * From a probability map to text regions (Liao et al., 2020, section 3.3): binarise, follow the outlines of the
 * regions, keep the probable ones, and widen each by as much as its target was shrunk.
 */

import * as Clipping from "../geometry/Clipping.ts"
import * as MinAreaRect from "../geometry/MinAreaRect.ts"
import type { Polygon as Outline, Point } from "../geometry/Polygon.ts"
import * as Polygon from "../geometry/Polygon.ts"
import * as Contours from "./Contours.ts"
import { defaults, type PostProcessOptions } from "./PostProcessOptions.ts"

/** Row-major probabilities in [0, 1]. */
export interface ProbabilityMap {
  readonly data: Float32Array
  readonly width: number
  readonly height: number
}

export interface Detection {
  /** In the map's pixels, not clipped to it. */
  readonly polygon: Outline
  /** Mean probability of the region's pixels before widening, in [0, 1]. */
  readonly score: number
}

/** Text regions of one map, the most probable first. */
export const detect = (
  map: ProbabilityMap,
  options: PostProcessOptions = defaults
): ReadonlyArray<Detection> => {
  const found: Array<Detection> = []
  for (const { pixels, score } of candidates(map, options)) {
    if (found.length >= options.max_candidates) break
    found.push(...widened(pixels, options).map((polygon): Detection => ({ polygon, score })))
  }
  return found
}

/**
 * The factor by which more regions are widened than wanted: only then are the too small ones known, and noise has
 * millions.
 */
const spare = 20_000

interface Candidate {
  readonly pixels: ReadonlyArray<Point>
  readonly score: number
}

/** The regions that are probable enough, the most probable first; of equals the first in a scan. */
const candidates = (map: ProbabilityMap, options: PostProcessOptions): ReadonlyArray<Candidate> => {
  const binary = binarise(map, options.thresh)
  const most = spare + options.max_candidates
  let kept: Array<Candidate> = []
  const best = () => kept.sort((a, b) => b.score - a.score).slice(0, most)
  Contours.forEach(binary, map.width, map.height, ({ pixels, hole }) => {
    if (hole) return
    const score = takeRegion(map, binary, pixels)
    if (score < options.box_thresh) return
    kept.push({ pixels, score })
    if (kept.length >= 2 * most) kept = best()
  })
  return best()
}

/** 1 where the map is above `threshold`. */
export const binarise = (map: ProbabilityMap, threshold: number): Uint8Array => {
  const binary = new Uint8Array(map.width * map.height)
  for (let i = 0; i < binary.length; i++) binary[i] = (map.data[i] ?? 0) > threshold ? 1 : 0
  return binary
}

/**
 * How far, in pixels, to widen a shrunk region of area A' and perimeter L'. With a number r' it is `A' r' / L'`.
 * The inverse of the targets' shrinking by `D = A (1 - r²) / L` is the D that solves it for the widened region,
 * whose area is `A' + L' D + κ D²` and perimeter `L' + 2 κ D`, κ = 4 for a rectangle and π for round corners:
 * `κ (1 + r²) D² + r² L' D - (1 - r²) A' = 0`.
 */
export const unclipDistance = (
  area: number,
  perimeter: number,
  corners: number,
  options: Pick<PostProcessOptions, "unclip_ratio" | "shrink_ratio">
): number => {
  if (options.unclip_ratio !== "inverse") return perimeter > 0 ? (area * options.unclip_ratio) / perimeter : 0
  const r2 = options.shrink_ratio ** 2
  const a = corners * (1 + r2)
  const b = r2 * perimeter
  const c = (1 - r2) * area
  return (Math.sqrt(b * b + 4 * a * c) - b) / (2 * a)
}

/**
 * Mean probability of the 8-connected pixels of the region that `border` goes round, which are cleared from `binary`.
 * The pixels themselves rather than the rectangle around them: for a line's core, a pixel or two high, a slightly
 * rotated rectangle contains more background than text.
 */
const takeRegion = (map: ProbabilityMap, binary: Uint8Array, border: ReadonlyArray<Point>): number => {
  const [x, y] = border[0] ?? [0, 0]
  const found = [y * map.width + x]
  binary[y * map.width + x] = 0
  let sum = 0
  for (let i = 0; i < found.length; i++) {
    const at = found[i] ?? 0
    sum += map.data[at] ?? 0
    takeNeighbours(map, binary, at, found)
  }
  return sum / found.length
}

const takeNeighbours = (map: ProbabilityMap, binary: Uint8Array, at: number, found: Array<number>): void => {
  const x = at % map.width
  const left = x === 0 ? 0 : -1
  const right = x === map.width - 1 ? 0 : 1
  for (let row = at - map.width; row <= at + map.width; row += map.width) {
    for (let next = row + left; next <= row + right; next++) {
      // Rows above and below the map read as undefined, which is not 1.
      if (binary[next] !== 1) continue
      binary[next] = 0
      found.push(next)
    }
  }
}

/** The widened outline of a region, or none if it is too small. */
const widened = (border: ReadonlyArray<Point>, options: PostProcessOptions): ReadonlyArray<Outline> => {
  const outline = options.use_polygon ? polygonAround(border, options) : rectangleAround(border, options)
  if (outline === undefined) return []
  return (MinAreaRect.around(outline)?.height ?? 0) < options.min_size ? [] : [outline]
}

const rectangleAround = (border: ReadonlyArray<Point>, options: PostProcessOptions): Outline | undefined => {
  const rect = MinAreaRect.around(pixelCorners(Polygon.convexHull(border)))
  if (rect === undefined) return undefined
  const area = pixelArea(border)
  const thickness = rect.width > 0 ? area / rect.width : 0
  const distance = unclipDistance(area, 2 * (rect.width + thickness), 4, options)
  return MinAreaRect.corners(MinAreaRect.grow(rect, distance))
}

/**
 * Pixels on and inside a border, by Pick's theorem. The widening depends on this rather than on the rectangle:
 * a core is a pixel or two high, and one ragged pixel at its edge would count for its whole length.
 */
const pixelArea = (border: Outline): number => Polygon.area(border) + border.length / 2 + 1

/** The corners of pixels, so that an outline runs around them and not through their centres. */
const pixelCorners = (pixels: ReadonlyArray<Point>): ReadonlyArray<Point> =>
  pixels.flatMap(
    ([x, y]): ReadonlyArray<Point> => [
      [x, y],
      [x + 1, y],
      [x + 1, y + 1],
      [x, y + 1]
    ]
  )

/** Fraction of an outline's length by which it may be straightened. */
const straightening = 0.005

const polygonAround = (border: ReadonlyArray<Point>, options: PostProcessOptions): Outline | undefined => {
  // The outline runs through the centres of the border's pixels: half a pixel more moves it around them.
  const middles = border.map(([x, y]): Point => [x + 0.5, y + 0.5])
  const [core] = Clipping.offset(middles, 0.5)
  // Clipper drops shapes without area, such as a line of single pixels.
  if (core === undefined) return rectangleAround(border, options)
  const simple = Polygon.simplify(core, Math.max(0.5, straightening * Polygon.perimeter(core)))
  const distance = unclipDistance(Polygon.area(simple), Polygon.perimeter(simple), Math.PI, options)
  return Clipping.offset(simple, distance)[0]
}
