/**
 * From a probability map to text regions (Liao et al., 2020, section 3.3): binarise, follow the outlines of the
 * regions, keep those that are probable, and widen each by as much as its target was shrunk.
 */
import * as Clipping from "./Clipping.ts"
import * as Contours from "./Contours.ts"
import * as MinAreaRect from "./MinAreaRect.ts"
import * as Polygon from "./Polygon.ts"
import { defaults, type PostProcessOptions } from "./PostProcessOptions.ts"
import * as Raster from "./Raster.ts"
import type { Polygon as Outline, Point } from "./TextImage.ts"

/** Row-major probabilities in [0, 1]. */
export interface ProbabilityMap {
  readonly data: Float32Array
  readonly width: number
  readonly height: number
}

export interface Detection {
  /** In the map's pixels, not clipped to it. */
  readonly polygon: Outline
  /** Mean probability of the region before it was widened, in [0, 1]. */
  readonly score: number
}

/** Text regions of one map, the most probable first. */
export const detect = (
  map: ProbabilityMap,
  options: PostProcessOptions = defaults
): ReadonlyArray<Detection> =>
  Contours.trace(binarise(map, options.thresh), map.width, map.height)
    .filter((contour) => !contour.hole)
    .flatMap((contour) => candidate(map, contour.pixels, options))
    .sort((a, b) => b.score - a.score)
    .slice(0, options.max_candidates)

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

const candidate = (
  map: ProbabilityMap,
  pixels: ReadonlyArray<Point>,
  options: PostProcessOptions
): ReadonlyArray<Detection> => {
  const found = options.use_polygon ? polygonAround(pixels, options) : rectangleAround(pixels, options)
  if (found === undefined || found.shortSide < options.min_size) return []
  const score = Raster.mean(map.data, map.width, map.height, found.core)
  return score < options.box_thresh ? [] : [{ polygon: found.widened, score }]
}

interface Candidate {
  /** The region as the map has it. */
  readonly core: Outline
  readonly widened: Outline
  readonly shortSide: number
}

const rectangleAround = (
  pixels: ReadonlyArray<Point>,
  options: PostProcessOptions
): Candidate | undefined => {
  const rect = MinAreaRect.around(pixelCorners(Polygon.convexHull(pixels)))
  if (rect === undefined) return undefined
  const area = pixelArea(pixels)
  const thickness = rect.width > 0 ? area / rect.width : 0
  const wide = MinAreaRect.grow(rect, unclipDistance(area, 2 * (rect.width + thickness), 4, options))
  return { core: MinAreaRect.corners(rect), widened: MinAreaRect.corners(wide), shortSide: wide.height }
}

/**
 * Pixels on and inside a border, by Pick's theorem. How far to widen hangs on this rather than on the rectangle:
 * a core is a pixel or two high, and one ragged pixel at its edge would count for its whole length.
 */
const pixelArea = (border: Outline): number => Polygon.area(border) + border.length / 2 + 1

/** The corners of pixels, so that an outline runs around them and not through their middles. */
const pixelCorners = (pixels: ReadonlyArray<Point>): ReadonlyArray<Point> =>
  pixels.flatMap(
    ([x, y]): ReadonlyArray<Point> => [
      [x, y],
      [x + 1, y],
      [x + 1, y + 1],
      [x, y + 1]
    ]
  )

/** Part of an outline's length by which it may be straightened. */
const straightening = 0.005

const polygonAround = (pixels: ReadonlyArray<Point>, options: PostProcessOptions): Candidate | undefined => {
  // The outline runs through the middles of the border's pixels: half a pixel more takes it around them.
  const middles = pixels.map(([x, y]): Point => [x + 0.5, y + 0.5])
  const [core] = Clipping.offset(middles, 0.5)
  if (core === undefined) return rectangleAround(pixels, options)
  const simple = Polygon.simplify(core, Math.max(0.5, straightening * Polygon.perimeter(core)))
  const distance = unclipDistance(Polygon.area(simple), Polygon.perimeter(simple), Math.PI, options)
  const [widened] = Clipping.offset(simple, distance)
  if (widened === undefined) return undefined
  return { core, widened, shortSide: MinAreaRect.around(widened)?.height ?? 0 }
}
