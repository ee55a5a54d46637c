/** Numbers with their ranges, as Schemas of plans and checkpoints have them. */
import * as Schema from "effect/Schema"

/** A whole number from 0. */
export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** A whole number from 1. */
export const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** Side of a picture in pixels, up to the largest that can be drawn. */
export const Side = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16_384 }))

/** A count of something that takes memory or threads. */
export const atMost = (maximum: number, minimum = 1) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A number from 0. */
export const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** A number above 0. */
export const AboveZero = Schema.Finite.check(Schema.isGreaterThan(0))

/** A number in [0, 1]. */
export const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** A decay rate in [0, 1). */
export const Decay = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))
