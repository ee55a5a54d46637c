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
  // A core thinner than a pixel could fall between the centres of two rows, and text be taught as background.
  const core = Math.min(reach, Math.max(0, deepest(polygon) - 0.5))
  const span = options.thresh_max - options.thresh_min
  const edges = edgesOf(polygon)
  for (let y = window.top; y < window.top + window.height; y++) {
    for (let x = window.left; x < window.left + window.width; x++) {
      const depth = depthAt(edges, x + 0.5, y + 0.5)
      if (depth < -reach) continue
      const nearness = 1 - Math.min(1, Math.abs(depth) / reach)
      paintPixel(maps, y * maps.width + x, depth >= core, options.thresh_min + span * nearness)
    }
  }
}

const paintPixel = (maps: TargetMaps, at: number, core: boolean, threshold: number): void => {
  if (core) maps.shrunk[at] = 1
  maps.border[at] = 1
  maps.threshold[at] = Math.max(maps.threshold[at] ?? 0, threshold)
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

/** An edge from (x, y) along (dx, dy), with 1 / its length squared, or 0 when it has none. */
interface Edge {
  readonly x: number
  readonly y: number
  readonly dx: number
  readonly dy: number
  readonly scale: number
}

const edgesOf = (polygon: Outline): ReadonlyArray<Edge> => {
  const edges: Array<Edge> = []
  Polygon.forEachEdge(polygon, ([x, y], [toX, toY]) => {
    const squared = (toX - x) ** 2 + (toY - y) ** 2
    edges.push({ x, y, dx: toX - x, dy: toY - y, scale: squared > 0 ? 1 / squared : 0 })
  })
  return edges
}

/** Distance of a point to the outline, in pixels: positive inside (even-odd rule), negative outside. */
const depthAt = (edges: ReadonlyArray<Edge>, x: number, y: number): number => {
  let nearest = Infinity
  let inside = false
  for (const edge of edges) {
    const dx = x - edge.x
    const dy = y - edge.y
    const t = Math.min(1, Math.max(0, (dx * edge.dx + dy * edge.dy) * edge.scale))
    const gapX = dx - t * edge.dx
    const gapY = dy - t * edge.dy
    nearest = Math.min(nearest, gapX * gapX + gapY * gapY)
    // The edge crosses the point's row, to the right of it.
    if (dy < 0 !== dy < edge.dy && dx < (dy / edge.dy) * edge.dx) inside = !inside
  }
  return inside ? Math.sqrt(nearest) : -Math.sqrt(nearest)
}
