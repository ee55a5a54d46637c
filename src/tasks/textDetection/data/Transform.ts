/**
 * From an annotated picture to the input of the net: one geometry for pixels and regions, drawn from counters in
 * training.
 */
import { Effect, Schema } from "effect"
import type * as Random from "../../../pipeline/nn/Random.ts"
import type { ImageSize } from "../../../pipeline/picture/Images.ts"
import { tones } from "../../../pipeline/transform/kinds/Colour.ts"
import * as PointMap from "../../../pipeline/transform/PointMap.ts"
import * as Drawn from "../../../pipeline/transform/Sample.ts"
import type { Frame, Transform } from "../../../pipeline/transform/Transform.ts"
import * as Warp from "../../../pipeline/transform/Warp.ts"
import type { Polygon as Outline, Point } from "../geometry/Polygon.ts"
import * as Polygon from "../geometry/Polygon.ts"
import * as Affine from "./Affine.ts"
import * as Resample from "./Resample.ts"
import type { Region, TextImage } from "./TextImage.ts"

const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Pixels = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16_384 }))

/** The values of options that are left out; the Schema takes its defaults from here. */
export const defaults = {
  crop: 320,
  long_side: 640,
  scale: [0.7, 1.4] as const,
  rotate: 2,
  brightness: 0.15,
  contrast: 0.25,
  color: 0.05,
  prefer_text: 0.9
}

/** How training samples differ from their pictures. */
export const AugmentOptions = Schema.Struct({
  /** Side of the square crop, pixels; a multiple of the model's. */
  crop: Pixels.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.crop))),
  /** Long side of a picture before its scale is jittered, pixels; the same as in evaluation. */
  long_side: Pixels.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.long_side))),
  /** Smallest and largest factor of the scale, drawn evenly in its logarithm. */
  scale: Schema.Tuple([Schema.Finite, Schema.Finite]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(defaults.scale))
  ),
  /** Maximum rotation in either direction, degrees. */
  rotate: Amount.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.rotate))),
  /** Maximum shift of brightness, as a fraction of full white. */
  brightness: Amount.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.brightness))),
  /** Maximum factor or divisor of contrast, minus one. */
  contrast: Amount.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.contrast))),
  /** Maximum change of each colour channel's gain. */
  color: Amount.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.color))),
  /** Probability that a crop is placed around a region rather than anywhere. */
  prefer_text: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(defaults.prefer_text))
  )
})
export type AugmentOptions = typeof AugmentOptions.Type

/** A picture as the input of the net. */
export interface Sample {
  readonly name: string
  readonly width: number
  readonly height: number
  /** Row-major RGB, `width` × `height`. */
  readonly rgb: Uint8Array
  /** Part of the sample that the picture covers, from the top left, pixels; the rest is padding. */
  readonly contentWidth: number
  readonly contentHeight: number
  /** From the picture's pixels to the sample's. */
  readonly toSample: PointMap.PointMap
  /** In the sample's pixels; those completely outside are dropped, those at its edge reach past it. */
  readonly regions: ReadonlyArray<Region>
}

/** Affine maps by areas, in one resampling; all others by samples. */
export const draw: Drawn.Draw = (image, map, width, height, tones) =>
  PointMap.isAffine(map)
    ? Resample.resample(image, map, width, height, tones)
    : Warp.draw(image, map, width, height, tones, Resample.background)

/** Scale, turn, crop, brightness, contrast and colour at once: the transform of a plan without a list. */
export const augmentation =
  (options: AugmentOptions = defaults): Transform =>
  (frame, random) => ({
    width: options.crop,
    height: options.crop,
    map: cropGeometry(frame, random, options),
    tones: drawTones(random, options)
  })

/** What transforms made of a picture. */
export const sampleOf = (name: string, made: Drawn.Sample<Region>): Sample => ({
  name,
  width: made.width,
  height: made.height,
  rgb: made.image.rgb,
  contentWidth: made.width,
  contentHeight: made.height,
  toSample: made.toSample,
  regions: made.regions
})

/** A random crop; all its random numbers come from `random`. */
export const augment = (
  image: TextImage,
  random: Random.Random,
  options: AugmentOptions = defaults
): Sample => {
  const change = augmentation(options)(image, random)
  return sampleOf(image.name, Drawn.drawn(Drawn.changed(Drawn.make(image), change, draw), draw))
}

/**
 * The part of an input that a picture covers, and the input's size: `longSide` pixels, padded to multiples of
 * `multiple`.
 */
export const inputSize = (image: ImageSize, longSide: number, multiple: number) => {
  const scale = longSide / Math.max(image.width, image.height)
  const contentWidth = Math.max(1, Math.round(image.width * scale))
  const contentHeight = Math.max(1, Math.round(image.height * scale))
  const width = Math.ceil(contentWidth / multiple) * multiple
  const height = Math.ceil(contentHeight / multiple) * multiple
  return { contentWidth, contentHeight, width, height }
}

/** The whole picture, scaled to `longSide` pixels and padded at the right and bottom to multiples of `multiple`. */
export const fit = (image: TextImage, longSide: number, multiple: number): Sample => {
  const { contentWidth, contentHeight, width, height } = inputSize(image, longSide, multiple)
  const toSample = Affine.scaling(contentWidth / image.width, contentHeight / image.height)
  return {
    name: image.name,
    width,
    height,
    rgb: Resample.resample(image, toSample, width, height),
    contentWidth,
    contentHeight,
    toSample,
    regions: mapRegions(image.regions, toSample, width, height)
  }
}

/** Back from the sample's pixels to the picture's, whatever the transforms, kept inside its `width` × `height`. */
export const toOriginal = (
  sample: { readonly toSample: PointMap.PointMap },
  image: { readonly width: number; readonly height: number },
  polygon: Outline
): Outline =>
  polygon
    .map(PointMap.inverse(sample.toSample))
    .map(([x, y]): Point => [clamp(x, 0, image.width), clamp(y, 0, image.height)])

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** Scale, turn, then move so that a point of interest falls at a random place of the crop. */
const cropGeometry = (image: Frame, random: Random.Random, options: AugmentOptions): Affine.Affine => {
  const { crop } = options
  const jitter = Math.exp(random.between(Math.log(options.scale[0]), Math.log(options.scale[1])))
  const scale = (options.long_side / Math.max(image.width, image.height)) * jitter
  const angle = (random.between(-options.rotate, options.rotate) * Math.PI) / 180
  const [x, y] = interest(image, random, options.prefer_text)
  const turned = Affine.andThen(
    Affine.andThen(Affine.translation(-x, -y), Affine.scaling(scale, scale)),
    Affine.rotation(angle)
  )
  return Affine.andThen(
    turned,
    Affine.translation(
      place(random, x * scale, image.width * scale, crop),
      place(random, y * scale, image.height * scale, crop)
    )
  )
}

/** The middle of a legible region, if one is preferred and there is one, else anywhere on the picture. */
const interest = (image: Frame, random: Random.Random, preferText: number): Point => {
  const [first, ...others] = image.regions.filter((region) => !region.ignore)
  const anywhere: Point = [random.between(0, image.width), random.between(0, image.height)]
  if (first === undefined || !random.chance(preferText)) return anywhere
  const box = Polygon.bounds(random.pick([first, ...others]).polygon)
  return [(box.left + box.right) / 2, (box.top + box.bottom) / 2]
}

/**
 * The position of the point of interest along one side of the crop. The crop stays within a larger picture, and
 * contains all of a smaller one.
 */
const place = (random: Random.Random, position: number, length: number, crop: number): number => {
  const start = random.between(position - crop, position)
  const low = Math.min(0, length - crop)
  const high = Math.max(0, length - crop)
  return position - clamp(start, low, high)
}

/** Brightness, contrast and colour in one table per channel. */
const drawTones = (random: Random.Random, options: AugmentOptions): Resample.Tones => {
  const contrast = (1 + options.contrast) ** random.between(-1, 1)
  const brightness = 255 * random.between(-options.brightness, options.brightness)
  const channel = () => contrast * (1 + random.between(-options.color, options.color))
  return tones(brightness, [channel(), channel(), channel()])
}

const mapRegions = (
  regions: ReadonlyArray<Region>,
  toSample: Affine.Affine,
  width: number,
  height: number
): ReadonlyArray<Region> => {
  const sample: Polygon.Bounds = { left: 0, top: 0, right: width, bottom: height }
  return regions
    .map((region) => ({ ...region, polygon: Affine.applyAll(toSample, region.polygon) }))
    .filter((region) => Polygon.boundsOverlap(Polygon.bounds(region.polygon), sample))
}
