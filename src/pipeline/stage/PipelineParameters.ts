/**
 * A pipeline with parameters that somebody gives from outside, such as `epochs=3` on the command line: a function from
 * their values to a pipeline, and the Schema that decodes them.
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Pipeline } from "./PipelineNode.ts"

/** The Schema of parameters: a struct, which needs no services. */
export interface ParametersSchema extends Schema.Codec<unknown, unknown> {
  readonly fields: { readonly [name: string]: Schema.Codec<unknown, unknown> }
}

const TypeId = "~anneal/PipelineParameters"

/** A pipeline with parameters, whatever their type. */
export interface Parametrized<out A, out E = never, out R = never> {
  readonly [TypeId]: typeof TypeId
  readonly parameters: ParametersSchema
  /** The pipeline of the parameters that `decode` makes with their Schema. */
  readonly decoded: <E2>(
    decode: <S extends ParametersSchema>(schema: S) => Effect.Effect<S["Type"], E2>
  ) => Effect.Effect<Pipeline<A, E, R>, E2>
}

/** The same, called with parameters of type `P` in code. */
export interface FromParameters<in P, out A, out E = never, out R = never> extends Parametrized<A, E, R> {
  (parameters: P): Pipeline<A, E, R>
}

export const isParametrized = <E, R>(value: unknown): value is Parametrized<unknown, E, R> =>
  typeof value === "function" && TypeId in value

/**
 * A pipeline that takes parameters: `anneal pipeline run pipeline.ts epochs=3` decodes them with the Schema, and in code
 * the result is called with them. A key of the Schema with `Schema.withDecodingDefaultKey` may be left out on the command
 * line.
 *
 * ```ts
 * import * as Pipeline from "anneal/Pipeline"
 * import * as Stage from "anneal/Stage"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const train = Stage.make("train", {
 *   version: 1,
 *   input: {},
 *   parameters: { epochs: Schema.Int },
 *   output: Schema.Finite,
 *   run: (_, { epochs }) => Effect.succeed(1 / epochs)
 * })
 *
 * const epochs = Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(10)))
 * const project = Pipeline.fromParameters(Schema.Struct({ epochs }), (given) => train({}, given))
 * const long = project({ epochs: 100 })
 * ```
 */
export const fromParameters = <S extends ParametersSchema, A, E, R>(
  parameters: S,
  make: (parameters: S["Type"]) => Pipeline<A, E, R>
): FromParameters<S["Type"], A, E, R> =>
  Object.assign((given: S["Type"]) => make(given), {
    [TypeId]: TypeId,
    parameters,
    decoded: <E2>(
      decode: <Of extends ParametersSchema>(schema: Of) => Effect.Effect<Of["Type"], E2>
    ): Effect.Effect<Pipeline<A, E, R>, E2> => Effect.map(decode(parameters), make)
  } as const)
