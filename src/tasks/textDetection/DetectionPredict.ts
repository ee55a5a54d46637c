/** The regions of pictures, as JSON in the annotation layout, as CSV, and drawn over the pictures. */
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Predicted, Prediction, TaskFailure, TaskServices } from "../../pipeline/module/TaskModule.ts"
import { Progress } from "../../pipeline/run/Progress.ts"
import { RunDirectory, type RunDirectoryError } from "../../pipeline/run/RunDirectory.ts"
import type { DataError } from "../../pipeline/task/Dataset.ts"
import type { DetectorPlan, PredictKeys } from "./DetectionPlan.ts"
import * as AnnotationText from "./data/AnnotationText.ts"
import * as Batch from "./data/Batch.ts"
import * as PictureFolder from "./data/PictureFolder.ts"
import * as Predictions from "./data/Predictions.ts"
import * as Memory from "./Memory.ts"
import * as Overlay from "./picture/Overlay.ts"
import * as TextDetection from "./TextDetection.ts"

/** Draws the predictions over their pictures, at the pictures' own size; keeps why one could not be drawn. */
const overlays = (asked: PredictKeys, folder: PictureFolder.PictureFolder) => {
  const names = Overlay.names(folder.paths)
  const indices = new Map(folder.paths.map((path, index) => [basename(path), index]))
  const failures: Array<string> = []
  let drawn = 0
  const one = Effect.fnUntraced(function* ({ name, predictions }: TextDetection.ImageResult) {
    const image = yield* folder.image(0, indices.get(name) ?? -1)
    yield* Overlay.write(names.get(name) ?? `${name}.png`, image, predictions, asked.include_confidence)
    drawn++
  })
  return {
    draw: (results: ReadonlyArray<TextDetection.ImageResult>) =>
      Effect.forEach(
        asked.overlays ? results : [],
        (result) =>
          Effect.map(Effect.result(one(result)), (done) => {
            if (Result.isFailure(done)) failures.push(done.failure.message)
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

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

/** Writes what was found, and says where. */
const written = Effect.fnUntraced(function* (
  asked: PredictKeys,
  found: ReadonlyArray<Predictions.Predicted>,
  drawn: number
) {
  const directory = yield* RunDirectory
  const annotations = Predictions.toAnnotations(found)
  yield* directory.write(
    "predictions/predictions.json",
    AnnotationText.encode(annotations, {
      minified: asked.minified_json,
      includeConfidence: asked.include_confidence
    })
  )
  yield* directory.write("predictions/submission.csv", AnnotationText.csv(annotations))
  const regions = found.reduce((sum, { predictions }) => sum + predictions.length, 0)
  return {
    summary: `${count(regions, "region")} on ${count(found.length, "picture")}`,
    samples: found.length,
    places: [
      { what: "json", path: "predictions/predictions.json" },
      { what: "csv", path: "predictions/submission.csv" },
      ...(drawn > 0 ? [{ what: "overlays", path: "predictions/overlays" }] : [])
    ]
  }
})

/**
 * The pictures of `image_dir`, and what becomes of what is found on them. A picture that cannot be read is left out
 * unless `strict`.
 */
export const open = Effect.fn("DetectionPredict.open")(function* (
  plan: DetectorPlan,
  asked: PredictKeys,
  { strict }: { readonly strict: boolean }
): Effect.fn.Return<
  Prediction<Batch.DetectionBatch, TextDetection.DetectionResult>,
  TaskFailure,
  TaskServices
> {
  const { multiple } = TextDetection.fromPlan(plan).model
  const longSide = asked.long_side ?? plan.data.long_side
  const folder = yield* PictureFolder.open(asked.image_dir, { unreadable: strict ? "fail" : "skip" })
  yield* Memory.evaluation({
    key: "long_side",
    longSide,
    model: plan.model,
    multiple,
    batchSize: 1,
    prefetch: plan.data.prefetch,
    sizes: folder.sizes
  })
  const skipped: Array<DataError> = [...folder.skipped]
  const inputs = Batch.evaluationDataset({
    source: folder,
    longSide,
    batchSize: 1,
    multiple,
    ...(strict ? {} : { skip: (why) => Effect.sync(() => skipped.push(why)) })
  })
  const write = <E, R>(
    outputs: Stream.Stream<TextDetection.DetectionResult, E, R>
  ): Effect.Effect<
    Predicted,
    E | TaskFailure | RunDirectoryError,
    R | Progress | RunDirectory | TaskServices
  > =>
    Effect.gen(function* () {
      const found: Array<Predictions.Predicted> = []
      const drawing = overlays(asked, folder)
      yield* Stream.runForEach(outputs, ({ images }) => {
        // Nothing else is kept: a map and a picture for each would fill the memory on a large folder.
        for (const { name, width, height, predictions } of images) {
          found.push({ name, width, height, predictions })
        }
        return drawing.draw(images)
      })
      return { ...(yield* written(asked, found, yield* drawing.drawn)), skipped }
    })
  return { inputs, prefetch: plan.data.prefetch, write }
})
