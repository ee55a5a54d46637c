/** Paper photographed or scanned: ink seen through a camera, under light, on a background, with noise and blur. */

import * as Random from "../../../../pipeline/nn/Random.ts"
import type { RgbImage } from "../../../../pipeline/picture/Images.ts"
import * as Compression from "../../../../pipeline/transform/kinds/Compression.ts"
import type { Box } from "../layout/Sheet.ts"
import * as Camera from "./Camera.ts"
import type { Conditions } from "./Conditions.ts"
import type { InkMap } from "./Ink.ts"

const TILE = 128

/** Paper fibre: noise smoothed over three pixels, mean 0 and standard deviation 1, repeating every 128 pixels. */
const FIBRES: Float32Array = (() => {
  const random = Random.make(Random.keyOf("paper fibres"))
  const raw = Float32Array.from({ length: TILE * TILE }, () => random.float() - 0.5)
  const sum = (x: number, y: number): number => {
    let total = 0
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) total += raw[((y + dy) & 127) * TILE + ((x + dx) & 127)] ?? 0
    }
    return total
  }
  // Nine uniform numbers have the variance 9 / 12.
  return raw.map((_, at) => sum(at % TILE, Math.floor(at / TILE)) / Math.sqrt(0.75))
})()

/** Two functions, since one for both kinds of array would be optimised for neither. */
const byteOf = (values: Uint8Array, at: number): number => values[at] ?? 0
const floatOf = (values: Float32Array, at: number): number => values[at] ?? 0

/** How much ink covers a point of the map, 0 … 1, bilinear between pixel centres; none outside of the map. */
const coverAt = ({ ink, width, height }: InkMap, x: number, y: number): number => {
  if (x < 0 || y < 0 || x >= width - 1 || y >= height - 1) return 0
  const xi = x | 0
  const yi = y | 0
  const fx = x - xi
  const from = yi * width + xi
  const top = byteOf(ink, from) + fx * (byteOf(ink, from + 1) - byteOf(ink, from))
  const low = from + width
  const bottom = byteOf(ink, low) + fx * (byteOf(ink, low + 1) - byteOf(ink, low))
  return (top + (y - yi) * (bottom - top)) / 255
}

/** Between two of the values, linear. */
const between = (values: Float32Array, x: number): number => {
  const at = x | 0
  const first = floatOf(values, at)
  return first + (x - at) * (floatOf(values, at + 1) - first)
}

/** Projects the ink through the camera and applies the light; grey, 0 … 255. */
const expose = (
  map: InkMap,
  camera: Camera.Camera,
  how: Conditions,
  paperBox: Box,
  offset: Offset
): Float32Array => {
  const [fu, fv] = offset
  const { width, height } = how.light
  const [a, b, c, d, e, f, g, k, i] = camera.toPlane
  const [left, top, right, bottom] = paperBox
  const [bleedX, bleedY] = map.bleed
  const flat = Camera.isFlat(camera)
  const bends = Camera.rises(camera, width, height)
  const { paper, background, fibre } = how
  const contrast = paper - how.ink
  const light = how.light.values
  const strength = how.strength.values
  const grey = new Float32Array(width * height)
  for (let v = 0, at = 0; v < height; v++) {
    // Pixel centres.
    const y = v + 0.5
    const row = ((v + fv) & 127) * TILE
    for (let u = 0; u < width; u++, at++) {
      const x = u + 0.5
      const over = 1 / (g * x + k * y + i)
      const px = (a * x + b * y + c) * over
      const even = (d * x + e * y + f) * over
      const py = flat ? even : even + between(bends.values, px - bends.from)
      const texture = floatOf(FIBRES, row + ((u + fu) & 127)) * fibre
      const lit = 255 * floatOf(light, at)
      if (px < left || px > right || py < top || py > bottom) grey[at] = lit * (background + 2 * texture)
      else {
        const cover = coverAt(map, px + bleedX - 0.5, py + bleedY - 0.5) * floatOf(strength, at)
        grey[at] = lit * (paper + texture - contrast * cover)
      }
    }
  }
  return grey
}

type Offset = readonly [u: number, v: number]

interface Size {
  readonly width: number
  readonly height: number
}

/** One pass of a three-pixel kernel along `stride`, from one buffer into another; the ends keep their value. */
const blurPass = (from: Float32Array, to: Float32Array, stride: number, side: number): void => {
  const middle = 1 - 2 * side
  const end = from.length - stride
  to.set(from.subarray(0, stride))
  for (let at = stride; at < end; at++) {
    const beside = floatOf(from, at - stride) + floatOf(from, at + stride)
    to[at] = middle * floatOf(from, at) + side * beside
  }
  to.set(from.subarray(end), end)
}

/** Gaussian blur in place, by passes of [s, 1 − 2s, s], whose variance is 2s each. */
const blur = (grey: Float32Array, { width }: Size, sigma: number): void => {
  const passes = Math.max(1, Math.ceil((sigma * sigma) / 0.6))
  const side = (sigma * sigma) / (2 * passes)
  const other = new Float32Array(grey.length)
  for (let pass = 0; pass < passes; pass++) {
    blurPass(grey, other, 1, side)
    blurPass(other, grey, width, side)
  }
}

/** Sensor noise, approximately normal: the sum of the four bytes of an xorshift generator (Marsaglia, 2003). */
const grain = (grey: Float32Array, deviation: number, seed: number): void => {
  let state = seed | 1
  // A byte has the variance (256² − 1) / 12, four of them a deviation of 147.8.
  const scale = (deviation * 255) / 147.8
  for (let at = 0; at < grey.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24) - 510
    grey[at] = (grey[at] ?? 0) + sum * scale
  }
}

/** A disc of one tone, clipped to the picture. */
const disc = (
  grey: Float32Array,
  { width, height }: Size,
  [cx, cy]: Offset,
  radius: number,
  tone: number
) => {
  const [left, right] = [Math.max(0, Math.ceil(cx - radius)), Math.min(width - 1, cx + radius)]
  const [top, bottom] = [Math.max(0, Math.ceil(cy - radius)), Math.min(height - 1, cy + radius)]
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      if ((x - cx) ** 2 + (y - cy) ** 2 <= radius * radius) grey[y * width + x] = tone
    }
  }
}

/** Something on the paper, such as a thumb: a disc with a soft edge. */
const cover = (
  grey: Float32Array,
  { width, height }: Size,
  [cx, cy]: Offset,
  radius: number,
  tone: number
) => {
  const reach = radius + 2
  for (let y = Math.max(0, Math.ceil(cy - reach)); y <= Math.min(height - 1, cy + reach); y++) {
    for (let x = Math.max(0, Math.ceil(cx - reach)); x <= Math.min(width - 1, cx + reach); x++) {
      const part = Math.min(1, Math.max(0, (reach - Math.hypot(x - cx, y - cy)) / 4))
      const at = y * width + x
      grey[at] = floatOf(grey, at) * (1 - part) + 255 * tone * part
    }
  }
}

const specks = (random: Random.Random, grey: Float32Array, size: Size, count: number): void => {
  for (let i = 0; i < count; i++) {
    const centre = [random.int(size.width), random.int(size.height)] as const
    disc(grey, size, centre, random.between(0.4, 2), random.between(0, 90))
  }
}

/** A linear tone curve, steeper about the middle between ink and paper and clipped at black and white. */
const curve = (grey: Float32Array, steepness: number, middle: number): void => {
  for (let at = 0; at < grey.length; at++) grey[at] = middle + ((grey[at] ?? 0) - middle) * steepness
}

const colour = (grey: Float32Array, [r, g, b]: Conditions["tint"]): Uint8Array => {
  const rgb = new Uint8ClampedArray(grey.length * 3)
  for (let at = 0, to = 0; at < grey.length; at++, to += 3) {
    const value = grey[at] ?? 0
    rgb[to] = value * r
    rgb[to + 1] = value * g
    rgb[to + 2] = value * b
  }
  return new Uint8Array(rgb.buffer)
}

/** `paper` is where it ends, in pixels of the window; infinite where it does not. */
export const make = (
  random: Random.Random,
  map: InkMap,
  camera: Camera.Camera,
  how: Conditions,
  paper: Box
): RgbImage => {
  const size = { width: how.light.width, height: how.light.height }
  const grey = expose(map, camera, how, paper, [random.int(TILE), random.int(TILE)])
  for (const { at, radius, tone } of how.covers) cover(grey, size, at, radius, tone)
  if (how.blur > 0.25) blur(grey, size, how.blur)
  specks(random, grey, size, how.specks)
  grain(grey, how.grain, random.int(0x7fffffff))
  if (how.contrast > 1) curve(grey, how.contrast, 127 * (how.paper + how.ink))
  if (how.jpeg !== undefined) Compression.degrade(grey, size.width, size.height, how.jpeg)
  return { ...size, rgb: colour(grey, how.tint) }
}
