/** The parameters of a pipeline, `key=value` on the command line, as a run has its configuration. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Config from "../../../config/Config.ts"
import * as SchemaDefaults from "../../../config/decode/SchemaDefaults.ts"
import * as SchemaKeys from "../../../config/decode/SchemaKeys.ts"
import * as Completion from "../../../config/inspect/Completion.ts"
import type { ParametersSchema, Runnable } from "../../../pipeline/stage/Pipeline.ts"
import * as Pipeline from "../../../pipeline/stage/Pipeline.ts"
import { CommandRefused } from "../../Failure.ts"

/** Everything but the overrides; there are no config files beneath them. */
const options = Effect.fnUntraced(function* (schema: ParametersSchema) {
  const options: Omit<Config.ComposeOptions, "overrides"> = {
    searchPath: [],
    configName: undefined,
    base: SchemaDefaults.of(schema.fields),
    mode: "values",
    runtime: {
      cwd: process.cwd(),
      now: DateTime.toDateUtc(yield* DateTime.now),
      env: process.env,
      jobName: "pipeline"
    }
  }
  return options
})

const refused = Effect.mapError(
  (error: { readonly message: string }) => new CommandRefused({ problem: error.message })
)

/** `data.size=10` for each value of a tree. */
const leaves = (value: unknown, key = ""): ReadonlyArray<string> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, part]) => leaves(part, key === "" ? name : `${key}.${name}`))
    : [`${key}=${typeof value === "string" ? value : JSON.stringify(value)}`]

/** A pipeline with the values that its parameters have. */
export interface Parameters {
  readonly pipeline: Exclude<Runnable, Pipeline.Parametrized<unknown, unknown>>
  /** `epochs=3`, in the order of the Schema; empty if there are no parameters. */
  readonly values: ReadonlyArray<string>
}

/** The pipeline of a module with its parameters, which `overrides` change. */
export const given = Effect.fn("pipeline.parameters")(function* (
  found: Runnable,
  overrides: ReadonlyArray<string>
) {
  if (!Pipeline.isParametrized<unknown, never>(found)) {
    const [first] = overrides
    const taken: Parameters = { pipeline: found, values: [] }
    if (first === undefined) return taken
    return yield* new CommandRefused({
      problem: `${first}: this pipeline has no parameters. Export one that has them: Pipeline.fromParameters(Schema.Struct({ … }), (parameters) => …), docs/pipelines.md`
    })
  }
  const beneath = yield* options(found.parameters)
  const composed = yield* Config.compose({ ...beneath, overrides }).pipe(refused)
  const pipeline = yield* found.decoded((schema) => refused(Config.decode(schema, composed)))
  const taken: Parameters = { pipeline, values: leaves(yield* refused(Config.resolve(composed))) }
  return taken
})

/** What `word` may become after the parameters `before`: keys, and after `key=` the values that can be listed. */
export const candidates = Effect.fnUntraced(function* (
  found: Runnable,
  before: ReadonlyArray<string>,
  word: string
) {
  if (!Pipeline.isParametrized<unknown, never>(found)) return []
  const { ast } = found.parameters
  const keys = yield* Completion.candidates(
    { multirun: false, before, word },
    yield* options(found.parameters)
  )
  const [, key] = /^([\w.]+)=/.exec(word) ?? []
  const values = key === undefined ? [] : SchemaKeys.valuesAt(ast, key.split("."))
  // Without a default there is nothing after the `=` yet, and the values say more.
  const own = keys.filter((one) => !one.startsWith("hydra") && (values.length === 0 || one !== word))
  return [...new Set([...own, ...values.map((value) => `${key}=${value}`)])]
})
