/**
 * Resampling of a picture through an affine map, in two passes of one dimension each (Catmull and Smith, 1980): each
 * row of the picture becomes the output's columns, then those become its rows.
 */
import type { RgbImage } from "../../../pipeline/picture/Images.ts"
import * as Kernel from "../resample/Kernel.ts"
import * as Affine from "./Affine.ts"

/** The colour outside of the picture: ImageNet's mean, which the model's normalisation turns into zeros. */
export const background = [124, 116, 104] as const

/** The new value of each value, `[256]` per channel. */
export type Tones = readonly [red: Uint8Array, green: Uint8Array, blue: Uint8Array]

/** Positions are rounded to 1/64 pixel, so that the weights of all positions fit a small table. */
const phaseBits = 6
const phases = 1 << phaseBits
/** Weights are whole numbers that add up to 2^14. */
const weightBits = 14

/** How pixels along a line make up one of the output. */
interface Filter {
  /** Pixels that take part. */
  readonly taps: number
  /** `[phases, taps]` */
  readonly weights: Uint16Array
  /** From the middle of an output pixel to where its first tap begins, pixels of the line. */
  readonly half: number
}

/**
 * Each pixel counts by its part in an interval as long as the output's pixels lie apart: their area, so that nothing
 * aliases at any scale. If they lie closer than the line's, it is 1 long, which interpolates linearly. The number of taps
 * is a multiple of `multiple`; those beyond the interval weigh nothing.
 */
const filterOf = (step: number, multiple: number): Filter => {
  const length = Math.max(1, Math.abs(step))
  const taps = Math.ceil(Math.ceil(length + (phases - 1) / phases) / multiple) * multiple
  const weights = new Uint16Array(phases * taps)
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
  // The part of the line that lies on the picture.
  const from = Math.min(count, Math.max(0, -first))
  const until = Math.max(from, Math.min(count, width - first))
  const copy = (begin: number, end: number) => {
    for (let i = begin; i < end; i++) {
      const at = start + Math.min(width - 1, Math.max(0, first + i)) * across
      for (let k = 0; k < 3; k++) line[i * 3 + k] = rgb[at + k] ?? 0
    }
  }
  copy(0, from)
  if (across === 3) line.set(rgb.subarray(start + (first + from) * 3, start + (first + until) * 3), from * 3)
  else copy(from, until)
  copy(until, count)
}

/** The view's rows that take part in outputs on the picture. */
const rowsOf = ({ height, toView }: View, { taps, half }: Filter, outWidth: number, outHeight: number) => {
  const [, , , d, e, f] = toView
  const ends = [f, f + d * outWidth, f + e * outHeight, f + d * outWidth + e * outHeight]
  const top = Math.max(-taps, Math.floor(Math.min(...ends) - half) - 1)
  const bottom = Math.min(height + taps, Math.ceil(Math.max(...ends) - half) + taps + 1)
  return { top, rows: Math.max(0, bottom - top) }
}

/** One output of the passes: what they read, and where it lies in the kernel's memory, as addresses. */
interface Job {
  readonly view: View
  readonly across: Filter
  readonly down: Filter
  /** The output's size, pixels. */
  readonly width: number
  readonly height: number
  /** The view's rows that take part. */
  readonly top: number
  readonly rows: number
  /** Along a row of the view the output's columns lie `step` apart; from one row to the next they move by `shear`. */
  readonly step: number
  readonly shear: number
  /** Bytes of a row of the view that take part. */
  readonly lineBytes: number
  readonly at: Addresses
}

interface Addresses {
  readonly structure: number
  /** Where each row begins: of the view, then of the output; then the output's runs. */
  readonly origins: number
  readonly runs: number
  readonly across: number
  readonly down: number
  readonly tones: number
  readonly lines: number
  /** Rows of the view, each resampled to the output's columns, `[rows, width, 3]`; 8 bits after the point. */
  readonly middle: number
  readonly output: number
  readonly end: number
}

/** The kernel reads and writes up to a vector past the end of an area. */
const slack = 32

type Sizes = { readonly [area in Exclude<keyof Addresses, "end">]: number }

const addressesOf = (sizes: Sizes): Addresses => {
  let end = 0
  const take = (bytes: number) => {
    const begin = end
    end = begin + Math.ceil((bytes + slack) / 16) * 16
    return begin
  }
  const { structure, origins, runs, across, down, tones, lines, middle, output } = sizes
  return {
    structure: take(structure),
    origins: take(origins),
    runs: take(runs),
    across: take(across),
    down: take(down),
    tones: take(tones),
    lines: take(lines),
    middle: take(middle),
    output: take(output),
    end
  }
}

const jobOf = (view: View, width: number, height: number): Job => {
  const [a, b, , d, e] = view.toView
  const [step, shear] = [a - (b * d) / e, b / e]
  const [across, down] = [filterOf(step, 2), filterOf(e, 1)]
  const { top, rows } = rowsOf(view, down, width, height)
  const lineBytes = 3 * (Math.ceil(Math.abs(step) * width) + across.taps + 2)
  const at = addressesOf({
    structure: 64,
    origins: 8 * Math.max(rows, height),
    runs: 8 * height,
    across: across.weights.byteLength,
    down: down.weights.byteLength,
    tones: 3 * 256,
    lines: rows * lineBytes,
    middle: rows * width * 6,
    output: width * height * 3
  })
  return { view, across, down, width, height, top, rows, step, shear, lineBytes, at }
}

const firstPass = (job: Job, { memory, firstPass }: Kernel.Kernel): void => {
  const { view, across, width, top, rows, step, shear, lineBytes, at } = job
  const [, , c, , , f] = view.toView
  const bytes = new Uint8Array(memory.buffer)
  const origins = new Float64Array(memory.buffer, at.origins, rows)
  for (let i = 0; i < rows; i++) {
    const begin = step / 2 + shear * (top + i + 0.5 - f) + c - across.half
    const first = Math.floor(Math.min(begin, begin + step * (width - 1)))
    const line = at.lines + i * lineBytes
    copyRow(view, top + i, first, lineBytes / 3, bytes.subarray(line, line + lineBytes))
    origins[i] = (begin - first) * phases + 0.5
  }
  new Uint16Array(memory.buffer, at.across).set(across.weights)
  new Float64Array(memory.buffer, at.structure)[0] = step * phases
  new Int32Array(memory.buffer, at.structure + 8).set([
    at.lines,
    at.origins,
    at.across,
    at.middle,
    lineBytes,
    across.taps / 2,
    rows,
    width
  ])
  firstPass(at.structure)
}

/** The pixels of an output's row whose middles are on the picture: a run, since positions grow evenly along it. */
const runOf = ({ view, width }: Job, u0: number, v0: number): readonly [from: number, until: number] => {
  const [a, , , d] = view.toView
  const isOn = (x: number) => {
    const u = u0 + a * x
    const v = v0 + d * x
    return u >= 0 && u < view.width && v >= 0 && v < view.height
  }
  let from = 0
  while (from < width && !isOn(from)) from++
  let until = width
  while (until > from && !isOn(until - 1)) until--
  return [from, until]
}

/** Mixes the pixels whose middles are on the picture; the output is background already. */
const secondPass = (job: Job, { memory, secondPass }: Kernel.Kernel, tones: Tones | undefined): void => {
  const { view, down, width, height, top, at } = job
  const [a, b, c, d, e, f] = view.toView
  const begins = new Float64Array(memory.buffer, at.origins, height)
  const runs = new Int32Array(memory.buffer, at.runs, 2 * height)
  for (let y = 0; y < height; y++) {
    const v0 = d / 2 + e * (y + 0.5) + f
    begins[y] = (v0 - down.half - top) * phases + 0.5
    runs.set(runOf(job, a / 2 + b * (y + 0.5) + c, v0), 2 * y)
  }
  new Uint16Array(memory.buffer, at.down).set(down.weights)
  for (const [k, table] of (tones ?? []).entries())
    new Uint8Array(memory.buffer, at.tones + k * 256, 256).set(table)
  new Float64Array(memory.buffer, at.structure)[0] = d * phases
  new Int32Array(memory.buffer, at.structure + 8).set([
    at.middle,
    at.origins,
    at.runs,
    at.down,
    tones === undefined ? 0 : at.tones,
    at.output,
    down.taps,
    height,
    width
  ])
  secondPass(at.structure)
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
  const job = jobOf(viewOf(image, Affine.invert(toOutput)), width, height)
  const kernel = Kernel.withMemory(job.at.end)
  const output = new Uint8Array(kernel.memory.buffer, job.at.output, width * height * 3)
  firstPass(job, kernel)
  fillBackground(output)
  secondPass(job, kernel, tones)
  return output.slice()
}
