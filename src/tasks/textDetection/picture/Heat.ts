/** A probability map as a picture: dark for 0, through violet and orange, to pale yellow for 1. */
import type { RgbImage } from "../../../pipeline/picture/Images.ts"

/** Values in [0, 1], row-major. */
export interface ProbabilityMap {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** Lightness grows evenly from 0 to 1, so that the map can be read in grey too. */
const STOPS = [
  [10, 7, 34],
  [60, 15, 92],
  [120, 28, 109],
  [181, 47, 92],
  [228, 90, 49],
  [250, 154, 24],
  [245, 219, 92],
  [252, 253, 191]
] as const

const COLOURS: Uint8Array = Uint8Array.from({ length: 256 * 3 }, (_, at) => {
  const [channel, u] = [at % 3, (Math.floor(at / 3) / 255) * (STOPS.length - 1)]
  const left = STOPS[Math.floor(u)]?.[channel] ?? 0
  const right = STOPS[Math.ceil(u)]?.[channel] ?? 0
  return Math.round(left + (u - Math.floor(u)) * (right - left))
})

export const picture = ({ width, height, data }: ProbabilityMap): RgbImage => {
  const rgb = new Uint8Array(width * height * 3)
  for (let at = 0; at < width * height; at++) {
    const probability = data[at] ?? 0
    // NaN counts as 0 too.
    const value = probability > 0 ? Math.round(255 * Math.min(1, probability)) : 0
    rgb.set(COLOURS.subarray(value * 3, value * 3 + 3), at * 3)
  }
  return { width, height, rgb }
}
