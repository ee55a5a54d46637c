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
  for (const { border, score } of candidates(map, options)) {
    if (found.length >= options.max_candidates) break
    found.push(...widened(border, options).map((polygon): Detection => ({ polygon, score })))
  }
  return found
}

/**
 * The factor by which more regions are widened than wanted: only then are the too small ones known, and noise has
 * millions.
 */
const spare = 20_000

interface Candidate {
  /** See `Contours.Contour`. */
  readonly border: Int32Array
  readonly score: number
}

/** The regions that are probable enough, the most probable first; of equals the first in a scan. */
const candidates = (map: ProbabilityMap, options: PostProcessOptions): ReadonlyArray<Candidate> => {
  const binary = binarise(map, options.thresh)
  const most = spare + options.max_candidates
  let kept: Array<Candidate> = []
  const best = () => kept.sort((a, b) => b.score - a.score).slice(0, most)
  Contours.forEach(binary, map.width, map.height, ({ border, hole }) => {
    if (hole) return
    const score = takeRegion(map, binary, border)
    if (score < options.box_thresh) return
    kept.push({ border, score })
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
const takeRegion = (map: ProbabilityMap, binary: Uint8Array, border: Int32Array): number => {
  const [x = 0, y = 0] = border
  const seeds = [y * map.width + x]
  let [sum, count] = [0, 0]
  for (let seed = seeds.pop(); seed !== undefined; seed = seeds.pop()) {
    if (binary[seed] !== 1) continue
    const run = runAt(map, binary, seed)
    for (let at = run.from; at < run.to; at++) {
      sum += map.data[at] ?? 0
      binary[at] = 0
    }
    count += run.to - run.from
    seedBeside(binary, run, -map.width, map.width, seeds)
    seedBeside(binary, run, map.width, map.width, seeds)
  }
  return sum / count
}

/** Pixels of one row, next to each other; `to` is exclusive. */
interface Run {
  readonly from: number
  readonly to: number
}

/** The run of ones in a row that holds `seed`. */
const runAt = ({ width }: ProbabilityMap, binary: Uint8Array, seed: number): Run => {
  const row = seed - (seed % width)
  let [from, to] = [seed, seed + 1]
  while (from > row && binary[from - 1] === 1) from--
  while (to < row + width && binary[to] === 1) to++
  return { from, to }
}

/** The first pixel of each run that touches `run` from the row `step` away, at a corner too. */
const seedBeside = (
  binary: Uint8Array,
  { from, to }: Run,
  step: number,
  width: number,
  seeds: Array<number>
): void => {
  const row = from - (from % width)
  const [first, last] = [Math.max(from - 1, row) + step, Math.min(to, row + width - 1) + step]
  let before = 0
  for (let at = first; at <= last; at++) {
    // Rows above and below the map read as undefined, which is not 1.
    const here = binary[at] ?? 0
    if (here === 1 && before !== 1) seeds.push(at)
    before = here
  }
}

/** The widened outline of a region, or none if it is too small. */
const widened = (border: Int32Array, options: PostProcessOptions): ReadonlyArray<Outline> => {
  const outline = options.use_polygon ? polygonAround(border, options) : undefined
  // Clipper drops shapes without area, such as a line of single pixels.
  const rect = outline === undefined ? rectangleAround(border, options) : MinAreaRect.around(outline)
  if (rect === undefined || rect.height < options.min_size) return []
  return [outline ?? MinAreaRect.corners(rect)]
}

const rectangleAround = (border: Int32Array, options: PostProcessOptions): MinAreaRect.Rect | undefined => {
  const rect = MinAreaRect.around(outerCorners(border))
  if (rect === undefined) return undefined
  const area = pixelArea(border)
  const thickness = rect.width > 0 ? area / rect.width : 0
  return MinAreaRect.grow(rect, unclipDistance(area, 2 * (rect.width + thickness), 4, options))
}

/**
 * Pixels on and inside a border, by Pick's theorem. The widening depends on this rather than on the rectangle:
 * a core is a pixel or two high, and one ragged pixel at its edge would count for its whole length.
 */
const pixelArea = (border: Int32Array): number => {
  let twice = 0
  for (let i = 0, j = border.length - 2; i < border.length; j = i, i += 2) {
    twice += (border[j] ?? 0) * (border[i + 1] ?? 0) - (border[i] ?? 0) * (border[j + 1] ?? 0)
  }
  return Math.abs(twice) / 2 + border.length / 4 + 1
}

/**
 * Corners whose convex hull is that of all pixels on and inside a border, so that an outline runs around them and not
 * through their centres: of the leftmost and rightmost pixel of each row, those that a neighbouring row leaves outside.
 */
const outerCorners = (border: Int32Array): ReadonlyArray<Point> => {
  const { top, lefts, rights } = rowsOf(border)
  const corners: Array<Point> = []
  const add = (row: number, beside: number, y: number) => {
    const [left = 0, right = 0] = [lefts[row], rights[row]]
    if (left < (lefts[beside] ?? Infinity)) corners.push([left, y])
    if (right > (rights[beside] ?? -Infinity)) corners.push([right, y])
  }
  for (let row = 0; row < lefts.length; row++) {
    add(row, row - 1, top + row)
    add(row, row + 1, top + row + 1)
  }
  return corners
}

/** Left and right edges of the rows of a region, from its uppermost row, with which its border begins. */
const rowsOf = (border: Int32Array) => {
  const top = border[1] ?? 0
  const lefts: Array<number> = []
  const rights: Array<number> = []
  for (let i = 0; i < border.length; i += 2) {
    const [x, row] = [border[i] ?? 0, (border[i + 1] ?? 0) - top]
    lefts[row] = Math.min(lefts[row] ?? x, x)
    rights[row] = Math.max(rights[row] ?? 0, x + 1)
  }
  return { top, lefts, rights }
}

/** Fraction of an outline's length by which it may be straightened. */
const straightening = 0.005

const polygonAround = (border: Int32Array, options: PostProcessOptions): Outline | undefined => {
  // The outline runs through the centres of the border's pixels: half a pixel more moves it around them.
  const middles = Array.from(
    { length: border.length / 2 },
    (_, i): Point => [(border[2 * i] ?? 0) + 0.5, (border[2 * i + 1] ?? 0) + 0.5]
  )
  const [core] = Clipping.offset(middles, 0.5)
  if (core === undefined) return undefined
  const simple = Polygon.simplify(core, Math.max(0.5, straightening * Polygon.perimeter(core)))
  const distance = unclipDistance(Polygon.area(simple), Polygon.perimeter(simple), Math.PI, options)
  return Clipping.offset(simple, distance)[0]
}
