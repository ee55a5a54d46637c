/** `anneal predict`: finds the regions of pictures; writes them as JSON, as CSV, and drawn on the pictures. */
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Packages from "../layers/image/Packages.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import type { DataError } from "../pipeline/task/Dataset.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"
import type { Event } from "../pipeline/train/Event.ts"
import * as Trainer from "../pipeline/train/Trainer.ts"
import * as AnnotationText from "../tasks/textDetection/data/AnnotationText.ts"
import * as Batch from "../tasks/textDetection/data/Batch.ts"
import * as PictureFolder from "../tasks/textDetection/data/PictureFolder.ts"
import * as Predictions from "../tasks/textDetection/data/Predictions.ts"
import * as Memory from "../tasks/textDetection/Memory.ts"
import * as Figures from "../tasks/textDetection/picture/Figures.ts"
import * as Overlay from "../tasks/textDetection/picture/Overlay.ts"
import type { DetectionResult, ImageResult } from "../tasks/textDetection/TextDetection.ts"
import type { PredictPlan } from "./Plans.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunObserver from "./RunObserver.ts"
import * as TrainedDetector from "./TrainedDetector.ts"

export interface PredictOutcome {
  readonly directory: string
  readonly checkpoint: string
  readonly pictures: number
  readonly regions: number
  /** Number of overlays that were drawn. */
  readonly overlays: number
  /** Why pictures were skipped, in the order of their paths. */
  readonly skipped: ReadonlyArray<DataError>
  /** Empty: without annotations there is nothing to compare with. */
  readonly metrics: Metrics
}

/** Draws the predictions over their pictures, at the pictures' own size. */
const overlays = (plan: PredictPlan, folder: PictureFolder.PictureFolder) => {
  const names = Overlay.names(folder.paths)
  const indices = new Map(folder.paths.map((path, index) => [basename(path), index]))
  const failures: Array<string> = []
  let drawn = 0
  const one = Effect.fnUntraced(function* ({ name, predictions }: ImageResult) {
    const image = yield* folder.image(0, indices.get(name) ?? -1)
    yield* Overlay.write(names.get(name) ?? `${name}.png`, image, predictions, plan.include_confidence)
    drawn++
  })
  return {
    draw: (results: ReadonlyArray<ImageResult>) =>
      Effect.forEach(
        plan.overlays ? results : [],
        (result) =>
          Effect.map(Figures.attempt(one(result)), (done) => {
            if (Result.isFailure(done)) failures.push(done.failure)
          }),
        { discard: true }
      ),
    /** How many there are; a warning gives the reason for the first that is missing. */
    drawn: Effect.gen(function* () {
      const [first] = failures
      const progress = yield* Progress
      if (first !== undefined) yield* progress.warn(`${failures.length} overlays are missing: ${first}`)
      return drawn
    })
  }
}

const byPath = (a: DataError, b: DataError): number => Number(a.where > b.where) - Number(a.where < b.where)

/** The predictions of all pictures. One that cannot be read is skipped, or fails if `strict`. */
const results = Effect.fnUntraced(function* (
  plan: PredictPlan,
  detector: TrainedDetector.TrainedDetector,
  folder: PictureFolder.PictureFolder,
  strict: boolean
) {
  const skipped = [...folder.skipped]
  const found: Array<Predictions.Predicted> = []
  const dataset = Batch.evaluationDataset({
    source: folder,
    longSide: longSideOf(plan, detector),
    batchSize: 1,
    multiple: detector.model.multiple,
    ...(strict ? {} : { skip: (why) => Effect.sync(() => skipped.push(why)) })
  })
  const drawing = overlays(plan, folder)
  const observer = yield* RunObserver.make(plan.trainer, (event: Event<DetectionResult>) => {
    if (event._tag !== "EvaluationBatchEnded") return Effect.void
    // Nothing else is kept: a map and a picture for each would fill the memory on a large folder.
    for (const { name, width, height, predictions } of event.outputs.images) {
      found.push({ name, width, height, predictions })
    }
    return drawing.draw(event.outputs.images)
  })
  yield* Trainer.predict(detector.task, dataset, detector.variables, {
    limitBatches: PlanOptions.evaluationLimit(plan.trainer, "predict"),
    prefetch: detector.plan.data.prefetch
  }).pipe(Stream.runForEach(observer.watch))
  yield* observer.report
  return { found, skipped: skipped.sort(byPath), overlays: yield* drawing.drawn }
})

const predicted = Effect.fn("Predict.predict")(function* (
  plan: PredictPlan,
  context: RunLayers.RunContext,
  detector: TrainedDetector.TrainedDetector,
  folder: PictureFolder.PictureFolder,
  strict: boolean
) {
  const directory = yield* RunDirectory
  yield* RunLayers.describe(context)
  const { found, skipped, overlays } = yield* results(plan, detector, folder, strict)
  const annotations = Predictions.toAnnotations(found)
  yield* directory.write(
    "predictions/predictions.json",
    AnnotationText.encode(annotations, {
      minified: plan.minified_json,
      includeConfidence: plan.include_confidence
    })
  )
  yield* directory.write("predictions/submission.csv", AnnotationText.csv(annotations))
  if (skipped.length > 0) {
    const lines = skipped.map(({ message }) => `${message}\n`)
    yield* directory.write("predictions/skipped.txt", lines.join(""))
  }
  const outcome: PredictOutcome = {
    directory: directory.path,
    checkpoint: detector.saved.path,
    metrics: {},
    pictures: found.length,
    regions: found.reduce((sum, { predictions }) => sum + predictions.length, 0),
    overlays,
    skipped
  }
  return outcome
}, Effect.scoped)

const longSideOf = (plan: PredictPlan, detector: TrainedDetector.TrainedDetector): number =>
  plan.long_side ?? detector.plan.data.long_side

/**
 * Predicts the pictures of `plan`. Device, checkpoint and pictures are checked before anything is written. A picture
 * that cannot be read is skipped and listed, or fails the run if `strict`.
 */
export const run = Effect.fn("Predict.run")(function* (
  plan: PredictPlan,
  context: RunLayers.RunContext,
  strict = false
) {
  yield* Packages.check
  const detector = yield* TrainedDetector.forRun(plan)
  const folder = yield* PictureFolder.open(plan.image_dir, { unreadable: strict ? "fail" : "skip" })
  yield* Memory.evaluation({
    key: "long_side",
    longSide: longSideOf(plan, detector),
    model: detector.plan.model,
    multiple: detector.model.multiple,
    batchSize: 1,
    prefetch: detector.plan.data.prefetch,
    sizes: folder.sizes
  })
  return yield* predicted(plan, context, detector, folder, strict).pipe(
    Effect.provide(RunLayers.evaluation(plan, context, "predict"))
  )
}, Effect.scoped)
