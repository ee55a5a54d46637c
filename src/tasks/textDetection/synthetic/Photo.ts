/** Paper photographed or scanned: ink seen through a camera, under light, on a background, with noise and blur. */
import type { RgbImage } from "../../../pipeline/Images.ts"
import * as Random from "../../../pipeline/Random.ts"
import type { Camera } from "./Camera.ts"
import * as Compression from "./Compression.ts"
import type { InkMap } from "./Ink.ts"
import * as Light from "./Light.ts"
import type { Box } from "./Sheet.ts"

/** How the paper was taken. Tones are 0 black … 1 white. */
export interface Conditions {
  readonly paper: number
  readonly ink: number
  readonly background: number
  /** Which edges of the paper are in the picture, beyond them is background: left, top, right, bottom. */
  readonly edges: readonly [boolean, boolean, boolean, boolean]
  /** Standard deviations, tones. */
  readonly grain: number
  readonly fibre: number
  /** Standard deviation of the blur, pixels. */
  readonly blur: number
  /** Steepness of the tone curve about its middle, 1 straight. */
  readonly contrast: number
  readonly light: Light.Field
  /** How much of the ink shows. */
  readonly strength: Light.Field
  /** Dark specks. */
  readonly specks: number
  /** 1 … 100, or none. */
  readonly jpeg: number | undefined
  /** Red, green and blue over grey, about 1. */
  readonly tint: readonly [number, number, number]
}

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

/** How much ink covers a point of the paper, 0 … 1, bilinear between pixel centres; none off the map. */
const coverAt = (ink: Uint8Array, width: number, height: number, x: number, y: number): number => {
  if (x < 0 || y < 0 || x >= width - 1 || y >= height - 1) return 0
  const xi = x | 0
  const yi = y | 0
  const fx = x - xi
  const from = yi * width + xi
  const top = (ink[from] ?? 0) + fx * ((ink[from + 1] ?? 0) - (ink[from] ?? 0))
  const bottom = (ink[from + width] ?? 0) + fx * ((ink[from + width + 1] ?? 0) - (ink[from + width] ?? 0))
  return (top + (y - yi) * (bottom - top)) / 255
}

/** Sees the ink through the camera and puts it under the light; grey, 0 … 255. */
const expose = (map: InkMap, camera: Camera, how: Conditions, [fu, fv]: Offset, size: Size): Float32Array => {
  const { width, height } = size
  const { ink, bleed } = map
  const [a, b, c, d, e, f, g, k, i] = camera.toPlane
  const { depth, pace, phase } = camera.bend
  const [left, top, right, bottom] = limits(map, how.edges)
  const { paper, background } = how
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
      const flat = (d * x + e * y + f) * over
      const py = depth === 0 ? flat : flat + depth * Math.sin(pace * px + phase)
      const texture = (FIBRES[row + ((u + fu) & 127)] ?? 0) * how.fibre
      const lit = 255 * (light[at] ?? 1)
      if (px < left || px > right || py < top || py > bottom) grey[at] = lit * (background + 2 * texture)
      else {
        const cover = coverAt(ink, map.width, map.height, px - 0.5, py + bleed - 0.5)
        grey[at] = lit * (paper + texture - contrast * cover * (strength[at] ?? 1))
      }
    }
  }
  return grey
}

type Offset = readonly [u: number, v: number]

/** Where the paper ends; where no edge shows it goes on. */
const limits = (map: InkMap, [left, top, right, bottom]: Conditions["edges"]): Box => [
  left ? 0 : Number.NEGATIVE_INFINITY,
  top ? 0 : Number.NEGATIVE_INFINITY,
  right ? map.width : Number.POSITIVE_INFINITY,
  bottom ? map.height - 2 * map.bleed : Number.POSITIVE_INFINITY
]

interface Size {
  readonly width: number
  readonly height: number
}

/** One pass of a three-pixel kernel along `stride`, from one buffer into another; edges keep their value. */
const blurPass = (from: Float32Array, to: Float32Array, stride: number, side: number): void => {
  const middle = 1 - 2 * side
  const end = from.length - stride
  for (let at = 0; at < stride; at++) to[at] = from[at] ?? 0
  for (let at = stride; at < end; at++) {
    to[at] = middle * (from[at] ?? 0) + side * ((from[at - stride] ?? 0) + (from[at + stride] ?? 0))
  }
  for (let at = end; at < from.length; at++) to[at] = from[at] ?? 0
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

/** Sensor noise, about normal: the sum of the four bytes of an xorshift generator (Marsaglia, 2003). */
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

const specks = (random: Random.Random, grey: Float32Array, { width, height }: Size, count: number): void => {
  for (let i = 0; i < count; i++) {
    const [x0, y0] = [random.int(width), random.int(height)]
    const radius = random.between(0.4, 2)
    const tone = random.between(0, 90)
    for (let y = Math.floor(y0 - radius); y <= y0 + radius; y++) {
      for (let x = Math.floor(x0 - radius); x <= x0 + radius; x++) {
        const inside = (x - x0) ** 2 + (y - y0) ** 2 <= radius * radius
        if (inside && x >= 0 && y >= 0 && x < width && y < height) grey[y * width + x] = tone
      }
    }
  }
}

/** A straight tone curve, made steeper about the middle between ink and paper and cut at black and white. */
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

export const make = (random: Random.Random, map: InkMap, camera: Camera, how: Conditions): RgbImage => {
  const size = { width: how.light.width, height: how.light.height }
  const grey = expose(map, camera, how, [random.int(TILE), random.int(TILE)], size)
  if (how.blur > 0.25) blur(grey, size, how.blur)
  specks(random, grey, size, how.specks)
  grain(grey, how.grain, random.int(0x7fffffff))
  if (how.contrast > 1) curve(grey, how.contrast, 127 * (how.paper + how.ink))
  if (how.jpeg !== undefined) Compression.degrade(grey, size.width, size.height, how.jpeg)
  return { ...size, rgb: colour(grey, how.tint) }
}

/** No disturbance: ink on white as it was printed. */
export const plain = (width: number, height: number): Conditions => ({
  paper: 1,
  ink: 0,
  background: 0,
  edges: [false, false, false, false],
  grain: 0,
  fibre: 0,
  blur: 0,
  contrast: 1,
  light: Light.flat(width, height, 1),
  strength: Light.flat(width, height, 1),
  specks: 0,
  jpeg: undefined,
  tint: [1, 1, 1]
})

/** Between a clean flat-bed scan and a snapshot in a bad light. */
export const conditions = (random: Random.Random, width: number, height: number): Conditions => {
  const scan = random.chance(0.45)
  const paper = scan ? random.between(0.88, 1.02) : random.between(0.62, 0.98)
  const light = Light.smooth(random, width, height, [4, 5], [scan ? 0.95 : random.between(0.65, 0.95), 1.02])
  if (!scan && random.chance(0.35)) Light.shadow(random, light)
  for (let i = random.chance(0.4) ? 1 + random.int(3) : 0; i > 0; i--) Light.crease(random, light)
  const faint = random.chance(0.3)
  const strength = Light.smooth(random, width, height, [5, 7], [faint ? random.between(0.35, 0.7) : 0.8, 1])
  if (random.chance(0.35)) Light.wear(random, strength)
  const warm = random.normal() * 0.025
  const edge = () => random.chance(0.35)
  return {
    paper,
    ink: random.chance(0.5) ? random.between(0, 0.2) : random.between(0.15, 0.45) * paper,
    background: random.chance(0.6) ? random.between(0, 0.3) : random.between(0.25, 0.75) * paper,
    edges: [edge(), edge(), edge(), edge()],
    grain: random.between(0.002, scan ? 0.02 : 0.05),
    fibre: random.between(0, 0.025),
    blur: random.chance(0.7) ? random.between(0.2, 1.15) : 0,
    contrast: random.chance(0.2) ? random.between(1.2, 3) : 1,
    light,
    strength,
    specks: random.chance(0.3) ? random.int(40) : 0,
    jpeg: random.chance(0.4) ? random.between(25, 80) : undefined,
    tint: random.chance(0.6) ? [1 + warm, 1, 1 - warm] : [1, 1, 1]
  }
}
