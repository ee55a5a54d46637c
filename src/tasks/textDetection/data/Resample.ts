/** Resampling of a picture through an affine map. */
import type { RgbImage } from "../../../pipeline/picture/Images.ts"
import * as Affine from "./Affine.ts"

/** The colour outside of the picture: ImageNet's mean, which the model's normalisation turns into zeros. */
export const background = [124, 116, 104] as const

/** The new value of each value, `[256]` per channel. */
export type Tones = readonly [red: Uint8Array, green: Uint8Array, blue: Uint8Array]

/** Most samples along each side of an output pixel: enough to shrink a picture to a quarter without aliasing. */
const mostSamples = 4

/**
 * Draws `image`, mapped by `toOutput` from its pixels to those of an output `width` × `height`, row-major RGB.
 * Bilinear; if the map shrinks, each output pixel averages a grid of samples as fine as the picture's pixels, so that
 * training and evaluation use the same filter at any scale.
 */
export const resample = (
  image: RgbImage,
  toOutput: Affine.Affine,
  width: number,
  height: number,
  tones?: Tones
): Uint8Array => {
  const toImage = Affine.invert(toOutput)
  const shrink = Math.hypot(toImage[0], toImage[3])
  const samples = Math.min(mostSamples, Math.max(1, Math.ceil(shrink - 0.1)))
  const output = new Uint8Array(width * height * 3)
  const sum = new Float64Array(3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const seen = average(image, toImage, x, y, samples, sum)
      write(output, (y * width + x) * 3, sum, seen, samples * samples, tones)
    }
  }
  return output
}

/** Adds the samples of one output pixel into `sum` and returns how many fell on the picture. */
const average = (
  image: RgbImage,
  [a, b, c, d, e, f]: Affine.Affine,
  x: number,
  y: number,
  samples: number,
  sum: Float64Array
): number => {
  sum.fill(0)
  let seen = 0
  for (let i = 0; i < samples; i++) {
    const v = y + (i + 0.5) / samples
    for (let j = 0; j < samples; j++) {
      const u = x + (j + 0.5) / samples
      const sx = a * u + b * v + c
      const sy = d * u + e * v + f
      if (sx < 0 || sy < 0 || sx >= image.width || sy >= image.height) continue
      addBilinear(image, sx - 0.5, sy - 0.5, sum)
      seen++
    }
  }
  return seen
}

/** Adds the bilinear value at (x, y), measured between pixel centres; edges repeat. */
const addBilinear = (image: RgbImage, x: number, y: number, sum: Float64Array): void => {
  const { width, height, rgb } = image
  const left = Math.floor(x)
  const top = Math.floor(y)
  const u = x - left
  const v = y - top
  const x0 = Math.max(0, left) * 3
  const x1 = Math.min(width - 1, left + 1) * 3
  const row0 = Math.max(0, top) * width * 3
  const row1 = Math.min(height - 1, top + 1) * width * 3
  for (let k = 0; k < 3; k++) {
    const above = (rgb[row0 + x0 + k] ?? 0) * (1 - u) + (rgb[row0 + x1 + k] ?? 0) * u
    const below = (rgb[row1 + x0 + k] ?? 0) * (1 - u) + (rgb[row1 + x1 + k] ?? 0) * u
    sum[k] = (sum[k] ?? 0) + above * (1 - v) + below * v
  }
}

const write = (
  output: Uint8Array,
  at: number,
  sum: Float64Array,
  seen: number,
  samples: number,
  tones: Tones | undefined
): void => {
  for (let k = 0; k < 3; k++) {
    const outside = (samples - seen) * (background[k] ?? 0)
    const mean = Math.round(((sum[k] ?? 0) + outside) / samples)
    output[at + k] = seen === 0 ? mean : (tones?.[k]?.[mean] ?? mean)
  }
}
