/** A pipeline from the user's own module: its default export, or the one that has its name. */
import * as Effect from "effect/Effect"
import * as Pipeline from "../../../pipeline/stage/Pipeline.ts"
import * as UserModule from "../module/UserModule.ts"

const example =
  "Export one: `export const project = report.pipe(Pipeline.provide(layers)) satisfies Pipeline.Runnable`"

const isRunnable = (value: unknown): value is Pipeline.Runnable =>
  Pipeline.isPipeline<unknown, never>(value) || Pipeline.isParametrized<unknown, never>(value)

const pipelinesIn = (exports: ReadonlyMap<string, unknown>): ReadonlyMap<string, Pipeline.Runnable> =>
  new Map([...exports].flatMap(([name, value]) => (isRunnable(value) ? [[name, value] as const] : [])))

/** The default export, or else the only pipeline that the module exports. */
const chosen = (pipelines: ReadonlyMap<string, Pipeline.Runnable>, name: string | undefined) => {
  if (name !== undefined) return pipelines.get(name)
  return pipelines.get("default") ?? (pipelines.size === 1 ? [...pipelines.values()][0] : undefined)
}

/** Loads a module and returns its pipeline; its later imports are resolved while the scope is open. */
export const load = Effect.fn("PipelineModule.load")(function* (file: string, name: string | undefined) {
  const { path, exports } = yield* UserModule.load(file, "a pipeline")
  const pipelines = pipelinesIn(exports)
  const pipeline = chosen(pipelines, name)
  if (pipeline !== undefined) return pipeline
  if (pipelines.size === 0) {
    return yield* new UserModule.ModuleRefused({ path, problem: "it exports no pipeline", cure: example })
  }
  return yield* new UserModule.ModuleRefused({
    path,
    problem: name === undefined ? "it exports more than one pipeline" : `it exports no pipeline "${name}"`,
    cure: `Name one with --export: ${[...pipelines.keys()].join(", ")}`
  })
})
