/** What the fields of plans are made of: numbers with their ranges, and fields with a default and a sentence. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A field that must be given. */
export const required = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.annotateKey<S>({ description })(schema)

/** A field with a default and a sentence for people and editors. */
export const field = <S extends Schema.Top>(schema: S, value: S["Encoded"], description: string) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value))).annotateKey({ description })

export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
export const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
/** Side of a picture, pixels: as large as one can be drawn. */
export const Side = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16_384 }))
/** How many of something that takes memory or threads. */
export const atMost = (maximum: number, minimum = 1) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))
export const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
export const AboveZero = Schema.Finite.check(Schema.isGreaterThan(0))
export const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
/** A decay rate in [0, 1). */
export const Decay = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))

/** A plan's null is an option left out. */
export const given = <A>(value: A | null): A | undefined => value ?? undefined
