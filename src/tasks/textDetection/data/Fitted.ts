/** A picture as evaluation sees it, and its targets: nothing of them is random, so that a cache may keep both. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as SampleCache from "../../../pipeline/task/SampleCache.ts"
import * as Targets from "./Targets.ts"
import type { ImageSource, TextImage } from "./TextImage.ts"
import * as Transform from "./Transform.ts"

/** What a sample was made of, without its pixels. */
export type Original = Omit<TextImage, "rgb">

export interface Fitted {
  readonly image: Original
  readonly sample: Transform.Sample
  /** All that determines the sample; absent where nobody can say, and of random ones. */
  readonly key?: Schema.Json | undefined
}

export interface Options {
  /** Long side of a picture, pixels. */
  readonly longSide: number
  /** Both sides are padded to a multiple of this, pixels. */
  readonly multiple: number
}

const Point = Schema.Tuple([Schema.Finite, Schema.Finite])

const Regions = Schema.Array(
  Schema.Struct({
    id: Schema.String,
    polygon: Schema.Array(Point),
    ignore: Schema.Boolean,
    transcription: Schema.optionalKey(Schema.String)
  })
)

const facts = { name: Schema.String, width: Schema.Int, height: Schema.Int, regions: Regions }

const Number6 = Schema.Tuple([
  Schema.Finite,
  Schema.Finite,
  Schema.Finite,
  Schema.Finite,
  Schema.Finite,
  Schema.Finite
])

interface Kept {
  readonly image: Original
  readonly sample: Omit<Transform.Sample, "rgb">
  readonly rgb: Uint8Array
}

const KeptSchema: Schema.Codec<Kept, unknown> = Schema.Struct({
  image: Schema.Struct(facts),
  sample: Schema.Struct({
    ...facts,
    contentWidth: Schema.Int,
    contentHeight: Schema.Int,
    toSample: Number6
  }),
  rgb: Schema.instanceOf(Uint8Array)
})

/** Raise the version with every change to what `Transform.fit` gives, or `Resample` below it. */
const FITTED: SampleCache.Kind<Kept> = {
  name: "text-detection/fitted",
  version: 1,
  schema: KeptSchema,
  borrowed: true
}

const Maps = Schema.Struct({
  width: Schema.Int,
  height: Schema.Int,
  shrunk: Schema.instanceOf(Uint8Array),
  mask: Schema.instanceOf(Uint8Array),
  threshold: Schema.instanceOf(Float32Array),
  border: Schema.instanceOf(Uint8Array)
})

/** Raise the version with every change to what `Targets.paint` gives, or what it uses. */
const TARGETS: SampleCache.Kind<Targets.TargetMaps> = {
  name: "text-detection/targets",
  version: 1,
  schema: Maps,
  borrowed: true
}

const fitted = ({ rgb, ...image }: TextImage, { longSide, multiple }: Options): Kept => {
  const { rgb: pixels, ...sample } = Transform.fit({ ...image, rgb }, longSide, multiple)
  return { image, sample, rgb: pixels }
}

/** The whole picture, scaled and padded. */
export const prepare = Effect.fnUntraced(function* (
  source: ImageSource,
  index: number,
  options: Options
): Effect.fn.Return<Fitted, DataError> {
  const make = (image: Effect.Effect<TextImage, DataError>) =>
    Effect.map(image, (decoded) => fitted(decoded, options))
  const { key: keyOf } = source
  if (keyOf === undefined || !(yield* SampleCache.keeps)) return whole(yield* make(source.image(0, index)))
  const key = Effect.map(keyOf(index), (picture) => ({ picture, ...options }))
  // The decoded picture is of no use beside the fitted one.
  const made = make(SampleCache.uncached(source.image(0, index)))
  return { ...whole(yield* SampleCache.cached(FITTED, key, made)), key: yield* key }
})

const whole = ({ image, sample, rgb }: Kept): Fitted => ({ image, sample: { ...sample, rgb } })

/** Painted maps of the given size, which the sample covers from the top left. */
export const targets = (
  { sample, key }: Fitted,
  { width, height }: { readonly width: number; readonly height: number },
  options: Targets.TargetOptions
): Effect.Effect<Targets.TargetMaps | undefined> => {
  if (key === undefined) return Effect.undefined
  const paint = Effect.sync(() => {
    const pixels = width * height
    const maps: Targets.TargetMaps = {
      width,
      height,
      shrunk: new Uint8Array(pixels),
      mask: new Uint8Array(pixels),
      threshold: new Float32Array(pixels),
      border: new Uint8Array(pixels)
    }
    Targets.paint(maps, sample.regions, options)
    return maps
  })
  return SampleCache.cached(TARGETS, Effect.succeed({ sample: key, width, height, ...options }), paint)
}

/** Copies maps to others of their size. */
export const copy = (from: Targets.TargetMaps, to: Targets.TargetMaps): void => {
  to.shrunk.set(from.shrunk)
  to.mask.set(from.mask)
  to.threshold.set(from.threshold)
  to.border.set(from.border)
}
