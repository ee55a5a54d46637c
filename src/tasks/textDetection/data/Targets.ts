/**
 * What DBNet's maps should be for marked regions (Liao et al., 2020, section 3.4).
 *
 * A region of area A and perimeter L is shrunk, and its outline widened, by `D = A (1 - r²) / L`, r = 0.4,
 * as Vatti's clipping does. The threshold map falls with the distance from the outline, and ends at D.
 */
import { Effect, Schema } from "effect"
import * as Clipping from "../geometry/Clipping.ts"
import * as MinAreaRect from "../geometry/MinAreaRect.ts"
import type { Polygon as Outline, Point } from "../geometry/Polygon.ts"
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
  maps.mask.fill(1)
  maps.threshold.fill(options.thresh_min)
  for (const { polygon, ignore } of regions) {
    const side = ignore ? 0 : shortSide(polygon)
    if (ignore || side < options.min_text_size) Raster.fill(maps.mask, maps.width, maps.height, polygon, 0)
    else paintRegion(maps, polygon, side, options)
  }
}

/** The bytes of a map four at a time, without those that are left; nothing if they do not lie at whole words. */
const words = ({ buffer, byteOffset, length }: Uint8Array): Uint32Array =>
  byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, length >> 2) : new Uint32Array()

/** The sum of the bytes of a word, each 0 or 1. */
const bytesOf = (word: number): number => Math.imul(word, 0x01_01_01_01) >>> 24

/** Pixels of `mask` inside and outside `shrunk`. */
export const count = ({
  shrunk,
  mask
}: Pick<TargetMaps, "shrunk" | "mask">): { readonly positives: number; readonly negatives: number } => {
  const [inside, counted] = [words(shrunk), words(mask)]
  const whole = Math.min(inside.length, counted.length)
  let positives = 0
  let known = 0
  for (let i = 0; i < whole; i++) {
    const counts = counted[i] ?? 0
    known += bytesOf(counts)
    positives += bytesOf(counts & (inside[i] ?? 0))
  }
  for (let i = whole * 4; i < mask.length; i++) {
    const counts = mask[i] ?? 0
    known += counts
    positives += counts & (shrunk[i] ?? 0)
  }
  return { positives, negatives: known - positives }
}

const shortSide = (polygon: Outline): number => MinAreaRect.around(polygon)?.height ?? 0

const paintRegion = (maps: TargetMaps, polygon: Outline, side: number, options: TargetOptions): void => {
  const reach = distance(polygon, options.shrink_ratio)
  if (reach === 0) return
  const { width, height } = maps
  for (const part of shrunkBy(polygon, coreDepth(side, reach))) {
    Raster.fill(maps.shrunk, width, height, part, 1)
    // A core that is thick has pixels farther from the outline than the threshold map reaches.
    Raster.fill(maps.border, width, height, part, 1)
  }
  Polygon.forEachEdge(polygon, (from, to) => paintEdge(maps, edgeOf(from, to), reach, options))
}

/**
 * How far a core lies from its outline. The middle line of a rectangle lies half the short side from it; a core thinner
 * than a pixel could fall between the centres of two rows, and text would be learnt as background.
 */
const coreDepth = (side: number, reach: number): number => Math.min(reach, Math.max(0, side / 2 - 0.5))

const shrunkBy = (polygon: Outline, depth: number): ReadonlyArray<Outline> =>
  Polygon.isConvex(polygon) ? [Polygon.insetConvex(polygon, depth)] : Clipping.offset(polygon, -depth)

/** An edge from (x, y) along (dx, dy), its length, and 1 / its square, or 0 if it has no length. */
interface Edge {
  readonly x: number
  readonly y: number
  readonly dx: number
  readonly dy: number
  readonly length: number
  readonly scale: number
}

const edgeOf = ([x, y]: Point, [toX, toY]: Point): Edge => {
  const squared = (toX - x) ** 2 + (toY - y) ** 2
  return { x, y, dx: toX - x, dy: toY - y, length: Math.sqrt(squared), scale: squared > 0 ? 1 / squared : 0 }
}

/** Pixels of row `y` that can be within `reach` of the edge: in its box and in its strip, both widened. */
const spanOf = ({ x, y, dx, dy, length }: Edge, row: number, reach: number, width: number) => {
  const box = [Math.min(x, x + dx) - reach, Math.max(x, x + dx) + reach] as const
  const middle = x + ((row + 0.5 - y) * dx) / dy
  const half = (reach * length) / Math.abs(dy)
  const strip = dy === 0 ? box : ([middle - half, middle + half] as const)
  return {
    from: Math.max(0, Math.ceil(Math.max(box[0], strip[0]) - 0.5)),
    to: Math.min(width, Math.floor(Math.max(Math.min(box[1], strip[1]) + 0.5, 0)))
  }
}

/** The threshold map near one edge: the greatest value of all edges is that of the nearest. */
const paintEdge = (
  maps: TargetMaps,
  edge: Edge,
  reach: number,
  { thresh_min: least, thresh_max: most }: TargetOptions
): void => {
  const { y, dy } = edge
  const top = Math.max(0, Math.ceil(Math.min(y, y + dy) - reach - 0.5))
  const bottom = Math.min(maps.height, Math.floor(Math.max(y, y + dy) + reach + 0.5))
  for (let row = top; row < bottom; row++) {
    const { from, to } = spanOf(edge, row, reach, maps.width)
    for (let x = from; x < to; x++) {
      const nearness = 1 - Math.sqrt(squaredDistance(edge, x + 0.5, row + 0.5)) / reach
      if (nearness < 0) continue
      const at = row * maps.width + x
      const value = least + (most - least) * nearness
      maps.border[at] = 1
      if (value > (maps.threshold[at] ?? 0)) maps.threshold[at] = value
    }
  }
}

/** Of a point to the edge, in pixels. */
const squaredDistance = (edge: Edge, x: number, y: number): number => {
  const dx = x - edge.x
  const dy = y - edge.y
  const t = Math.min(1, Math.max(0, (dx * edge.dx + dy * edge.dy) * edge.scale))
  return (dx - t * edge.dx) ** 2 + (dy - t * edge.dy) ** 2
}
