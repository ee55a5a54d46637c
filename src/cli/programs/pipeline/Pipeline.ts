/** The programs of `anneal pipeline show|outline|run`. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CacheDirectory from "../../../layers/cache/CacheDirectory.ts"
import * as Git from "../../../layers/run/Git.ts"
import * as Graph from "../../../pipeline/graph/Graph.ts"
import * as GraphMermaid from "../../../pipeline/graph/Mermaid.ts"
import * as GraphSvg from "../../../pipeline/graph/Svg.ts"
import * as GraphTree from "../../../pipeline/graph/Tree.ts"
import * as Artifact from "../../../pipeline/stage/Artifact.ts"
import * as Pipeline from "../../../pipeline/stage/Pipeline.ts"
import type { PipelineEvent } from "../../../pipeline/stage/PipelineEvent.ts"
import * as PipelineOutline from "../../../pipeline/stage/PipelineOutline.ts"
import { StageCache } from "../../../pipeline/stage/StageCache.ts"
import * as StageReason from "../../../pipeline/stage/StageReason.ts"
import * as Host from "../../Host.ts"
import * as TerminalScreen from "../../terminal/Screen.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"
import * as CodeChanges from "./CodeChanges.ts"
import * as PipelineModule from "./Module.ts"

export type Format = "tree" | "mermaid" | "svg"

export interface Drawing {
  readonly format: Format
  /** The file to write to; absent: it is printed. */
  readonly out: Option.Option<string>
}

export interface Chosen {
  readonly file: string
  readonly export: Option.Option<string>
  /** `key=value` for the parameters of the pipeline. */
  readonly parameters: ReadonlyArray<string>
}

const texts: Record<Format, (graph: Graph.Graph) => string> = {
  tree: (graph) => `${GraphTree.lines(graph).join("\n")}\n`,
  mermaid: GraphMermaid.text,
  svg: GraphSvg.text
}

/** Prints the drawing, or writes it to a file. */
export const draw = Effect.fnUntraced(function* (graph: Graph.Graph, { format, out }: Drawing) {
  const text = texts[format](graph)
  if (Option.isNone(out)) return yield* StandardOutput.text(text.trimEnd())
  const fs = yield* FileSystem.FileSystem
  yield* fs.writeFileString(out.value, text)
})

const loaded = Effect.fnUntraced(function* (chosen: Chosen) {
  const found = yield* PipelineModule.load(chosen.file, Option.getOrUndefined(chosen.export))
  const isPlain = !Pipeline.isParametrized<unknown, never>(found)
  if (isPlain && chosen.parameters.length === 0) return { pipeline: found, values: [] }
  // Only now, since it takes time.
  const Parameters = yield* Effect.promise(() => import("./Parameters.ts"))
  return yield* Parameters.given(found, chosen.parameters)
})

/** Draws the stages; beneath the tree, the parameters as the command line gives them. */
export const show = Effect.fn("pipeline.show")(function* (input: Chosen & Drawing) {
  const { pipeline, values } = yield* loaded(input)
  yield* draw(Graph.fromShape(pipeline.shape), input)
  if (values.length === 0 || input.format !== "tree" || Option.isSome(input.out)) return
  yield* StandardOutput.text(["", "parameters", ...values.map((one) => `  ${one}`)].join("\n"))
}, Effect.scoped)

const summary = (outline: Pipeline.PipelineOutline): string => {
  const due = PipelineOutline.toRun(outline).length
  return due === 0
    ? `nothing to do: all ${outline.stages.length} stages are in the cache`
    : `${due} of ${outline.stages.length} stages would run`
}

export const outline = Effect.fn("pipeline.outline")(function* (
  input: Chosen & Drawing & { readonly cache: string }
) {
  const { pipeline } = yield* loaded(input)
  const found = yield* Pipeline.outline(pipeline).pipe(Effect.provide(CacheDirectory.layerAt(input.cache)))
  yield* draw(Graph.fromShape(found.shape), input)
  if (input.format === "tree") yield* StandardOutput.text(summary(found))
  yield* CodeChanges.warn(found.stages)
}, Effect.scoped)

const padded = (word: string): Text.Piece => Text.dim(word.padEnd(7))

const lineOf = (event: PipelineEvent): Text.Line => {
  switch (event._tag) {
    case "StageStarted":
      return [
        padded("run"),
        Text.bold(event.stage),
        Text.plain(`  ${event.reasons.map(StageReason.text).join("; ")}`)
      ]
    case "StageCached":
      return [padded("cached"), Text.plain(event.stage)]
    case "StageEnded":
      return [padded("done"), Text.bold(event.stage), Text.plain(`  ${Text.duration(event.seconds)}`)]
    case "StageFailed":
      return [padded(event.interrupted ? "stop" : "failed"), Text.bold(event.stage)]
  }
}

const warning = (sentence: string): Text.Line => [{ text: "warning: ", style: "warn" }, Text.plain(sentence)]

/** Versions, and the commit of the working folder. */
const environment = Effect.map(Git.stateOf(process.cwd()), (git): { readonly [name: string]: string } => ({
  ...Host.versions,
  ...(git === null ? {} : { git: `${git.commit}${git.dirty ? " and changes" : ""}` })
}))

const encoded = (value: unknown): string | undefined => JSON.stringify(value)

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** Prints where the files and folders are that a pipeline made. */
const printPlaces = Effect.fnUntraced(function* (json: string) {
  const screen = yield* TerminalScreen.TerminalScreen
  const { locate } = yield* StageCache
  for (const artifact of Option.match(decodeJson(json), { onNone: () => [], onSome: Artifact.within })) {
    const path = Text.path(yield* locate(artifact), process.cwd())
    yield* screen.print([[padded(artifact.kind), Text.bold(artifact.name), Text.plain(`  ${path}`)]])
  }
})

export const run = Effect.fn("pipeline.run")(
  function* (input: Chosen & { readonly cache: string; readonly concurrency: number }) {
    const { pipeline } = yield* loaded(input)
    const screen = yield* TerminalScreen.TerminalScreen
    const context = yield* Effect.context<Effect.Services<typeof environment>>()
    const cached: Array<CodeChanges.Cached> = []
    let ran = 0
    yield* Effect.gen(function* () {
      const value = yield* Pipeline.run(pipeline, {
        concurrency: input.concurrency,
        environment: Effect.provide(environment, context),
        onEvent: (event) => {
          if (event._tag === "StageStarted") ran += 1
          if (event._tag === "StageCached") cached.push(event)
          return screen.print([lineOf(event)])
        }
      })
      if (ran === 0) yield* screen.print([[Text.plain("nothing to do: everything is in the cache")]])
      yield* screen.print(CodeChanges.sentences(cached).map(warning))
      const json = encoded(value)
      if (json === undefined) return
      yield* printPlaces(json)
      // Standard output is for scripts.
      yield* StandardOutput.text(json)
    }).pipe(Effect.provide(CacheDirectory.layerAt(input.cache)))
  },
  (effect) => Effect.scoped(Effect.provide(effect, Layer.fresh(TerminalScreen.layer)))
)
