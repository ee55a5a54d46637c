/**
 * A typed step of a pipeline: its inputs, its output, and the effect in between.
 *
 * A stage is a function from inputs to a `Pipeline`. Calling it declares the step; nothing runs.
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Layer from "effect/Layer"
import * as Pipeable from "effect/Pipeable"
import * as Schema from "effect/Schema"
import type { Pipeline } from "./PipelineNode.ts"
import type { Limit } from "./PipelineSession.ts"
import { StageRefused } from "./StageError.ts"
import * as StageModule from "./StageModule.ts"
import * as StageNode from "./StageNode.ts"
import type { Body, Required } from "./StageRun.ts"

/** Schemas by name, which need no services to encode and decode. */
export interface Fields {
  readonly [name: PropertyKey]: Schema.Constraint & {
    readonly DecodingServices: never
    readonly EncodingServices: never
  }
}

/** The inputs of a call: for each a value, or a pipeline that makes it. */
export type Inputs<In> = { readonly [K in keyof In]: In[K] | Pipeline<In[K], unknown, unknown> }

/** Errors of the pipelines among the inputs. */
export type ErrorsOf<I> = {
  [K in keyof I]: I[K] extends Pipeline<unknown, infer E, unknown> ? E : never
}[keyof I]

/** Requirements of the pipelines among the inputs. */
export type RequirementsOf<I> = {
  [K in keyof I]: I[K] extends Pipeline<unknown, unknown, infer R> ? R : never
}[keyof I]

/** A type without values, for the message of the compiler. */
export interface NoSuchInput<K extends PropertyKey> {
  readonly noSuchInput: K
}

/** Parameters may be omitted if all of them have defaults. */
type Rest<P> = Record<never, never> extends P ? [parameters?: P] : [parameters: P]

/**
 * `In` are the inputs and `P` the parameters as the caller passes them, `Out` is the output, `E` are the errors and `R`
 * the requirements.
 */
export interface Stage<In, P, Out, E, R> extends Pipeable.Pipeable {
  <I extends Inputs<In>>(
    inputs: I & { readonly [K in Exclude<keyof I, keyof In>]: NoSuchInput<K> },
    ...parameters: Rest<P>
  ): Pipeline<Out, E | ErrorsOf<I>, Required<R> | RequirementsOf<I>>
  readonly body: Body<Out, E, R>
  /** Schema of `Out`, for stages that take it as an input. */
  readonly output: Schema.Codec<Out, unknown>
}

export interface Definition<I extends Fields, P extends Fields, Out, E, R> {
  /** Change it whenever the code changes the output: results of other versions are not used. */
  readonly version: number | string
  readonly input: I
  /** Values known before the run. The caller may omit one with `Schema.withConstructorDefault`. */
  readonly parameters: P
  readonly output: Schema.Codec<Out, unknown>
  /**
   * Runs at least once: if the process dies before the result is recorded, it runs again with the same `Workspace`. The
   * output must depend on nothing but the inputs and parameters.
   */
  readonly run: (input: Schema.Struct.Type<I>, parameters: Schema.Struct.Type<P>) => Effect.Effect<Out, E, R>
}

const refused = (stage: string, part: StageRefused["part"]) =>
  Effect.mapError(
    (error: { readonly message: string }) =>
      new StageRefused({
        stage,
        part,
        problem: `does not fit its Schema: ${error.message}`,
        cure: "Pass a value that fits the Schema, or change the Schema"
      })
  )

/** The constructor of a struct, for values whose type is not known. */
interface Constructor {
  makeEffect(
    input: unknown,
    options: Schema.MakeOptions
  ): Effect.Effect<unknown, ConstructorParameters<typeof Schema.SchemaError>[0]>
}

/** Node does not check types: without this, a misspelt parameter with a default would be ignored. */
const strictly: Schema.MakeOptions = { parseOptions: { onExcessProperty: "error", errors: "all" } }

const encodeField = (field: Fields[string] | undefined) =>
  Schema.encodeUnknownEffect(Schema.toCodecJson(field ?? Schema.Never))

const bodyOf = <I extends Fields, P extends Fields, Out, E, R>(
  name: string,
  definition: Definition<I, P, Out, E, R>,
  module: string | undefined
): Body<Out, E, R> => {
  const fields = Schema.Struct(definition.parameters)
  const constructor: Constructor = fields
  const input = Schema.toCodecJson(Schema.Struct(definition.input))
  const parameters = Schema.toCodecJson(fields)
  const output = Schema.toCodecJson(definition.output)
  return {
    name,
    definition,
    version: definition.version,
    module,
    limits: [],
    encodeInput: (field, value) =>
      encodeField(definition.input[field])(value).pipe(refused(`${name}, ${field}`, "input")),
    encodeParameters: (given) =>
      constructor.makeEffect(given, strictly).pipe(
        Effect.mapError((issue) => new Schema.SchemaError(issue)),
        Effect.flatMap(Schema.encodeUnknownEffect(parameters)),
        refused(name, "parameters")
      ),
    encodeOutput: (value) => Schema.encodeUnknownEffect(output)(value).pipe(refused(name, "output")),
    decodeOutput: (json) => Schema.decodeUnknownEffect(output)(json).pipe(refused(name, "output")),
    prepare: (values, given) =>
      Effect.zipWith(
        Schema.decodeUnknownEffect(input)(values).pipe(refused(name, "input")),
        Schema.decodeUnknownEffect(parameters)(given).pipe(refused(name, "parameters")),
        (decoded, decodedParameters) => definition.run(decoded, decodedParameters)
      )
  }
}

const fromBody = <In, P, Out, E, R>(
  body: Body<Out, E, R>,
  output: Schema.Codec<Out, unknown>
): Stage<In, P, Out, E, R> => {
  const call = <I extends Inputs<In>>(inputs: I, ...[parameters]: Rest<P>) =>
    StageNode.make<Out, E, R, ErrorsOf<I>, RequirementsOf<I>>(body, inputs, parameters ?? {})
  return Object.assign(call, { body, output }, Pipeable.Prototype)
}

/** Declares a stage. Its name must be unique within a project, since results are kept under it. */
export const make = <const I extends Fields, const P extends Fields, Out, E, R>(
  name: string,
  definition: Definition<I, P, Out, E, R>
): Stage<Schema.Struct.Type<I>, Schema.Struct.MakeIn<P>, Out, E, R> =>
  fromBody(bodyOf(name, definition, StageModule.callerIn(new Error().stack)), definition.output)

/**
 * Applies a combinator to the effect of the stage: `Stage.through(Effect.retry({ times: 3 }))`,
 * `Stage.through(Effect.timeout("1 hour"))`. The type has the errors and requirements that it adds.
 */
export const through: {
  <Out, E, R, E2, R2>(
    f: (effect: Effect.Effect<Out, E, R>) => Effect.Effect<Out, E2, R2>
  ): <In, P>(stage: Stage<In, P, Out, E, R>) => Stage<In, P, Out, E2, R2>
  <In, P, Out, E, R, E2, R2>(
    stage: Stage<In, P, Out, E, R>,
    f: (effect: Effect.Effect<Out, E, R>) => Effect.Effect<Out, E2, R2>
  ): Stage<In, P, Out, E2, R2>
} = dual(
  2,
  <In, P, Out, E, R, E2, R2>(
    stage: Stage<In, P, Out, E, R>,
    f: (effect: Effect.Effect<Out, E, R>) => Effect.Effect<Out, E2, R2>
  ): Stage<In, P, Out, E2, R2> =>
    fromBody(
      {
        ...stage.body,
        prepare: (input, parameters) => Effect.map(stage.body.prepare(input, parameters), f)
      },
      stage.output
    )
)

/**
 * A part of a stage that is not repeated: once it has succeeded, a stage that is killed and begun again uses its result,
 * until the stage itself has finished. `name` identifies it within its stage. It is an `Activity` of Effect's workflow
 * engine, so everything else in `effect/workflow` works in a stage as well.
 *
 * ```ts
 * import * as Stage from "anneal/Stage"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const words = Effect.succeed(["total", "12.50"])
 * const kept = words.pipe(Stage.activity("page 1", Schema.Array(Schema.String)))
 * ```
 */
export const activity =
  <S extends Schema.Codec<unknown, unknown>>(name: string, success: S) =>
  <E, R>(effect: Effect.Effect<S["Type"], E, R>) =>
    Effect.flatMap(
      Effect.promise(() => import("./StageWorkflow.ts")),
      (workflow) => workflow.activity(name, success, effect)
    )

/** Provides a layer that opens whenever the stage runs and closes afterwards. It may require the `Workspace`. */
export const provide =
  <ROut, LE, RIn>(layer: Layer.Layer<ROut, LE, RIn>) =>
  <In, P, Out, E, R>(stage: Stage<In, P, Out, E, R>): Stage<In, P, Out, E | LE, Exclude<R, ROut> | RIn> =>
    through(stage, (effect) => Effect.provide(effect, layer))

/**
 * At most `permits` of the stages that are piped through the same limit run at once, whatever the concurrency of the
 * run: `const gpu = Stage.limit(1)`.
 */
export const limit = (permits: number) => {
  const limit: Limit = { permits }
  return <In, P, Out, E, R>(stage: Stage<In, P, Out, E, R>): Stage<In, P, Out, E, R> =>
    fromBody({ ...stage.body, limits: [...stage.body.limits, limit] }, stage.output)
}
