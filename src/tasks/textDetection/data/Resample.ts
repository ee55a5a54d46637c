/**
 * Resampling of a picture through an affine map, in two passes of one dimension each (Catmull and Smith, 1980): each
 * row of the picture becomes the output's columns, then those become its rows.
 */
import type { RgbImage } from "../../../pipeline/picture/Images.ts"
import * as Affine from "./Affine.ts"

/** The colour outside of the picture: ImageNet's mean, which the model's normalisation turns into zeros. */
export const background = [124, 116, 104] as const

/** The new value of each value, `[256]` per channel. */
export type Tones = readonly [red: Uint8Array, green: Uint8Array, blue: Uint8Array]

const unchanged = Uint8Array.from({ length: 256 }, (_, value) => value)

/** Positions are rounded to 1/64 pixel, so that the weights of all positions fit a small table. */
const phaseBits = 6
const phases = 1 << phaseBits
/** Weights are whole numbers that add up to 2^14. */
const weightBits = 14
/** Between the passes, values have 8 bits after the point. */
const middleBits = 8

/** How pixels along a line make up one of the output. */
interface Filter {
  /** Pixels that take part. */
  readonly taps: number
  /** `[phases, taps]` */
  readonly weights: Int32Array
  /** From the middle of an output pixel to where its first tap begins, pixels of the line. */
  readonly half: number
}

/**
 * Each pixel counts by its part in an interval as long as the output's pixels lie apart: their area, so that nothing
 * aliases at any scale. If they lie closer than the line's, it is 1 long, which interpolates linearly.
 */
const filterOf = (step: number): Filter => {
  const length = Math.max(1, Math.abs(step))
  const taps = Math.ceil(length + (phases - 1) / phases)
  const weights = new Int32Array(phases * taps)
  for (let phase = 0; phase < phases; phase++) {
    const begin = phase / phases
    // Differences of rounded sums, so that the weights of a phase add up exactly.
    const upTo = (t: number) =>
      Math.round((Math.min(length, Math.max(0, t - begin)) / length) * (1 << weightBits))
    for (let t = 0; t < taps; t++) weights[phase * taps + t] = upTo(t + 1) - upTo(t)
  }
  return { taps, weights, half: length / 2 }
}

/** The picture as the passes read it: x and y change places if the map turns it by more than 45 degrees. */
interface View {
  readonly rgb: Uint8Array
  readonly width: number
  readonly height: number
  /** Bytes from a pixel to the next of its row, and from a row to the next. */
  readonly across: number
  readonly down: number
  /** From the output's pixels to the view's. */
  readonly toView: Affine.Affine
}

const viewOf = ({ width, height, rgb }: RgbImage, toImage: Affine.Affine): View => {
  const [a, b, c, d, e, f] = toImage
  return Math.abs(e) >= Math.abs(d)
    ? { rgb, width, height, across: 3, down: width * 3, toView: toImage }
    : { rgb, width: height, height: width, across: width * 3, down: 3, toView: [d, e, f, a, b, c] }
}

/** Copies `count` pixels of a row, from pixel `first` on; the picture's edges repeat. */
const copyRow = (view: View, row: number, first: number, count: number, line: Uint8Array): void => {
  const { rgb, width, height, across, down } = view
  const start = Math.min(height - 1, Math.max(0, row)) * down
  if (across === 3 && first >= 0 && first + count <= width) {
    line.set(rgb.subarray(start + first * 3, start + (first + count) * 3))
    return
  }
  for (let i = 0; i < count; i++) {
    const at = start + Math.min(width - 1, Math.max(0, first + i)) * across
    for (let k = 0; k < 3; k++) line[i * 3 + k] = rgb[at + k] ?? 0
  }
}

/** The view's rows that take part in outputs on the picture. */
const rowsOf = ({ height, toView }: View, { taps, half }: Filter, outWidth: number, outHeight: number) => {
  const [, , , d, e, f] = toView
  const ends = [f, f + d * outWidth, f + e * outHeight, f + d * outWidth + e * outHeight]
  const top = Math.max(-taps, Math.floor(Math.min(...ends) - half) - 1)
  const bottom = Math.min(height + taps, Math.ceil(Math.max(...ends) - half) + taps + 1)
  return { top, rows: Math.max(0, bottom - top) }
}

/** Rows of the view from `top` on, each resampled to the output's columns; 8 bits after the point. */
const firstPass = (view: View, outWidth: number, top: number, rows: number): Uint16Array => {
  const [a, b, c, d, e, f] = view.toView
  // Along a row of the view the output's columns lie `step` apart; from one row to the next they move by `shear`.
  const step = a - (b * d) / e
  const shear = b / e
  const filter = filterOf(step)
  const values = new Uint16Array(rows * outWidth * 3)
  const count = Math.ceil(Math.abs(step) * outWidth) + filter.taps + 2
  const line = new Uint8Array(count * 3)
  for (let i = 0; i < rows; i++) {
    const begin = step / 2 + shear * (top + i + 0.5 - f) + c - filter.half
    const first = Math.floor(Math.min(begin, begin + step * (outWidth - 1)))
    copyRow(view, top + i, first, count, line)
    filterRow(line, begin - first, step, filter, values.subarray(i * outWidth * 3, (i + 1) * outWidth * 3))
  }
  return values
}

/** One row of the first pass; the taps of output i begin at `begin + i * step`. */
const filterRow = (
  line: Uint8Array,
  begin: number,
  step: number,
  { taps, weights }: Filter,
  into: Uint16Array
): void => {
  const origin = begin * phases + 0.5
  const forward = step * phases
  for (let x = 0, to = 0; to < into.length; x++, to += 3) {
    const position = Math.trunc(origin + forward * x)
    const first = (position >> phaseBits) * 3
    const weight = (position & (phases - 1)) * taps
    let red = 0
    let green = 0
    let blue = 0
    for (let t = 0, from = first; t < taps; t++, from += 3) {
      const part = weights[weight + t] ?? 0
      red += Math.imul(part, line[from] ?? 0)
      green += Math.imul(part, line[from + 1] ?? 0)
      blue += Math.imul(part, line[from + 2] ?? 0)
    }
    into[to] = red >> (weightBits - middleBits)
    into[to + 1] = green >> (weightBits - middleBits)
    into[to + 2] = blue >> (weightBits - middleBits)
  }
}

/** How the second pass mixes a column of the middle; `stride` values lie between a tap and the next. */
interface Mixer extends Filter {
  readonly values: Uint16Array
  readonly stride: number
  readonly tones: Tones
}

const shift = weightBits + middleBits

const toned = (table: Uint8Array, sum: number): number => table[sum >> shift] ?? 0

/** Writes one pixel; its taps begin at `begin`, in 1/64 rows from the first of the middle. */
const mix = (
  { values, weights, taps, stride, tones }: Mixer,
  x: number,
  begin: number,
  output: Uint8Array,
  to: number
): void => {
  const weight = (begin & (phases - 1)) * taps
  let from = (begin >> phaseBits) * stride + x * 3
  let red = 1 << (shift - 1)
  let green = red
  let blue = red
  for (let t = 0; t < taps; t++, from += stride) {
    const part = weights[weight + t] ?? 0
    red += Math.imul(part, values[from] ?? 0)
    green += Math.imul(part, values[from + 1] ?? 0)
    blue += Math.imul(part, values[from + 2] ?? 0)
  }
  output[to] = toned(tones[0], red)
  output[to + 1] = toned(tones[1], green)
  output[to + 2] = toned(tones[2], blue)
}

/** Mixes the pixels whose middles are on the picture; `output` is background already. */
const secondPass = ({ width, height, toView }: View, top: number, mixer: Mixer, output: Uint8Array): void => {
  const [a, b, c, d, e, f] = toView
  const columns = mixer.stride / 3
  for (let y = 0, to = 0; to < output.length; y++) {
    const u0 = a / 2 + b * (y + 0.5) + c
    const v0 = d / 2 + e * (y + 0.5) + f
    for (let x = 0; x < columns; x++, to += 3) {
      const u = u0 + a * x
      const v = v0 + d * x
      if (u < 0 || u >= width || v < 0 || v >= height) continue
      mix(mixer, x, Math.trunc((v - mixer.half - top) * phases + 0.5), output, to)
    }
  }
}

const isIdentity = (map: Affine.Affine): boolean => map.every((value, i) => value === [1, 0, 0, 0, 1, 0][i])

/** The picture as it is, at the top left of background. */
const copied = (image: RgbImage, width: number, height: number): Uint8Array => {
  const output = new Uint8Array(width * height * 3)
  const bytes = Math.min(width, image.width) * 3
  fillBackground(output)
  for (let y = 0; y < Math.min(height, image.height); y++) {
    const from = y * image.width * 3
    output.set(image.rgb.subarray(from, from + bytes), y * width * 3)
  }
  return output
}

/** Fills row-major RGB. */
export const fillBackground = (rgb: Uint8Array): void => {
  rgb.set(background.slice(0, rgb.length))
  for (let done = 3; done < rgb.length; done *= 2) rgb.copyWithin(done, 0, done)
}

/**
 * Draws `image`, mapped by `toOutput` from its pixels to those of an output `width` × `height`, row-major RGB. Each
 * output pixel is the mean of the area that it covers, and at least bilinear, so that training and evaluation use the
 * same filter at any scale. What lies outside of the picture is background, and has no tones.
 */
export const resample = (
  image: RgbImage,
  toOutput: Affine.Affine,
  width: number,
  height: number,
  tones?: Tones
): Uint8Array => {
  if (tones === undefined && isIdentity(toOutput)) return copied(image, width, height)
  const view = viewOf(image, Affine.invert(toOutput))
  const filter = filterOf(view.toView[4])
  const { top, rows } = rowsOf(view, filter, width, height)
  const values = firstPass(view, width, top, rows)
  const output = new Uint8Array(width * height * 3)
  fillBackground(output)
  const mixer = { ...filter, values, stride: width * 3, tones: tones ?? [unchanged, unchanged, unchanged] }
  secondPass(view, top, mixer, output)
  return output
}
