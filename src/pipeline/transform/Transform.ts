/**
 * What a transform of training samples is: a function of a sample's frame and of random numbers that are its own, which
 * says what changes. Pixels move once for all transforms that only move them, whatever their number.
 *
 * A module of your own has one as its default export, `Transform.make(options, make)`, and a plan names its path.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Random from "../nn/Random.ts"
import type { RgbImage } from "../picture/Images.ts"
import type { Marked } from "./Outline.ts"
import type { PointMap } from "./PointMap.ts"
import type { Tones } from "./Warp.ts"

export type { Marked } from "./Outline.ts"
export type { PointMap } from "./PointMap.ts"
export type { Tones } from "./Warp.ts"

/** A sample without its pixels. */
export interface Frame<R extends Marked = Marked> {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** In the frame's pixels; some may lie outside of it. */
  readonly regions: ReadonlyArray<R>
}

/** A picture and what is marked on it. */
export interface Picture<R extends Marked = Marked> extends RgbImage {
  readonly regions: ReadonlyArray<R>
}

/** What a transform does, in this order; what is absent stays as it is. */
export interface Change<R extends Marked = Marked> {
  /** Regions that are no longer legible, or new ones, in the pixels of the frame before it moves. */
  readonly regions?: ReadonlyArray<R> | undefined
  /** From the frame's pixels to those of the frame that it becomes; regions move along. */
  readonly map?: PointMap | undefined
  /** Sides of the frame that it becomes, pixels. */
  readonly width?: number | undefined
  readonly height?: number | undefined
  /** Of brightness and contrast: a table for each channel. What lies beyond the picture has none. */
  readonly tones?: Tones | undefined
  /** Changes the pixels in place: row-major RGB, `width` × `height` of the new frame. */
  readonly paint?: ((rgb: Uint8Array, width: number, height: number) => void) | undefined
}

/**
 * Everything random comes from `random`, whose keys are seed, epoch, sample and the transform's name. `other` is another
 * picture of the same set, for those that ask for one.
 */
export type Transform = <R extends Marked>(
  frame: Frame<R>,
  random: Random.Random,
  other?: Picture<R>
) => Change<R>

const TypeId = "~anneal/Transform"

/** The default export of a module with a transform. */
export interface Custom {
  readonly [TypeId]: typeof TypeId
  /** Fails with a sentence about options that do not fit. */
  readonly make: (options: unknown) => Result.Result<Transform, string>
}

/** A transform of your own: a plan's `options` are checked against the Schema before `transform` gets them. */
export const make = <A>(options: Schema.Codec<A, unknown>, transform: (options: A) => Transform): Custom => {
  const decode = Schema.decodeUnknownResult(options)
  return {
    [TypeId]: TypeId,
    make: (given) =>
      Result.mapBoth(decode(given, { errors: "all", onExcessProperty: "error" }), {
        onSuccess: transform,
        onFailure: ({ message }) => message
      })
  }
}

export const isCustom = (value: unknown): value is Custom => Predicate.hasProperty(value, TypeId)
