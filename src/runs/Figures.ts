/** The pictures of a run: kept from events while it runs, drawn into the run directory when it ends. */
import * as Effect from "effect/Effect"
import type { Canvas, CanvasError } from "../pipeline/Canvas.ts"
import type { EvaluationKind, Event } from "../pipeline/Event.ts"
import { ImageCodec, type ImageError, type RgbImage } from "../pipeline/Images.ts"
import * as LearningCurves from "../pipeline/LearningCurves.ts"
import { RunDirectory, type RunDirectoryError } from "../pipeline/RunDirectory.ts"
import * as DetectionMetric from "../tasks/textDetection/DetectionMetric.ts"
import * as Pictures from "../tasks/textDetection/Pictures.ts"
import type { DetectionResult, ImageResult } from "../tasks/textDetection/TextDetection.ts"
import type { Polygon } from "../tasks/textDetection/TextImage.ts"
import * as History from "./History.ts"

export interface Figures {
  readonly watch: (event: Event<DetectionResult>) => Effect.Effect<void>
  /** Draws what was seen and tells the files' paths, absolute. */
  readonly draw: Effect.Effect<
    ReadonlyArray<string>,
    RunDirectoryError | CanvasError | ImageError,
    RunDirectory | Canvas | ImageCodec
  >
}

/** A result at the scale at which the net saw it. */
export const sampleOf = (result: ImageResult): Pictures.Sample => {
  const { width, height } = result.probability
  const [x, y] = [width / result.width, height / result.height]
  const scaled = (polygon: Polygon): Polygon => polygon.map(([px, py]) => [px * x, py * y] as const)
  const { pairs } = DetectionMetric.match(result)
  const matched = new Set(pairs.values())
  const { precision, recall } = DetectionMetric.scores(DetectionMetric.count(result))
  return {
    image: {
      name: result.name,
      width,
      height,
      rgb: result.rgb,
      regions: result.truth.map((region) => ({ ...region, polygon: scaled(region.polygon) }))
    },
    probability: result.probability,
    predictions: result.predictions.map((prediction) => ({
      polygon: scaled(prediction.polygon),
      confidence: prediction.score,
      matched: matched.has(prediction)
    })),
    found: new Set([...pairs.keys()].map((region) => region.id)),
    precision,
    recall
  }
}

/** The first pictures of the newest whole evaluation; sanity checks do not count. */
const gallery = (images: number) => {
  const kept: { kind: EvaluationKind | undefined; results: Array<ImageResult> } = {
    kind: undefined,
    results: []
  }
  return {
    kept,
    watch: (event: Event<DetectionResult>): void => {
      if (event._tag === "EvaluationStarted" && event.kind !== "sanity") {
        kept.kind = event.kind
        kept.results = []
      }
      if (event._tag === "EvaluationBatchEnded" && event.kind !== "sanity") {
        kept.results.push(...event.seen.images.slice(0, Math.max(0, images - kept.results.length)))
      }
    }
  }
}

const save = Effect.fnUntraced(function* (name: string, image: RgbImage) {
  const codec = yield* ImageCodec
  const directory = yield* RunDirectory
  const file = `figures/${name}.png`
  yield* directory.write(file, yield* codec.encode(image, "png"))
  return `${directory.path}/${file}`
})

/** Keeps `images` pictures of each evaluation, and the numbers of every step. */
export const make = (images: number): Figures => {
  const history = History.make()
  const { kept, watch } = gallery(images)
  return {
    watch: (event) =>
      Effect.sync(() => {
        history.watch(event)
        watch(event)
      }),
    draw: Effect.gen(function* () {
      const files: Array<string> = []
      if (kept.results.length > 0) {
        const title = kept.kind === "test" ? "Test" : "Validation"
        files.push(yield* save("predictions", yield* Pictures.validation(title, kept.results.map(sampleOf))))
      }
      const panels = history.panels()
      if (panels.length > 0) {
        files.push(yield* save("curves", yield* LearningCurves.draw({ title: "Learning curves", panels })))
      }
      return files
    })
  }
}
