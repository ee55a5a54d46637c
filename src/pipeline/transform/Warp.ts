/** Draws a picture through any map of the plane: what is not affine, and so not rows and columns. */
import type { RgbImage } from "../picture/Images.ts"
import * as PointMap from "./PointMap.ts"

/** The new value of each value, `[256]` per channel. */
export type Tones = readonly [red: Uint8Array, green: Uint8Array, blue: Uint8Array]

/** What is seen beyond the picture: a colour, or its edge that goes on. */
export type Beyond = readonly [red: number, green: number, blue: number] | "edge"

/** The map is computed at every fourth pixel, and even in between. */
const CELL = 4
/** Samples along a pixel's side, at most: a picture that shrinks more than this aliases. */
const MOST_SAMPLES = 4

/** Where the corners of cells come from, row-major, in the picture's pixels. */
interface Lattice {
  readonly columns: number
  readonly u: Float64Array
  readonly v: Float64Array
}

const latticeOf = (map: PointMap.PointMap, width: number, height: number): Lattice => {
  const back = PointMap.inverse(map)
  const columns = Math.ceil(width / CELL) + 1
  const rows = Math.ceil(height / CELL) + 1
  const u = new Float64Array(columns * rows)
  const v = new Float64Array(columns * rows)
  for (let i = 0; i < u.length; i++) {
    const [x, y] = back([(i % columns) * CELL, Math.floor(i / columns) * CELL])
    u[i] = x
    v[i] = y
  }
  return { columns, u, v }
}

/** How a cell maps into the picture: u = a + b s + c t + d s t, likewise v; s and t run from 0 to 1 across it. */
const cellOf = (values: Float64Array, at: number, columns: number) => {
  const a = values[at] ?? 0
  const b = (values[at + 1] ?? 0) - a
  const c = (values[at + columns] ?? 0) - a
  return { a, b, c, d: (values[at + columns + 1] ?? 0) - a - b - c }
}

type Cell = ReturnType<typeof cellOf>

const at = ({ a, b, c, d }: Cell, s: number, t: number): number => a + b * s + c * t + d * s * t

/** Samples along a pixel's side, so that about each pixel of the picture counts. */
const samplesOf = (u: Cell, v: Cell): number => {
  const scale = Math.sqrt(Math.abs(u.b * v.c - u.c * v.b)) / CELL
  return Math.min(MOST_SAMPLES, Math.max(1, Math.round(scale))) || 1
}

const clamp = (value: number, high: number): number => Math.min(high, Math.max(0, value))

/** Adds the colour at (u, v), bilinear, to `sum`; says whether it is the picture's. */
type Sampler = (u: number, v: number, sum: Float64Array) => boolean

/** Values of a channel at the corners of a square, mixed by (s, t) in [0, 1]. */
const mixed = (a: number, b: number, c: number, d: number, s: number, t: number): number =>
  (a * (1 - s) + b * s) * (1 - t) + (c * (1 - s) + d * s) * t

const pictureAt =
  ({ width, height, rgb }: RgbImage): ((u: number, v: number, sum: Float64Array) => void) =>
  (u, v, sum) => {
    const left = Math.floor(u - 0.5)
    const top = Math.floor(v - 0.5)
    const [s, t] = [u - 0.5 - left, v - 0.5 - top]
    const [x0, x1] = [clamp(left, width - 1) * 3, clamp(left + 1, width - 1) * 3]
    const row0 = clamp(top, height - 1) * width * 3
    const row1 = clamp(top + 1, height - 1) * width * 3
    const value = (at: number) => rgb[at] ?? 0
    for (let k = 0; k < 3; k++) {
      const [a, b] = [value(row0 + x0 + k), value(row0 + x1 + k)]
      const [c, d] = [value(row1 + x0 + k), value(row1 + x1 + k)]
      sum[k] = (sum[k] ?? 0) + mixed(a, b, c, d, s, t)
    }
  }

const samplerOf = (image: RgbImage, beyond: Beyond): Sampler => {
  const seen = pictureAt(image)
  const colour = beyond === "edge" ? ([0, 0, 0] as const) : beyond
  const isSeen =
    beyond === "edge"
      ? (u: number) => !Number.isNaN(u)
      : (u: number, v: number) => u >= 0 && u < image.width && v >= 0 && v < image.height
  return (u, v, sum) => {
    if (isSeen(u, v)) {
      seen(u, v, sum)
      return true
    }
    for (const [k, value] of colour.entries()) sum[k] = (sum[k] ?? 0) + value
    return false
  }
}

interface Output {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
  readonly tones: Tones | undefined
}

const write = ({ rgb, tones }: Output, to: number, sum: Float64Array, part: number, seen: boolean): void => {
  for (let k = 0; k < 3; k++) {
    const value = Math.round((sum[k] ?? 0) * part)
    rgb[to + k] = (seen ? tones?.[k]?.[value] : value) ?? value
  }
}

/** Draws one cell, as far as it is on the output. */
const drawCell = (lattice: Lattice, index: number, sample: Sampler, output: Output): void => {
  const [u, v] = [cellOf(lattice.u, index, lattice.columns), cellOf(lattice.v, index, lattice.columns)]
  const count = samplesOf(u, v)
  const left = (index % lattice.columns) * CELL
  const top = Math.floor(index / lattice.columns) * CELL
  const sum = new Float64Array(3)
  /** Of the pixel at (x, y) of the cell; says whether it shows the picture. */
  const add = (x: number, y: number): boolean => {
    let seen = false
    for (let i = 0; i < count * count; i++) {
      const s = (x + ((i % count) + 0.5) / count) / CELL
      const t = (y + (Math.floor(i / count) + 0.5) / count) / CELL
      seen = sample(at(u, s, t), at(v, s, t), sum) || seen
    }
    return seen
  }
  for (let y = 0; y < Math.min(CELL, output.height - top); y++) {
    for (let x = 0; x < Math.min(CELL, output.width - left); x++) {
      sum.fill(0)
      const seen = add(x, y)
      write(output, ((top + y) * output.width + left + x) * 3, sum, 1 / (count * count), seen)
    }
  }
}

/**
 * `image`, mapped by `map` from its pixels to those of an output `width` × `height`, row-major RGB. Bilinear, and the
 * mean of several samples where it shrinks. The map is exact at every fourth pixel and bilinear in between. A colour
 * beyond the picture has no tones.
 */
export const draw = (
  image: RgbImage,
  map: PointMap.PointMap,
  width: number,
  height: number,
  tones: Tones | undefined,
  beyond: Beyond
): Uint8Array => {
  const lattice = latticeOf(map, width, height)
  const output = { width, height, rgb: new Uint8Array(width * height * 3), tones }
  const sample = samplerOf(image, beyond)
  const cells = lattice.columns * Math.ceil(height / CELL)
  for (let index = 0; index < cells; index++) {
    if (index % lattice.columns < lattice.columns - 1) drawCell(lattice, index, sample, output)
  }
  return output.rgb
}
