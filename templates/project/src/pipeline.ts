// The training as a stage of a pipeline, which runs again only if a parameter, its version or its input changed.
//
//   npx anneal pipeline outline src/pipeline.ts
//   npx anneal pipeline run src/pipeline.ts
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Artifact } from "anneal/Artifact"
import * as StageCheckpoints from "anneal/layers/cache/StageCheckpoints"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as Pipeline from "anneal/Pipeline"
import * as Stage from "anneal/Stage"
import { Workspace } from "anneal/Workspace"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Classifier from "./classifier.ts"
import * as Points from "./points.ts"
import { program, reason } from "./program.ts"

/** Raise the version if a change of the code changes what is learnt. */
export const train = Stage.make("train", {
  version: 1,
  input: {},
  parameters: { seed: Schema.Int, batches: Schema.Int, batchSize: Schema.Int },
  output: Artifact,
  run: Effect.fn("train")(function* (_, parameters) {
    const { keep } = yield* Workspace
    const data = {
      train: Points.dataset(parameters),
      val: Points.dataset({ ...parameters, seed: parameters.seed + 1, batches: 10 })
    }
    yield* Effect.log(yield* reason(program(Classifier.task, data, yield* StageCheckpoints.resume)))
    return yield* keep("checkpoints/last")
  })
}).pipe(Stage.provide(StageCheckpoints.layer))

export const project = train({}, { seed: 1, batches: 40, batchSize: 32 }).pipe(
  Pipeline.provide(Layer.merge(AutoDevice.layer, NodeServices.layer))
) satisfies Pipeline.Runnable
