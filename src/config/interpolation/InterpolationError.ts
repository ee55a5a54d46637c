/** What can go wrong when interpolations are resolved, each with the key and the place where the `${…}` stands. */
import * as Schema from "effect/Schema"
import { describe, Place } from "../node/Source.ts"

const fields = {
  /** The full key whose value holds the interpolation. */
  key: Schema.String,
  /** The value as written. */
  expression: Schema.String,
  place: Place,
  problem: Schema.String
}

const sentence = (error: {
  readonly key: string
  readonly expression: string
  readonly place: Place
  readonly problem: string
}) =>
  `${describe(error.place)}: ${error.key === "" ? "" : `${error.key}: `}${error.expression}: ${error.problem}.`

/** The text is not in the grammar of interpolations. */
export class InterpolationSyntax extends Schema.TaggedError<InterpolationSyntax>()(
  "InterpolationSyntax",
  fields
) {
  override get message() {
    return sentence(this)
  }
}

/** An interpolation names a key that does not exist. */
export class InterpolationKeyMissing extends Schema.TaggedError<InterpolationKeyMissing>()(
  "InterpolationKeyMissing",
  fields
) {
  override get message() {
    return sentence(this)
  }
}

/** An interpolation names a value that is still `???`. */
export class InterpolationToMissing extends Schema.TaggedError<InterpolationToMissing>()(
  "InterpolationToMissing",
  fields
) {
  override get message() {
    return sentence(this)
  }
}

/** Interpolations refer to each other in a circle, which `problem` names. */
export class InterpolationCycle extends Schema.TaggedError<InterpolationCycle>()(
  "InterpolationCycle",
  fields
) {
  override get message() {
    return sentence(this)
  }
}

/** A resolver failed, or an interpolation goes through a value that has no keys. */
export class InterpolationFailed extends Schema.TaggedError<InterpolationFailed>()(
  "InterpolationFailed",
  fields
) {
  override get message() {
    return sentence(this)
  }
}

/** `${name:…}` names a resolver that does not exist. */
export class ResolverUnknown extends Schema.TaggedError<ResolverUnknown>()("ResolverUnknown", fields) {
  override get message() {
    return sentence(this)
  }
}

/** An interpolation's value does not fit the type of the field it stands in. */
export class InterpolationInvalid extends Schema.TaggedError<InterpolationInvalid>()(
  "InterpolationInvalid",
  fields
) {
  override get message() {
    return sentence(this)
  }
}

/** The values that interpolations copy are more than a configuration may hold. */
export class InterpolationTooLarge extends Schema.TaggedError<InterpolationTooLarge>()(
  "InterpolationTooLarge",
  fields
) {
  override get message() {
    return sentence(this)
  }
}

const kinds = {
  syntax: InterpolationSyntax,
  key: InterpolationKeyMissing,
  missing: InterpolationToMissing,
  cycle: InterpolationCycle,
  failed: InterpolationFailed,
  resolver: ResolverUnknown,
  invalid: InterpolationInvalid,
  large: InterpolationTooLarge
} as const

export type Kind = keyof typeof kinds

export type InterpolationError =
  | InterpolationSyntax
  | InterpolationKeyMissing
  | InterpolationToMissing
  | InterpolationCycle
  | InterpolationFailed
  | ResolverUnknown
  | InterpolationInvalid
  | InterpolationTooLarge

export const make = (
  kind: Kind,
  facts: {
    readonly key: string
    readonly expression: string
    readonly place: Place
    readonly problem: string
  }
): InterpolationError => new kinds[kind](facts)

/** All interpolations of a configuration that have no value. */
export class InterpolationsInvalid extends Schema.TaggedError<InterpolationsInvalid>()(
  "InterpolationsInvalid",
  {
    errors: Schema.Array(
      Schema.Union([
        InterpolationSyntax,
        InterpolationKeyMissing,
        InterpolationToMissing,
        InterpolationCycle,
        InterpolationFailed,
        ResolverUnknown,
        InterpolationInvalid,
        InterpolationTooLarge
      ])
    )
  }
) {
  override get message() {
    return this.errors.map((error) => error.message).join("\n")
  }
}
