/** Changes brightness, contrast, the gain of each channel, saturation and hue. */
import * as Schema from "effect/Schema"
import { Fraction, NonNegative } from "../../internal/Numbers.ts"
import type * as Random from "../../nn/Random.ts"
import { field } from "../../plan/PlanField.ts"
import type { Tones, Transform } from "../Transform.ts"

export const Colour = Schema.Struct({
  kind: Schema.tag("colour"),
  brightness: field(Fraction, 0.15, "Most that brightness moves by, as a part of full white."),
  contrast: field(NonNegative, 0.25, "Most that contrast is multiplied or divided by, less one."),
  gain: field(Fraction, 0.05, "Most change of each channel's gain: the colour of the light."),
  saturation: field(Fraction, 0, "Most change of saturation; 1 reaches grey."),
  hue: field(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 180 })),
    0,
    "Most that hue turns either way, degrees."
  )
})

const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)))

/** One table for each channel: about the middle of the range, `(v - 128) gain + 128 + shift`. */
export const tones = (shift: number, gains: readonly [number, number, number]): Tones => {
  const table = (gain: number) =>
    Uint8Array.from({ length: 256 }, (_, value) => byte((value - 128) * gain + 128 + shift))
  return [table(gains[0]), table(gains[1]), table(gains[2])]
}

/** Rec. 709's luma, which stays as it is. */
const LUMA = [0.213, 0.715, 0.072] as const

/**
 * Saturation and hue as a matrix by rows: colours less their luma are scaled, and turned about the axis of greys, as
 * `hueRotate` of the W3C's Filter Effects does.
 */
const matrix = (saturation: number, degrees: number): Float64Array => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  const [r, g, b] = LUMA
  // What the sine adds, of that specification.
  const turned = [-r, -g, 1 - b, 0.143, 0.14, -0.283, -(1 - r), g, b]
  return Float64Array.from({ length: 9 }, (_, i) => {
    const luma = LUMA[i % 3] ?? 0
    const same = i % 4 === 0 ? 1 : 0
    return luma + saturation * (cos * (same - luma) + sin * (turned[i] ?? 0))
  })
}

const mix = (rgb: Uint8Array, m: Float64Array): void => {
  const part = (row: number, column: number, value: number | undefined) =>
    (m[3 * row + column] ?? 0) * (value ?? 0)
  for (let i = 0; i < rgb.length; i += 3) {
    const [red, green, blue] = rgb.subarray(i, i + 3)
    for (let k = 0; k < 3; k++) rgb[i + k] = byte(part(k, 0, red) + part(k, 1, green) + part(k, 2, blue))
  }
}

const drawTones = (random: Random.Random, { brightness, contrast, gain }: typeof Colour.Type): Tones => {
  const factor = (1 + contrast) ** random.between(-1, 1)
  const shift = 255 * random.between(-brightness, brightness)
  const channel = () => factor * (1 + random.between(-gain, gain))
  return tones(shift, [channel(), channel(), channel()])
}

export const make =
  (options: typeof Colour.Type): Transform =>
  (_, random) => {
    const drawn = drawTones(random, options)
    const saturation = 1 + random.between(-options.saturation, options.saturation)
    const hue = random.between(-options.hue, options.hue)
    if (saturation === 1 && hue === 0) return { tones: drawn }
    const m = matrix(saturation, hue)
    return { tones: drawn, paint: (rgb) => mix(rgb, m) }
  }
