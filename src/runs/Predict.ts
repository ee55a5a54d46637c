/** `anneal predict`: the regions of pictures, as JSON in the annotation layout, as CSV, and drawn over the pictures. */
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Event } from "../pipeline/Event.ts"
import type { Metrics } from "../pipeline/Metric.ts"
import * as PlanOptions from "../pipeline/PlanOptions.ts"
import { RunDirectory } from "../pipeline/RunDirectory.ts"
import * as RunWatch from "../pipeline/RunWatch.ts"
import * as Trainer from "../pipeline/Trainer.ts"
import * as AnnotationText from "../tasks/textDetection/AnnotationText.ts"
import * as Batch from "../tasks/textDetection/Batch.ts"
import * as PictureFolder from "../tasks/textDetection/PictureFolder.ts"
import * as Predictions from "../tasks/textDetection/Predictions.ts"
import type { DetectionResult, ImageResult } from "../tasks/textDetection/TextDetection.ts"
import * as Overlay from "./Overlay.ts"
import type { PredictPlan } from "./Plans.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunProfile from "./RunProfile.ts"
import * as TrainedDetector from "./TrainedDetector.ts"

export interface PredictOutcome {
  readonly directory: string
  readonly checkpoint: string
  readonly pictures: number
  readonly regions: number
  /** None: nobody knows the truth. */
  readonly metrics: Metrics
}

/** Draws one picture's predictions over it, at its own size. */
const overlay = Effect.fnUntraced(function* (
  plan: PredictPlan,
  folder: PictureFolder.PictureFolder,
  results: ReadonlyArray<ImageResult>
) {
  if (!plan.overlays) return
  for (const result of results) {
    const index = folder.paths.findIndex((path) => basename(path) === result.name)
    yield* Overlay.write(yield* folder.image(0, index), result.predictions, plan.include_confidence)
  }
})

const seenIn = (event: Event<DetectionResult>): ReadonlyArray<ImageResult> =>
  event._tag === "PredictionBatchEnded" ? event.seen.images : []

const predicted = Effect.fn("Predict.predict")(function* (
  plan: PredictPlan,
  context: RunLayers.RunContext,
  detector: TrainedDetector.TrainedDetector,
  folder: PictureFolder.PictureFolder
) {
  const directory = yield* RunDirectory
  yield* RunLayers.writeFiles(context)
  yield* RunLayers.recordEngine(context)
  const dataset = Batch.evaluationDataset({
    source: folder,
    longSide: plan.long_side ?? detector.plan.data.long_side,
    batchSize: 1,
    multiple: detector.model.multiple
  })
  const profile = yield* RunProfile.make
  const shown = yield* RunWatch.shown(plan.trainer)
  const results = yield* Trainer.predict(detector.task, dataset, detector.variables, {
    limitBatches: PlanOptions.evaluationLimit(plan.trainer, "predict"),
    prefetch: detector.plan.data.prefetch
  }).pipe(
    Stream.tap((event) =>
      Effect.andThen(shown(event), profile.measured(event, overlay(plan, folder, seenIn(event))))
    ),
    Stream.runFold(
      (): ReadonlyArray<ImageResult> => [],
      (all, event) => [...all, ...seenIn(event).map((result) => ({ ...result, rgb: new Uint8Array(0) }))]
    )
  )
  if (plan.trainer.profiler === "simple") yield* profile.tell
  const annotations = Predictions.toAnnotations(results)
  yield* directory.write(
    "predictions/predictions.json",
    AnnotationText.encode(annotations, {
      minified: plan.minified_json,
      includeConfidence: plan.include_confidence
    })
  )
  yield* directory.write("predictions/submission.csv", AnnotationText.csv(annotations))
  const outcome: PredictOutcome = {
    directory: directory.path,
    checkpoint: detector.saved.path,
    metrics: {},
    pictures: results.length,
    regions: results.reduce((sum, { predictions }) => sum + predictions.length, 0)
  }
  return outcome
}, Effect.scoped)

/** Predicts the pictures of `plan`; device, checkpoint and pictures are checked before anything is written. */
export const run = Effect.fn("Predict.run")(function* (plan: PredictPlan, context: RunLayers.RunContext) {
  const detector = yield* TrainedDetector.forRun(plan)
  const folder = yield* PictureFolder.open(plan.image_dir)
  return yield* predicted(plan, context, detector, folder).pipe(
    Effect.provide(RunLayers.evaluation(plan, context, "predict"))
  )
}, Effect.scoped)
