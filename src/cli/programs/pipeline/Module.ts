/** A pipeline from a person's own module: its default export, or the one that has its name. */
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

/** What was thrown, without the lines of its stack that are Node's or the bundle's own. */
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
        cure: "\nMend it, and see that it runs: npx node <file>"
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

/** Loads a module and takes its pipeline; what that imports later is found as long as the scope is open. */
export const load = Effect.fn("PipelineModule.load")(function* (file: string, name: string | undefined) {
  const fs = yield* FileSystem.FileSystem
  const path = resolve(file)
  const isFile = (yield* fs.exists(path)) && (yield* fs.stat(path)).type === "File"
  if (!isFile || !/\.[cm]?[jt]s$/.test(path)) {
    return yield* new PipelineModuleRefused({
      path,
      problem: isFile ? "it is no module" : "no such file",
      cure: "Name a TypeScript or JavaScript module that exports a pipeline"
    })
  }
  yield* SharedModules.open
  const pipelines = pipelinesIn(yield* imported(path))
  const pipeline = chosen(pipelines, name)
  if (pipeline !== undefined) return pipeline
  const names = [...pipelines.keys()].join(", ")
  return yield* new PipelineModuleRefused({
    path,
    problem:
      name === undefined ? "it is not clear which pipeline is meant" : `it exports no pipeline "${name}"`,
    cure: names === "" ? `It exports none. ${example}` : `Name one with --export: ${names}`
  })
})
