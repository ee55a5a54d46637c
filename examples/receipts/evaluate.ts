/** Evaluates a checkpoint on the pictures that it was not trained on. */
import { Artifact } from "anneal/Artifact"
import * as StageCheckpoints from "anneal/layers/cache/StageCheckpoints"
import * as Stage from "anneal/Stage"
import * as Trainer from "anneal/Trainer"
import * as Weights from "anneal/Weights"
import { Workspace } from "anneal/Workspace"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Detector from "./Detector.ts"

export const evaluate = Stage.make("evaluate", {
  version: 1,
  input: { data: Artifact, checkpoint: Artifact },
  parameters: { longSide: Schema.Int },
  output: Schema.Record(Schema.String, Schema.Finite),
  run: Effect.fn("evaluate")(function* ({ data, checkpoint }, { longSide }) {
    const { locate } = yield* Workspace
    const options = { seed: 0, longSide, crop: longSide, batchSize: 1 }
    const { val } = yield* Detector.open(yield* locate(data), options)
    const weights = yield* Weights.load(Detector.model, yield* locate(checkpoint))
    const events = Trainer.evaluate(Detector.task, val, weights, {
      kind: "test",
      prefetch: 1,
      epoch: 0,
      step: 0
    })
    const metrics = yield* Stream.runFold(
      events,
      () => ({}),
      (before, event) => (event._tag === "EvaluationEnded" ? event.metrics : before)
    )
    return metrics
  })
}).pipe(Stage.provide(StageCheckpoints.layer))
