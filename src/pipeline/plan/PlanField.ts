/** Fields of plans: required, or with a default; each with a sentence for people and editors. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** A field without a default. */
export const required = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.annotateKey<S>({ description })(schema)

/** A field whose default is `value`, as a plan writes it. */
export const field = <S extends Schema.Top>(schema: S, value: S["Encoded"], description: string) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value))).annotateKey({ description })

/** An option as the trainer takes it, which is undefined if the plan has null. */
export const given = <A>(value: A | null): A | undefined => value ?? undefined

/** A regular expression, as text. */
export const pattern = Schema.String.check(
  Schema.makeFilter<string>((text) => Result.isSuccess(Result.try(() => new RegExp(text))), {
    expected: "a regular expression"
  })
)
