/** The programs of `anneal pipeline verify|prune|move|lineage`. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as CacheCare from "../../../layers/cache/CacheCare.ts"
import * as CacheDirectory from "../../../layers/cache/CacheDirectory.ts"
import * as CachePrune from "../../../layers/cache/CachePrune.ts"
import * as Bytes from "../../../layers/internal/Bytes.ts"
import * as Lineage from "../../../pipeline/graph/Lineage.ts"
import { CacheError } from "../../../pipeline/stage/Artifact.ts"
import { StageCache } from "../../../pipeline/stage/StageCache.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"
import { ModuleRefused } from "../module/UserModule.ts"
import * as RunLineage from "../runs/Lineage.ts"
import * as Pipeline from "./Pipeline.ts"

export const verify = Effect.fn("pipeline.verify")(function* (cache: string) {
  const { whole, bytes, damaged, missing } = yield* CacheCare.verify(cache)
  yield* StandardOutput.text(
    [
      `${Text.count(whole, "file or folder", "files and folders")} intact, ${Bytes.sized(bytes)}`,
      ...damaged.map((name) => `damaged and set aside: ${name}`),
      ...missing.map((name) => `missing: ${name}`)
    ].join("\n")
  )
  if (damaged.length + missing.length === 0) return
  return yield* new CacheError({
    path: cache,
    problem: `${damaged.length} files or folders are damaged, and ${missing.length} are missing`,
    cure: "Run the pipeline again: it makes them anew"
  })
})

export interface PruneInput {
  readonly cache: string
  readonly keepLast: Option.Option<number>
  readonly olderThanDays: Option.Option<number>
  readonly unfinished: boolean
  readonly yes: boolean
}

export const prune = Effect.fn("pipeline.prune")(function* (input: PruneInput) {
  const { forgotten, kept, removed, bytes } = yield* CachePrune.prune(input.cache, {
    keepLast: Option.getOrUndefined(input.keepLast),
    olderThan: Option.getOrUndefined(Option.map(input.olderThanDays, Duration.days)),
    unfinished: input.unfinished,
    dryRun: !input.yes
  })
  const would = input.yes ? "" : "would be "
  const listed = input.yes ? [] : removed.map((name) => `  ${name}`)
  yield* StandardOutput.text(
    [
      `${Text.count(forgotten, "result")} ${would}removed and ${kept} kept; ${Text.count(removed.length, "file or folder", "files and folders")}, ${Bytes.sized(bytes)}, ${would}removed`,
      ...listed
    ].join("\n")
  )
  if (!input.yes && forgotten + removed.length > 0) yield* StandardOutput.note("Add --yes to remove them.")
})

export const move = Effect.fn("pipeline.move")(function* (from: string, to: string) {
  yield* CacheCare.move(from, to)
  yield* StandardOutput.text(`the cache is now at ${to}`)
})

/** The digest of a file or folder; what is neither is a digest already. */
const digestOf = Effect.fnUntraced(function* (artifact: string) {
  const fs = yield* FileSystem.FileSystem
  const isPath = yield* fs.exists(artifact)
  return isPath ? (yield* StageCache.use(({ source }) => source(artifact))).digest : artifact
})

/** Draws the lineage of what a pipeline made, or of a file in a run directory. */
export const lineage = Effect.fn("pipeline.lineage")(function* (
  input: Pipeline.Drawing & { readonly artifact: string; readonly cache: string }
) {
  const fs = yield* FileSystem.FileSystem
  const isPath = yield* fs.exists(input.artifact)
  const run = isPath ? yield* RunLineage.directoryOf(input.artifact) : undefined
  if (run !== undefined) return yield* Pipeline.draw(yield* RunLineage.graph(input.artifact, run), input)
  const found = yield* Effect.flatMap(digestOf(input.artifact), Lineage.of).pipe(
    Effect.provide(CacheDirectory.layerAt(input.cache))
  )
  if (found === undefined) {
    return yield* new ModuleRefused({
      path: input.artifact,
      problem: `no stage in the cache ${input.cache} made it, and it is not in a run directory`,
      cure: "Name a file of a run, such as a checkpoint, a file or folder that a pipeline made, or the beginning of its digest"
    })
  }
  yield* Pipeline.draw(Lineage.graph(found), input)
})
