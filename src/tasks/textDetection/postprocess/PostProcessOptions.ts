/** Settings of the post-processing, as in configurations. */
import { Effect, Schema } from "effect"

const Part = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** The values of options that are left out; the Schema takes its defaults from here. */
export const defaults = {
  thresh: 0.3,
  box_thresh: 0.6,
  unclip_ratio: "inverse" as const,
  shrink_ratio: 0.4,
  max_candidates: 1000,
  use_polygon: false,
  min_size: 3
}

export const PostProcessOptions = Schema.Struct({
  /** Probability above which a pixel is text. */
  thresh: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.thresh))),
  /** Least mean probability of a detection. */
  box_thresh: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.box_thresh))),
  /**
   * r' of `D' = A' r' / L'`, by which a region is widened (1.5 in the paper), or `inverse`: the D' whose result
   * shrinks back to the region with `shrink_ratio`, which long lines need: 1.5 restores a square, but only two fifths
   * of a long line's height.
   */
  unclip_ratio: Schema.Union([
    Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
    Schema.Literal("inverse")
  ]).pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.unclip_ratio))),
  /** r of the targets; read when `unclip_ratio` is `inverse`. */
  shrink_ratio: Part.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.shrink_ratio))),
  /** Maximum number of detections per picture; the most probable are kept. */
  max_candidates: Schema.Int.check(Schema.isGreaterThan(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(defaults.max_candidates))
  ),
  /** Polygons that follow the text, instead of the smallest rectangles around it. */
  use_polygon: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.use_polygon))),
  /** Minimum short side of a detection, in pixels of the probability map. */
  min_size: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(defaults.min_size))
  )
})
export type PostProcessOptions = typeof PostProcessOptions.Type
