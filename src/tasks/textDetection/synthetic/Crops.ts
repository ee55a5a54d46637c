/** Cuts lines or words out of a drawn picture, upright and a little distorted, as a recogniser reads them. */
import * as Random from "../../../pipeline/nn/Random.ts"
import type { RgbImage } from "../../../pipeline/picture/Images.ts"
import * as Regions from "./Regions.ts"
import type { Drawn } from "./Scene.ts"

export interface Options {
  /** Pixels of each crop; its width follows from the text. */
  readonly height: number
}

/** A text that the picture shows less of is not cut out: its crop would not have all letters. */
const LEAST_VISIBLE = 0.97

/** Widest crop, in heights: longer lines are squeezed. */
const WIDEST = 40

export interface Crop {
  /** Of the region. */
  readonly id: string
  readonly text: string
  readonly image: RgbImage
}

/** Bilinear between pixel centres; the edge goes on outside. */
const sample = ({ rgb, width, height }: RgbImage, x: number, y: number, to: Uint8Array, at: number): void => {
  const u = Math.max(0, Math.min(width - 1, x - 0.5))
  const v = Math.max(0, Math.min(height - 1, y - 0.5))
  const [left, top] = [Math.min(width - 2, Math.floor(u)), Math.min(height - 2, Math.floor(v))]
  const [fx, fy] = [u - left, v - top]
  const from = (top * width + left) * 3
  for (let c = 0; c < 3; c++) {
    const [a, b] = [rgb[from + c] ?? 0, rgb[from + 3 + c] ?? 0]
    const low = from + width * 3
    const [d, e] = [rgb[low + c] ?? 0, rgb[low + 3 + c] ?? 0]
    to[at + c] = Math.round((1 - fy) * (a + fx * (b - a)) + fy * (d + fx * (e - d)))
  }
}

/** The box of the text, its ends moved a little and its sides slanted: pixels of the sheet. */
const distorted = (random: Random.Random, { lettering: { box } }: Regions.Seen) => {
  const [left, top, right, bottom] = box
  const high = bottom - top
  const off = (part: number) => part * high * random.between(-1, 1)
  return {
    left: left + off(0.06),
    right: right + off(0.06),
    top: top + off(0.05),
    bottom: bottom + off(0.05),
    slant: off(0.08),
    rise: off(0.06)
  }
}

const cut = (random: Random.Random, { image, view }: Drawn, seen: Regions.Seen, height: number): RgbImage => {
  const [l, t, r, b] = seen.lettering.box
  const width = Math.max(height >> 1, Math.round(height * Math.min(WIDEST, (r - l) / (b - t))))
  const { left, right, top, bottom, slant, rise } = distorted(random, seen)
  const toPicture = Regions.toPicture(view)
  const rgb = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    const down = (row + 0.5) / height
    for (let column = 0; column < width; column++) {
      const along = (column + 0.5) / width
      const [x, y] = toPicture([
        left + along * (right - left) + (down - 0.5) * slant,
        top + down * (bottom - top) + (along - 0.5) * rise
      ])
      sample(image, x, y, rgb, (row * width + column) * 3)
    }
  }
  return { width, height, rgb }
}

/** Every text that can be read in full, in the order of the regions; the same numbers for the same `keys`. */
export const of = (drawn: Drawn, { height }: Options, ...keys: ReadonlyArray<number>): ReadonlyArray<Crop> =>
  drawn.seen
    .filter(
      ({ part, region, lettering }) => part > LEAST_VISIBLE && !region.ignore && lettering.turn === undefined
    )
    .map((seen, i) => ({
      id: seen.region.id,
      text: seen.lettering.text,
      image: cut(Random.make(...keys, Random.keyOf("crops"), i), drawn, seen, height)
    }))
