/** What a vector file holds and what running a case of it yields. */
import { type Effect, Schema } from "effect"

/** A case's expected outcome: the value in tagged JSON, or the class of the error. Sections may have more fields. */
export const Expectation = Schema.Struct({
  ok: Schema.optionalKey(Schema.Unknown),
  error: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String)
})
export type Expectation = typeof Expectation.Type

/** The fields all cases share; the target is Hydra 1.3, so `expect13` wins where the versions differ. */
export const commonFields = {
  id: Schema.String,
  expect: Schema.optionalKey(Expectation),
  expect13: Schema.optionalKey(Expectation),
  non_hydra_error: Schema.optionalKey(Schema.Boolean)
}

export type Verdict =
  | { readonly _tag: "Pass" }
  | { readonly _tag: "Fail"; readonly expected: string; readonly actual: string }
  /** The case is outside what is promised (a Python application); it counts for nothing, and the reason is printed. */
  | { readonly _tag: "Excluded"; readonly reason: string }

export const pass: Verdict = { _tag: "Pass" }
export const fail = (expected: string, actual: string): Verdict => ({ _tag: "Fail", expected, actual })
export const excluded = (reason: string): Verdict => ({ _tag: "Excluded", reason })

/** What all cases of a file have in common. */
export interface Context {
  /** The folder of config trees that the cases name by relative paths. */
  readonly configs: string
  /** The environment variables the cases were recorded under; a value of `(unset)` means absent. */
  readonly env: ReadonlyMap<string, string>
  /** The YAML text that the `interp` expressions are evaluated in. */
  readonly interpolationBase: unknown
}

/** One section of the file: decodes a case and judges it. A failure or defect of the effect is a failed case. */
export interface Section<R = never> {
  readonly name: string
  readonly run: (vector: unknown, context: Context) => Effect.Effect<Verdict, unknown, R>
}
