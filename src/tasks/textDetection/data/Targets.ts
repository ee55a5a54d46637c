/**
 * What DBNet's maps should be for marked regions (Liao et al., 2020, section 3.4).
 *
 * A region of area A and perimeter L is shrunk, and its outline widened, by `D = A (1 - r²) / L`, r = 0.4,
 * with Vatti's clipping. The threshold map falls with the distance from the outline, and ends at D.
 */
import { Effect, Schema } from "effect"
import * as Clipping from "../geometry/Clipping.ts"
import * as MinAreaRect from "../geometry/MinAreaRect.ts"
import type { Polygon as Outline } from "../geometry/Polygon.ts"
import * as Polygon from "../geometry/Polygon.ts"
import * as Raster from "./Raster.ts"
import type { Region } from "./TextImage.ts"

const Part = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** The values of options that are left out; the Schema takes its defaults from here. */
export const defaults = {
  shrink_ratio: 0.4,
  thresh_min: 0.3,
  thresh_max: 0.7,
  min_text_size: 3
}

export const TargetOptions = Schema.Struct({
  /** Side of a shrunk square per side of the square: r above, in [0, 1]. */
  shrink_ratio: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.shrink_ratio))),
  /** The threshold map's value far from an outline. */
  thresh_min: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.thresh_min))),
  /** The threshold map's value on an outline. */
  thresh_max: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.thresh_max))),
  /** Regions with a shorter side, in pixels of the sample, are ignored: nobody could read them. */
  min_text_size: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(defaults.min_text_size))
  )
})
export type TargetOptions = typeof TargetOptions.Type

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
  if (reach === 0) return
  // A core thinner than a pixel could fall between the centres of two rows, and text would be learnt as background.
  const core = Math.min(reach, Math.max(0, deepest(polygon) - 0.5))
  const { width, height } = maps
  for (const part of Clipping.offset(polygon, -core)) Raster.fill(maps.shrunk, width, height, part, 1)
  for (const part of Clipping.offset(polygon, reach))
    paintBorder(maps, part, edgesOf(polygon), reach, options)
}

/** The threshold map within the widened outline; if that closes around a hole, the hole is not filled. */
const paintBorder = (
  maps: TargetMaps,
  widened: Outline,
  edges: ReadonlyArray<Edge>,
  reach: number,
  { thresh_min: least, thresh_max: most }: TargetOptions
): void =>
  Raster.forEachSpan(widened, maps.width, maps.height, (y, from, to) => {
    for (let x = from; x < to; x++) {
      const nearness = 1 - distanceTo(edges, x + 0.5, y + 0.5) / reach
      const at = y * maps.width + x
      const inside = maps.shrunk[at] === 1
      if (nearness < 0 && !inside) continue
      maps.border[at] = 1
      maps.threshold[at] = Math.max(maps.threshold[at] ?? 0, least + (most - least) * Math.max(0, nearness))
    }
  })

/** Half the short side: the greatest distance of a point of a rectangle from its outline, which the middle line has. */
const deepest = (polygon: Outline): number => shortSide(polygon) / 2

/** An edge from (x, y) along (dx, dy), with 1 / its length squared, or 0 if it has no length. */
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

/** Distance of a point to the outline, in pixels. */
const distanceTo = (edges: ReadonlyArray<Edge>, x: number, y: number): number => {
  let nearest = Infinity
  for (const edge of edges) {
    const dx = x - edge.x
    const dy = y - edge.y
    const t = Math.min(1, Math.max(0, (dx * edge.dx + dy * edge.dy) * edge.scale))
    nearest = Math.min(nearest, (dx - t * edge.dx) ** 2 + (dy - t * edge.dy) ** 2)
  }
  return Math.sqrt(nearest)
}
