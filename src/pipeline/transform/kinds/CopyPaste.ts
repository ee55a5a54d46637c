/** Pastes legible regions of another picture of the set (Ghiasi et al., 2021) where nothing is marked. */
import * as Schema from "effect/Schema"
import { AboveZero, atMost } from "../../internal/Numbers.ts"
import type * as Random from "../../nn/Random.ts"
import { field } from "../../plan/PlanField.ts"
import * as Affine from "../Affine.ts"
import * as Outline from "../Outline.ts"
import type { Frame, Picture, Transform } from "../Transform.ts"

const Number = atMost(256)

export const CopyPaste = Schema.Struct({
  kind: Schema.tag("copy_paste"),
  count: field(Schema.Tuple([Number, Number]), [1, 4], "Fewest and most regions that are pasted."),
  scale: field(
    Schema.Tuple([AboveZero, AboveZero]),
    [0.8, 1.25],
    "Smallest and largest factor of a region's size, drawn evenly in its logarithm."
  )
})

/** Places that are tried for a region; if all are taken, it is left out. */
const PLACES = 20

interface Pasted<R extends Outline.Marked> {
  readonly region: R
  /** From the other picture to the sample. */
  readonly map: Affine.Affine
}

/** A free place for a region of the other picture, if one is found. */
const placed = <R extends Outline.Marked>(
  region: R,
  { width, height }: Frame,
  taken: ReadonlyArray<Outline.Box>,
  scale: number,
  random: Random.Random
): Pasted<R> | undefined => {
  const box = Outline.bounds(region.polygon)
  const [w, h] = [(box.right - box.left) * scale, (box.bottom - box.top) * scale]
  if (w >= width || h >= height) return undefined
  for (let tries = PLACES; tries > 0; tries--) {
    const [left, top] = [random.between(0, width - w), random.between(0, height - h)]
    const there = { left, top, right: left + w, bottom: top + h }
    if (taken.some((other) => Outline.overlap(other, there))) continue
    const scaled = Affine.andThen(Affine.translation(-box.left, -box.top), Affine.scaling(scale, scale))
    const map = Affine.andThen(scaled, Affine.translation(left, top))
    return { region: { ...region, polygon: Affine.applyAll(map, region.polygon) }, map }
  }
  return undefined
}

/** Regions in the order in which they are drawn, each on its place. */
const choose = <R extends Outline.Marked>(
  frame: Frame<R>,
  other: Picture<R>,
  random: Random.Random,
  { count: [fewest, most], scale }: typeof CopyPaste.Type
): ReadonlyArray<Pasted<R>> => {
  const legible = other.regions.filter(({ ignore, polygon }) => !ignore && Outline.area(polygon) > 0)
  const taken = frame.regions.map(({ polygon }) => Outline.bounds(polygon))
  const pasted: Array<Pasted<R>> = []
  for (let left = fewest + random.int(Math.max(0, most - fewest) + 1); left > 0; left--) {
    const region = legible[random.int(Math.max(1, legible.length))]
    const factor = Math.exp(random.between(Math.log(scale[0]), Math.log(scale[1])))
    const one = region === undefined ? undefined : placed(region, frame, taken, factor, random)
    if (one === undefined) continue
    pasted.push(one)
    taken.push(Outline.bounds(one.region.polygon))
  }
  return pasted
}

/** The nearest pixels of the other picture, inside of the outline only: around it there may be other text. */
const paste = <R extends Outline.Marked>(
  rgb: Uint8Array,
  width: number,
  height: number,
  other: Picture<R>,
  { region: { polygon }, map }: Pasted<R>
): void => {
  const back = Affine.invert(map)
  const { left, top, right, bottom } = Outline.bounds(polygon)
  for (let y = Math.floor(top); y < Math.min(height, bottom); y++) {
    for (let x = Math.floor(left); x < Math.min(width, right); x++) {
      if (!Outline.contains(polygon, x + 0.5, y + 0.5)) continue
      const [u, v] = Affine.apply(back, [x + 0.5, y + 0.5])
      const from = (Math.floor(v) * other.width + Math.floor(u)) * 3
      for (let k = 0; k < 3; k++) rgb[(y * width + x) * 3 + k] = other.rgb[from + k] ?? 0
    }
  }
}

export const make =
  (options: typeof CopyPaste.Type): Transform =>
  (frame, random, other) => {
    if (other === undefined) return {}
    const pasted = choose(frame, other, random, options)
    if (pasted.length === 0) return {}
    return {
      regions: [...frame.regions, ...pasted.map(({ region }) => region)],
      paint: (rgb, width, height) => {
        for (const one of pasted) paste(rgb, width, height, other, one)
      }
    }
  }
