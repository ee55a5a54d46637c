/** The conditions of a photo: from a clean flat-bed scan to a snapshot in bad light. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import * as Light from "./Light.ts"

/** How the paper was photographed. Tones are 0 black … 1 white. */
export interface Conditions {
  readonly paper: number
  readonly ink: number
  readonly background: number
  /** Which edges of the paper are in the picture, with background beyond them: left, top, right, bottom. */
  readonly edges: readonly [boolean, boolean, boolean, boolean]
  /** Standard deviations, tones. */
  readonly grain: number
  readonly fibre: number
  /** Standard deviation of the blur, pixels. */
  readonly blur: number
  /** Steepness of the tone curve about its middle, 1 straight. */
  readonly contrast: number
  readonly light: Light.Field
  /** The visible fraction of the ink. */
  readonly strength: Light.Field
  /** Number of dark specks. */
  readonly specks: number
  /** 1 … 100, or none. */
  readonly jpeg: number | undefined
  /** Things on the paper, in pixels of the picture. */
  readonly covers: ReadonlyArray<Cover>
  /** Red, green and blue relative to grey, about 1. */
  readonly tint: readonly [number, number, number]
}

/** A disc, as a thumb or a coin would be. */
export interface Cover {
  readonly at: readonly [x: number, y: number]
  readonly radius: number
  readonly tone: number
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
  covers: [],
  tint: [1, 1, 1]
})

/** A value of the range with this probability, otherwise the other value. */
const sometimes = <A>(
  random: Random,
  part: number,
  [low, high]: readonly [number, number],
  otherwise: A
): number | A => (random.chance(part) ? random.between(low, high) : otherwise)

/** A value that is 1 without disturbance, for one that is `value` at the strength 1. */
const away = (value: number, strength: number): number => Math.max(0.2, 1 - (1 - value) * strength)

/** A scanner's light is even; a room's is not, and people cast shadows. */
const lit = (random: Random, width: number, height: number, scan: boolean, strength: number): Light.Field => {
  const least = away(scan ? 0.95 : random.between(0.65, 0.95), strength)
  const light = Light.smooth(random, width, height, [4, 5], [least, 1.02])
  if (!scan && random.chance(0.35 * strength)) Light.shadow(random, light)
  for (let i = random.chance(0.4 * strength) ? 1 + random.int(3) : 0; i > 0; i--) Light.crease(random, light)
  return light
}

/** Fresh print is even; old thermal print is faint here and there, and worn in stripes. */
const printed = (random: Random, width: number, height: number, strength: number): Light.Field => {
  const least = sometimes(random, 0.3 * strength, [0.35, 0.7], 0.8)
  const field = Light.smooth(random, width, height, [5, 7], [least, 1])
  if (random.chance(0.35 * strength)) Light.wear(random, field)
  return field
}

const tint = (random: Random): Conditions["tint"] => {
  const warm = random.normal() * 0.025
  return random.chance(0.6) ? [1 + warm, 1, 1 - warm] : [1, 1, 1]
}

/** Only above the strength 1: one or two things that reach in from an edge. */
const covers = (random: Random, width: number, height: number, strength: number): Conditions["covers"] =>
  strength > 1 && random.chance(0.5 * (strength - 1))
    ? Array.from({ length: 1 + random.int(2) }, () => {
        const radius = random.between(0.05, 0.16) * Math.min(width, height)
        const [end, along] = [random.int(2), random.float()]
        const [x, y] = random.chance(0.5) ? [end, along] : [along, end]
        return { at: [x * width, y * height], radius, tone: random.between(0.2, 0.8) } as const
      })
    : []

/** `strength` is 0 for paper as it was printed, 1 for common pictures, up to 2. */
export const make = (random: Random, width: number, height: number, strength = 1): Conditions => {
  const scan = random.chance(0.45)
  const paper = scan ? random.between(0.88, 1.02) : random.between(0.62, 0.98)
  const edge = () => random.chance(0.35)
  return {
    paper,
    ink: sometimes(random, 0.5, [0, 0.2], random.between(0.15, 0.45) * paper * Math.min(1.2, strength)),
    background: sometimes(random, 0.6, [0, 0.3], random.between(0.25, 0.75) * paper),
    edges: [edge(), edge(), edge(), edge()],
    grain: strength * random.between(0.002, scan ? 0.02 : 0.05),
    fibre: random.between(0, 0.025),
    blur: strength * sometimes(random, 0.7, [0.2, 1.15], 0),
    contrast: sometimes(random, 0.2, [1.2, 3], 1),
    light: lit(random, width, height, scan, strength),
    strength: printed(random, width, height, strength),
    specks: Math.floor(strength * sometimes(random, 0.3, [0, 40], 0)),
    jpeg: sometimes(random, 0.4 * strength, [Math.max(10, 40 - 15 * strength), 80], undefined),
    covers: covers(random, width, height, strength),
    tint: tint(random)
  }
}

/** What age and binding do to the page of a book. `gutter` is the x of the fold in the picture, if it is near. */
export const aged = (
  random: Random,
  how: Conditions,
  strength: number,
  gutter: number | undefined
): Conditions => {
  const { width, height } = how.light
  const old = random.between(0, 1)
  Light.stains(random, how.light, Math.floor(strength * old * random.int(14)))
  if (gutter !== undefined) {
    Light.gutter(how.light, gutter, width * random.between(0.02, 0.14), strength * random.between(0.1, 0.6))
  }
  // Type is inked by hand: letters differ from their neighbours.
  const inked = Light.smooth(random, width, height, [24, 40], [away(random.between(0.55, 0.9), strength), 1])
  const values = how.strength.values.map((value, at) => value * (inked.values[at] ?? 1))
  const yellow = old * random.between(0, 0.16)
  return {
    ...how,
    ink: how.paper * random.between(0.05, 0.3),
    fibre: random.between(0.005, 0.04),
    strength: { width, height, values },
    tint: [1 + yellow * 0.3, 1, 1 - yellow]
  }
}
