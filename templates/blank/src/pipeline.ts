// The training as a stage of a pipeline, which runs again only if a config, an override or its version changed.
//
//   npx anneal pipeline outline src/pipeline.ts
//   npx anneal pipeline run src/pipeline.ts
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Artifact } from "anneal/Artifact"
import * as Pipeline from "anneal/Pipeline"
import * as Run from "anneal/Run"
import * as Stage from "anneal/Stage"
import { Workspace } from "anneal/Workspace"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import declared from "./task.ts"

/** Raise the version if a change of the code changes what is learnt. Files that the task reads belong to the inputs. */
export const train = Stage.make("train", {
  version: 1,
  input: { configs: Artifact },
  parameters: { overrides: Schema.Array(Schema.String) },
  output: Artifact,
  run: Effect.fn("train")(function* (input, { overrides }) {
    const { keep, locate, path } = yield* Workspace
    const fs = yield* FileSystem.FileSystem
    const directory = `${path}/run`
    // The workspace survives a kill: the run that is in it goes on where it stopped.
    const resume = (yield* fs.exists(`${directory}/run.json`)) ? [`resume=${directory}`] : []
    const plan = yield* Run.compose(declared, "train", {
      configs: yield* locate(input.configs),
      overrides: [...overrides, ...resume]
    })
    const { best = directory, reason } = yield* Run.train(declared, plan, { directory })
    yield* Effect.log(reason)
    return yield* keep(best)
  })
})

export const project = train({ configs: Pipeline.source("configs") }, { overrides: ["seed=1"] }).pipe(
  Pipeline.provide(NodeServices.layer)
) satisfies Pipeline.Runnable
