/** Loads a pipeline from a user's module: the default export, or the one that was named. */
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { PathError } from "../../../internal/PathError.ts"
import * as Pipeline from "../../../pipeline/stage/Pipeline.ts"
import * as SharedModules from "./SharedModules.ts"

/** The module cannot be loaded, or has no such pipeline. */
export class PipelineModuleRefused extends PathError.extend<PipelineModuleRefused>("PipelineModuleRefused")({
  _tag: Schema.tag("PipelineModuleRefused")
}) {}

const example =
  "Export one: `export const project = report.pipe(Pipeline.provide(layers)) satisfies Pipeline.Runnable`"

/** What was thrown, without the lines of its stack that belong to Node or to the bundle. */
const sentenceOf = (cause: unknown): string =>
  (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
    .split("\n")
    .filter((line) => !/^\s+at .*(node:|\/dist\/pipeline\/|^\s+at nextStep )/.test(line))
    .join("\n")

const imported = (path: string) =>
  Effect.tryPromise({
    try: (): Promise<object> => import(pathToFileURL(path).href),
    catch: (cause) =>
      new PipelineModuleRefused({
        path,
        problem: `the module cannot be loaded: ${sentenceOf(cause)}`,
        cure: "\nFix the module until it loads: npx node <file>"
      })
  })

const pipelinesIn = (module: object): ReadonlyMap<string, Pipeline.Runnable> =>
  new Map(
    Object.entries(module).flatMap(([name, value]) =>
      Pipeline.isPipeline<unknown, never>(value) ? [[name, value] as const] : []
    )
  )

/** The default export, or else the only pipeline that the module exports. */
const chosen = (pipelines: ReadonlyMap<string, Pipeline.Runnable>, name: string | undefined) => {
  if (name !== undefined) return pipelines.get(name)
  return pipelines.get("default") ?? (pipelines.size === 1 ? [...pipelines.values()][0] : undefined)
}

/** Loads a module and returns its pipeline; its later imports are resolved while the scope is open. */
export const load = Effect.fn("PipelineModule.load")(function* (file: string, name: string | undefined) {
  const fs = yield* FileSystem.FileSystem
  const path = resolve(file)
  const isFile = (yield* fs.exists(path)) && (yield* fs.stat(path)).type === "File"
  if (!isFile || !/\.[cm]?[jt]s$/.test(path)) {
    return yield* new PipelineModuleRefused({
      path,
      problem: isFile ? "it is not a module" : "the file does not exist",
      cure: "Name a TypeScript or JavaScript module that exports a pipeline"
    })
  }
  yield* SharedModules.open
  const pipelines = pipelinesIn(yield* imported(path))
  const pipeline = chosen(pipelines, name)
  if (pipeline !== undefined) return pipeline
  if (pipelines.size === 0) {
    return yield* new PipelineModuleRefused({ path, problem: "it exports no pipeline", cure: example })
  }
  return yield* new PipelineModuleRefused({
    path,
    problem: name === undefined ? "it exports more than one pipeline" : `it exports no pipeline "${name}"`,
    cure: `Name one with --export: ${[...pipelines.keys()].join(", ")}`
  })
})
