/** A picture on its way through transforms: what has been decided, and pixels as they were last drawn. */
import type { RgbImage } from "../picture/Images.ts"
import * as Affine from "./Affine.ts"
import * as Outline from "./Outline.ts"
import * as PointMap from "./PointMap.ts"
import type { Change, Frame, Picture } from "./Transform.ts"
import type { Tones } from "./Warp.ts"

/** Draws `image`, mapped by `map`, as row-major RGB of `width` × `height`; a task chooses its filter. */
export type Draw = (
  image: RgbImage,
  map: PointMap.PointMap,
  width: number,
  height: number,
  tones: Tones | undefined
) => Uint8Array

export interface Sample<R extends Outline.Marked> extends Frame<R> {
  /** Pixels as they were last drawn. */
  readonly image: RgbImage
  /** Whether they are a copy, that may be written. */
  readonly drawn: boolean
  /** From the image's pixels to the sample's, yet to be drawn. */
  readonly map: PointMap.PointMap
  readonly tones: Tones | undefined
  /** From the pixels of the picture that it began as. */
  readonly toSample: PointMap.PointMap
}

export const make = <R extends Outline.Marked>({ width, height, rgb, regions }: Picture<R>): Sample<R> => ({
  width,
  height,
  regions,
  image: { width, height, rgb },
  drawn: false,
  map: Affine.identity,
  tones: undefined,
  toSample: Affine.identity
})

const edgesOf = ({ width, height }: { readonly width: number; readonly height: number }): Outline.Box => ({
  left: 0,
  top: 0,
  right: width,
  bottom: height
})

/** What is drawn ends at its edges, and so do regions that move with it afterwards. */
const cutRegions = <R extends Outline.Marked>({ drawn, map, image, regions }: Sample<R>) => {
  if (!drawn || map !== Affine.identity) return regions
  const edges = edgesOf(image)
  return regions.map((region) =>
    Outline.within(Outline.bounds(region.polygon), edges)
      ? region
      : { ...region, polygon: Outline.clip(region.polygon, edges) }
  )
}

const moved = <R extends Outline.Marked>(sample: Sample<R>, change: Change<R>): Sample<R> => {
  const { map, width = sample.width, height = sample.height } = change
  if (map === undefined) return { ...sample, width, height }
  return {
    ...sample,
    width,
    height,
    map: PointMap.andThen(sample.map, map),
    toSample: PointMap.andThen(sample.toSample, map),
    regions: cutRegions(sample).map((region) => ({
      ...region,
      polygon: PointMap.outline(map, region.polygon)
    }))
  }
}

const bothTones = (first: Tones | undefined, second: Tones): Tones => {
  if (first === undefined) return second
  const [red, green, blue] = first
  const after = (table: Uint8Array, next: Uint8Array) => table.map((value) => next[value] ?? 0)
  return [after(red, second[0]), after(green, second[1]), after(blue, second[2])]
}

/** Whether its pixels are those of the image, which may be written. */
const isDrawn = <R extends Outline.Marked>({ drawn, map, tones, image, width, height }: Sample<R>): boolean =>
  drawn && map === Affine.identity && tones === undefined && image.width === width && image.height === height

/** The sample with pixels of its own, and without the regions that are outside of it. */
export const drawn = <R extends Outline.Marked>(sample: Sample<R>, draw: Draw): Sample<R> => {
  const { image, map, tones, width, height } = sample
  const edges = edgesOf(sample)
  const regions = sample.regions.filter(({ polygon }) => Outline.overlap(Outline.bounds(polygon), edges))
  if (isDrawn(sample)) return { ...sample, regions }
  return {
    ...sample,
    regions,
    image: { width, height, rgb: draw(image, map, width, height, tones) },
    drawn: true,
    map: Affine.identity,
    tones: undefined
  }
}

/** What it becomes; pixels are drawn if they are painted, and not if they only move. */
export const changed = <R extends Outline.Marked>(
  sample: Sample<R>,
  change: Change<R>,
  draw: Draw
): Sample<R> => {
  const { regions = sample.regions, tones, paint } = change
  const next = moved({ ...sample, regions }, change)
  const toned = tones === undefined ? next : { ...next, tones: bothTones(next.tones, tones) }
  if (paint === undefined) return toned
  const ready = drawn(toned, draw)
  paint(ready.image.rgb, ready.width, ready.height)
  return ready
}
