/**
 * What DBNet's maps should be for marked regions (Liao et al., 2020, section 3.4).
 *
 * A region of area A and perimeter L is shrunk, and its outline widened, by `D = A (1 - r²) / L`, r = 0.4, where
 * the paper offsets polygons by Vatti's clipping. Here every pixel near a region is measured against its outline,
 * which the threshold map needs anyway: the pixels inside and at least D from it are the polygon's inward offset,
 * those at most D outside its outward offset with round joins, with no polygon built in between.
 */
import { Effect, Schema } from "effect"
import * as MinAreaRect from "./MinAreaRect.ts"
import * as Polygon from "./Polygon.ts"
import * as Raster from "./Raster.ts"
import type { Polygon as Outline, Region } from "./TextImage.ts"

const Part = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

export const TargetOptions = Schema.Struct({
  /** Side of a shrunk square per side of the square: r above, in [0, 1]. */
  shrink_ratio: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0.4))),
  /** The threshold map's value far from an outline. */
  thresh_min: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0.3))),
  /** The threshold map's value on an outline. */
  thresh_max: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0.7))),
  /** Regions with a shorter side, in pixels of the sample, are ignored: nobody could read them. */
  min_text_size: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(3))
  )
})
export type TargetOptions = typeof TargetOptions.Type

export const defaults: TargetOptions = {
  shrink_ratio: 0.4,
  thresh_min: 0.3,
  thresh_max: 0.7,
  min_text_size: 3
}

/** Row-major maps of one sample, `width` × `height`, as `Loss.LossTargets` describes them. */
export interface TargetMaps {
  readonly width: number
  readonly height: number
  readonly shrunk: Uint8Array
  readonly mask: Uint8Array
  readonly threshold: Float32Array
  readonly border: Uint8Array
}

/** How far, in pixels, a region of this outline is shrunk and its outline widened. */
export const distance = (polygon: Outline, ratio: number): number => {
  const length = Polygon.perimeter(polygon)
  return length > 0 ? (Polygon.area(polygon) * (1 - ratio * ratio)) / length : 0
}

/** Fills zeroed maps from regions in the sample's pixels; regions may reach past its edges. */
export const paint = (
  maps: TargetMaps,
  regions: ReadonlyArray<Region>,
  options: TargetOptions = defaults
): void => {
  const legible = (region: Region) => !region.ignore && shortSide(region.polygon) >= options.min_text_size
  maps.mask.fill(1)
  maps.threshold.fill(options.thresh_min)
  for (const region of regions) {
    if (legible(region)) paintRegion(maps, region.polygon, options)
    else Raster.fill(maps.mask, maps.width, maps.height, region.polygon, 0)
  }
}

/** Pixels of `mask` inside and outside `shrunk`. */
export const count = (
  maps: Pick<TargetMaps, "shrunk" | "mask">
): { readonly positives: number; readonly negatives: number } => {
  let positives = 0
  let known = 0
  for (let i = 0; i < maps.mask.length; i++) {
    const counts = maps.mask[i] ?? 0
    known += counts
    positives += counts * (maps.shrunk[i] ?? 0)
  }
  return { positives, negatives: known - positives }
}

const shortSide = (polygon: Outline): number => MinAreaRect.around(polygon)?.height ?? 0

const paintRegion = (maps: TargetMaps, polygon: Outline, options: TargetOptions): void => {
  const reach = distance(polygon, options.shrink_ratio)
  const window = windowAround(maps, polygon, reach)
  if (reach === 0 || window.width <= 0 || window.height <= 0) return
  const depths = depthsIn(window, polygon)
  // A core thinner than a pixel could fall between the centres of two rows, and text be taught as background.
  const core = Math.min(reach, Math.max(0, deepest(polygon) - 0.5))
  const span = options.thresh_max - options.thresh_min
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      const depth = depths[y * window.width + x] ?? 0
      if (depth < -reach) continue
      const at = (window.top + y) * maps.width + window.left + x
      if (depth >= core) maps.shrunk[at] = 1
      maps.border[at] = 1
      const value = options.thresh_min + span * (1 - Math.min(1, Math.abs(depth) / reach))
      maps.threshold[at] = Math.max(maps.threshold[at] ?? 0, value)
    }
  }
}

interface Window {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** The pixels within `reach` of the polygon's bounds that are on the map; empty sides when there are none. */
const windowAround = (maps: TargetMaps, polygon: Outline, reach: number): Window => {
  const box = Polygon.bounds(polygon)
  const left = Math.max(0, Math.floor(box.left - reach))
  const top = Math.max(0, Math.floor(box.top - reach))
  return {
    left,
    top,
    width: Math.min(maps.width, Math.ceil(box.right + reach)) - left,
    height: Math.min(maps.height, Math.ceil(box.bottom + reach)) - top
  }
}

/** Half the short side: no point of a rectangle is deeper, and the points of the middle line are as deep. */
const deepest = (polygon: Outline): number => shortSide(polygon) / 2

/** Distance of each pixel's centre to the outline, in pixels: positive inside, negative outside. */
const depthsIn = (window: Window, polygon: Outline): Float32Array => {
  const edges = flatEdges(polygon)
  const depths = new Float32Array(window.width * window.height)
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      depths[y * window.width + x] = depthAt(edges, window.left + x + 0.5, window.top + y + 0.5)
    }
  }
  return depths
}

/** Five numbers an edge: where it starts, how it goes on, and 1 / its length squared (0 for none). */
const flatEdges = (polygon: Outline): Float64Array => {
  const edges = new Float64Array(polygon.length * 5)
  let at = 0
  Polygon.forEachEdge(polygon, ([ax, ay], [bx, by]) => {
    const squared = (bx - ax) ** 2 + (by - ay) ** 2
    edges.set([ax, ay, bx - ax, by - ay, squared > 0 ? 1 / squared : 0], at)
    at += 5
  })
  return edges
}

const depthAt = (edges: Float64Array, x: number, y: number): number => {
  let nearest = Infinity
  let inside = false
  for (let i = 0; i < edges.length; i += 5) {
    const dx = x - (edges[i] ?? 0)
    const dy = y - (edges[i + 1] ?? 0)
    const ex = edges[i + 2] ?? 0
    const ey = edges[i + 3] ?? 0
    const t = Math.min(1, Math.max(0, (dx * ex + dy * ey) * (edges[i + 4] ?? 0)))
    const gapX = dx - t * ex
    const gapY = dy - t * ey
    nearest = Math.min(nearest, gapX * gapX + gapY * gapY)
    // The edge crosses the pixel's row, to the right of its centre.
    if (dy < 0 !== dy < ey && dx < (dy / ey) * ex) inside = !inside
  }
  return inside ? Math.sqrt(nearest) : -Math.sqrt(nearest)
}
