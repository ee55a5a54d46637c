/** Finds the text on pictures and writes `predictions.json`, in the layout of annotations. */
import { writeFile } from "node:fs/promises"
import { Artifact } from "anneal/Artifact"
import * as StageCheckpoints from "anneal/layers/cache/StageCheckpoints"
import * as Stage from "anneal/Stage"
import * as Trainer from "anneal/Trainer"
import * as AnnotationText from "anneal/tasks/textDetection/AnnotationText"
import * as Batch from "anneal/tasks/textDetection/Batch"
import * as PictureFolder from "anneal/tasks/textDetection/PictureFolder"
import * as Predictions from "anneal/tasks/textDetection/Predictions"
import type { ImageResult } from "anneal/tasks/textDetection/TextDetection"
import * as Weights from "anneal/Weights"
import { Workspace } from "anneal/Workspace"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Detector from "./Detector.ts"

export const predict = Stage.make("predict", {
  version: 1,
  input: { pictures: Artifact, detector: Artifact },
  parameters: { longSide: Schema.Int },
  output: Artifact,
  run: Effect.fn("predict")(function* ({ pictures, detector }, { longSide }) {
    const { locate, keep, path } = yield* Workspace
    const source = yield* PictureFolder.open(`${yield* locate(pictures)}/images`)
    const dataset = Batch.evaluationDataset({
      source,
      longSide,
      batchSize: 1,
      multiple: Detector.model.multiple
    })
    const weights = yield* Weights.load(Detector.model, yield* locate(detector))
    const results = yield* Trainer.predict(Detector.task, dataset, weights, { prefetch: 1 }).pipe(
      Stream.runFold(
        (): ReadonlyArray<ImageResult> => [],
        (all, event) => (event._tag === "EvaluationBatchEnded" ? [...all, ...event.outputs.images] : all)
      )
    )
    const text = AnnotationText.encode(Predictions.toAnnotations(results))
    yield* Effect.promise(() => writeFile(`${path}/predictions.json`, text))
    return yield* keep("predictions.json")
  })
}).pipe(Stage.provide(StageCheckpoints.layer))
