/** The conditions of a photo: from a clean flat-bed scan to a snapshot in bad light. */
import type { Random } from "../../../pipeline/nn/Random.ts"
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
  /** Red, green and blue relative to grey, about 1. */
  readonly tint: readonly [number, number, number]
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

/** A value of the range with this probability, otherwise the other value. */
const sometimes = <A>(
  random: Random,
  part: number,
  [low, high]: readonly [number, number],
  otherwise: A
): number | A => (random.chance(part) ? random.between(low, high) : otherwise)

/** A scanner's light is even; a room's is not, and people cast shadows. */
const lit = (random: Random, width: number, height: number, scan: boolean): Light.Field => {
  const light = Light.smooth(random, width, height, [4, 5], [scan ? 0.95 : random.between(0.65, 0.95), 1.02])
  if (!scan && random.chance(0.35)) Light.shadow(random, light)
  for (let i = random.chance(0.4) ? 1 + random.int(3) : 0; i > 0; i--) Light.crease(random, light)
  return light
}

/** Fresh print is even; old thermal print is faint here and there, and worn in stripes. */
const printed = (random: Random, width: number, height: number): Light.Field => {
  const least = sometimes(random, 0.3, [0.35, 0.7], 0.8)
  const strength = Light.smooth(random, width, height, [5, 7], [least, 1])
  if (random.chance(0.35)) Light.wear(random, strength)
  return strength
}

const tint = (random: Random): Conditions["tint"] => {
  const warm = random.normal() * 0.025
  return random.chance(0.6) ? [1 + warm, 1, 1 - warm] : [1, 1, 1]
}

export const make = (random: Random, width: number, height: number): Conditions => {
  const scan = random.chance(0.45)
  const paper = scan ? random.between(0.88, 1.02) : random.between(0.62, 0.98)
  const edge = () => random.chance(0.35)
  return {
    paper,
    ink: sometimes(random, 0.5, [0, 0.2], random.between(0.15, 0.45) * paper),
    background: sometimes(random, 0.6, [0, 0.3], random.between(0.25, 0.75) * paper),
    edges: [edge(), edge(), edge(), edge()],
    grain: random.between(0.002, scan ? 0.02 : 0.05),
    fibre: random.between(0, 0.025),
    blur: sometimes(random, 0.7, [0.2, 1.15], 0),
    contrast: sometimes(random, 0.2, [1.2, 3], 1),
    light: lit(random, width, height, scan),
    strength: printed(random, width, height),
    specks: Math.floor(sometimes(random, 0.3, [0, 40], 0)),
    jpeg: sometimes(random, 0.4, [25, 80], undefined),
    tint: tint(random)
  }
}
