/** What can go wrong when interpolations are resolved, each with the key and the place of the `${…}`. */
import type * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import { describe, Place } from "../node/Source.ts"

/** What every failure reports. */
interface Facts {
  /** The full key whose value contains the interpolation. */
  readonly key: string
  /** The value as written. */
  readonly expression: string
  readonly place: Place
  /** What is wrong, without the final full stop. */
  readonly problem: string
}

const fields = { key: Schema.String, expression: Schema.String, place: Place, problem: Schema.String }

interface Failure<Tag extends string> extends Facts, Cause.YieldableError {
  readonly _tag: Tag
}

/** Named, since a declaration file cannot name the class below. */
type FailureClass<Tag extends string> = Schema.Codec<Failure<Tag>, unknown> &
  (new (
    facts: Facts
  ) => Failure<Tag>)

/** The error class of one kind of failure. */
const failure = <const Tag extends string>(tag: Tag): FailureClass<Tag> =>
  class extends Schema.TaggedError<Failure<Tag>>()(tag, fields) {
    override get message() {
      const { key, expression, place, problem } = this
      return `${describe(place)}: ${key === "" ? "" : `${key}: `}${expression}: ${problem}.`
    }
  }

const kinds = {
  /** The text is not in the grammar of interpolations. */
  syntax: failure("InterpolationSyntax"),
  /** An interpolation names a key that does not exist. */
  key: failure("InterpolationKeyMissing"),
  /** An interpolation names a value that is still `???`. */
  missing: failure("InterpolationToMissing"),
  /** Interpolations refer to each other in a cycle, which `problem` names. */
  cycle: failure("InterpolationCycle"),
  /** A resolver failed, or an interpolation goes through a value that has no keys. */
  failed: failure("InterpolationFailed"),
  /** `${name:…}` names a resolver that does not exist. */
  resolver: failure("ResolverUnknown"),
  /** An interpolation's value does not fit the type of its field. */
  invalid: failure("InterpolationInvalid"),
  /** Interpolations copy more values than a configuration may have. */
  large: failure("InterpolationTooLarge")
} as const

export type Kind = keyof typeof kinds

const InterpolationError = Schema.Union([
  kinds.syntax,
  kinds.key,
  kinds.missing,
  kinds.cycle,
  kinds.failed,
  kinds.resolver,
  kinds.invalid,
  kinds.large
])
export type InterpolationError = typeof InterpolationError.Type

export const make = (kind: Kind, facts: Facts): InterpolationError => new kinds[kind](facts)

/** All interpolations of a configuration that have no value. */
export class InterpolationsInvalid extends Schema.TaggedError<InterpolationsInvalid>()(
  "InterpolationsInvalid",
  { errors: Schema.Array(InterpolationError) }
) {
  override get message() {
    return this.errors.map((error) => error.message).join("\n")
  }
}
