/** From a picture to what the net sees of it: one map of the plane and one of the values, drawn in training. */
import * as Schema from "effect/Schema"
import type * as Random from "../../../pipeline/nn/Random.ts"
import { Decay, Fraction, field, NonNegative } from "../../../pipeline/plan/Plan.ts"
import type { Pixels } from "./Pixels.ts"

const Factor = Schema.Finite.check(Schema.isBetween({ minimum: 0.05, maximum: 20 }))

/** How training samples differ from their pictures; the defaults change nothing. */
export const AugmentOptions = Schema.Struct({
  shift: field(Fraction, 0, "Most that a picture moves either way, as a part of its side."),
  rotate: field(NonNegative, 0, "Most degrees of rotation either way."),
  scale: field(
    Schema.Tuple([Factor, Factor]),
    [1, 1],
    "Smallest and largest factor of the size, drawn evenly in its logarithm."
  ),
  flip: field(Fraction, 0, "Probability that left and right change places."),
  brightness: field(Fraction, 0, "Most that brightness moves by, as a part of full white."),
  contrast: field(NonNegative, 0, "Most that contrast is multiplied or divided by, less one."),
  erase: field(Fraction, 0, "Probability that a rectangle is erased (Zhong et al., 2020)."),
  erase_area: field(
    Schema.Tuple([Fraction, Fraction]),
    [0.02, 0.2],
    "Least and most of the picture's area that it covers."
  ),
  mixup: field(
    Decay,
    0,
    "Two pictures and their labels are mixed by a part from Beta(mixup, mixup) (Zhang et al., 2018); 0 mixes none."
  )
})
export type AugmentOptions = typeof AugmentOptions.Type

/** What the net sees. */
export interface Input {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  /** Of values in [0, 1], a number for each channel. */
  readonly mean: ReadonlyArray<number>
  readonly std: ReadonlyArray<number>
  readonly fit: "crop" | "stretch"
}

/** Pixels of the input, from the top left corner. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** What one sample has drawn. */
export interface Change {
  /** Pixels of the input. */
  readonly x: number
  readonly y: number
  /** Radians, clockwise on a screen. */
  readonly angle: number
  readonly scale: number
  readonly flip: boolean
  /** A value v in [0, 1] becomes `(v - 0.5) contrast + 0.5 + brightness`. */
  readonly brightness: number
  readonly contrast: number
  readonly erased: Box | undefined
}

export const none: Change = {
  x: 0,
  y: 0,
  angle: 0,
  scale: 1,
  flip: false,
  brightness: 0,
  contrast: 1,
  erased: undefined
}

/** Everything comes from `random`, and as much of it whatever the options: one of them changes no other. */
export const draw = (random: Random.Random, options: AugmentOptions, input: Input): Change => {
  const evenly = () => random.between(-1, 1)
  const [least, most] = options.scale
  return {
    x: evenly() * options.shift * input.width,
    y: evenly() * options.shift * input.height,
    angle: (evenly() * options.rotate * Math.PI) / 180,
    scale: Math.exp(random.between(Math.log(least), Math.log(most))),
    flip: random.chance(options.flip),
    brightness: evenly() * options.brightness,
    contrast: (1 + options.contrast) ** evenly(),
    erased: drawBox(random, options, input)
  }
}

/** Ratio of height to width of what is erased, either way; the paper's. */
const ASPECT = 0.3

const drawBox = (random: Random.Random, options: AugmentOptions, input: Input): Box | undefined => {
  const erases = random.chance(options.erase)
  const area = random.between(...options.erase_area) * input.width * input.height
  const aspect = Math.exp(random.between(Math.log(ASPECT), -Math.log(ASPECT)))
  const height = Math.min(input.height, Math.round(Math.sqrt(area * aspect)))
  const width = Math.min(input.width, Math.round(Math.sqrt(area / aspect)))
  const left = random.int(input.width - width + 1)
  const top = random.int(input.height - height + 1)
  return erases ? { left, top, right: left + width, bottom: top + height } : undefined
}

/** Part of the first picture in a mixture: from Beta(alpha, alpha), alpha in (0, 1], by Jöhnk (1964). */
export const drawPart = (random: Random.Random, alpha: number): number => {
  for (;;) {
    // The logarithms, since a small alpha takes the powers below the smallest number.
    const a = Math.log(1 - random.float()) / alpha
    const b = Math.log(1 - random.float()) / alpha
    const most = Math.max(a, b)
    const sum = most + Math.log(Math.exp(a - most) + Math.exp(b - most))
    if (sum <= 0) return Math.exp(a - sum)
  }
}

/** (x, y) of the input, pixel centres at halves, is (a x + b y + c, d x + e y + f) of the picture. */
type ToPicture = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

const toPicture = (picture: Pixels, input: Input, change: Change): ToPicture => {
  const across = picture.width / input.width
  const down = picture.height / input.height
  const even = Math.min(across, down)
  const [sx, sy] = input.fit === "crop" ? [even, even] : [across, down]
  const cos = Math.cos(change.angle) / change.scale
  const sin = Math.sin(change.angle) / change.scale
  const turn = change.flip ? -sx : sx
  const [a, b, d, e] = [turn * cos, turn * sin, -sy * sin, sy * cos]
  // The middle of the input, moved, sees the middle of the picture.
  const [x, y] = [input.width / 2 + change.x, input.height / 2 + change.y]
  return [a, b, picture.width / 2 - a * x - b * y, d, e, picture.height / 2 - d * x - e * y]
}

/**
 * Writes the sample, row-major `[height, width, channels]`, normalised. Bilinear; beyond its edges a picture goes on
 * as its edge. What is erased becomes the mean, which is 0.
 */
export const write = (into: Float32Array, picture: Pixels, input: Input, change: Change): void => {
  const [a, b, c, d, e, f] = toPicture(picture, input, change)
  const { height, width, channels } = input
  const tone = tones(input, change)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = a * (x + 0.5) + b * (y + 0.5) + c - 0.5
      const v = d * (x + 0.5) + e * (y + 0.5) + f - 0.5
      for (let k = 0; k < channels; k++) {
        // A grey picture has the same in all channels.
        const value = bilinear(picture, u, v, picture.channels === 1 ? 0 : k)
        into[(y * width + x) * channels + k] = tone(value, k)
      }
    }
  }
  if (change.erased !== undefined) erase(into, input, change.erased)
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** The value of a channel, 0..255, at (x, y) measured between pixel centres; edges repeat. */
const bilinear = ({ width, height, channels, data }: Pixels, x: number, y: number, k: number): number => {
  const left = Math.floor(x)
  const top = Math.floor(y)
  const x0 = clamp(left, 0, width - 1) * channels + k
  const x1 = clamp(left + 1, 0, width - 1) * channels + k
  const row0 = clamp(top, 0, height - 1) * width * channels
  const row1 = clamp(top + 1, 0, height - 1) * width * channels
  const u = x - left
  const v = y - top
  const above = (data[row0 + x0] ?? 0) * (1 - u) + (data[row0 + x1] ?? 0) * u
  const below = (data[row1 + x0] ?? 0) * (1 - u) + (data[row1 + x1] ?? 0) * u
  return above * (1 - v) + below * v
}

const at = (values: ReadonlyArray<number>, channel: number): number => values[channel] ?? values[0] ?? 0

/** From a value in 0..255 to the net's. */
const tones = (input: Input, { brightness, contrast }: Change) => {
  const mean = Float64Array.from({ length: input.channels }, (_, k) => at(input.mean, k))
  const std = Float64Array.from({ length: input.channels }, (_, k) => at(input.std, k))
  return (value: number, channel: number): number => {
    const toned = clamp((value / 255 - 0.5) * contrast + 0.5 + brightness, 0, 1)
    return (toned - (mean[channel] ?? 0)) / (std[channel] ?? 1)
  }
}

const erase = (into: Float32Array, { width, channels }: Input, box: Box): void => {
  for (let y = box.top; y < box.bottom; y++) {
    into.fill(0, (y * width + box.left) * channels, (y * width + box.right) * channels)
  }
}

/** Back from what the net saw to values in 0..255, for people. */
export const toBytes = (seen: ArrayLike<number>, input: Input): Uint8Array =>
  Uint8Array.from({ length: seen.length }, (_, i) => {
    const channel = i % input.channels
    return clamp(
      Math.round(255 * ((seen[i] ?? 0) * at(input.std, channel) + at(input.mean, channel))),
      0,
      255
    )
  })
