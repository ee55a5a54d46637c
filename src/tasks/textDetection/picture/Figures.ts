/** The figures of a run: their data is collected from events, and they are drawn into the run directory at the end. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Thrown from "../../../pipeline/internal/Thrown.ts"
import type { Canvas } from "../../../pipeline/picture/Canvas.ts"
import { ImageCodec, type RgbImage } from "../../../pipeline/picture/Images.ts"
import * as LearningCurves from "../../../pipeline/picture/LearningCurves.ts"
import { Progress } from "../../../pipeline/run/Progress.ts"
import { RunDirectory } from "../../../pipeline/run/RunDirectory.ts"
import type { EvaluationKind, Event } from "../../../pipeline/train/Event.ts"
import type { Polygon } from "../geometry/Polygon.ts"
import * as DetectionMetric from "../metric/DetectionMetric.ts"
import type { DetectionResult, ImageResult } from "../TextDetection.ts"
import * as Pictures from "./Pictures.ts"

export interface Figures {
  readonly watch: (event: Event<DetectionResult>) => Effect.Effect<void>
  /** Draws the figures and returns their absolute paths; a warning says why one cannot be drawn. */
  readonly draw: Effect.Effect<ReadonlyArray<string>, never, RunDirectory | Canvas | ImageCodec | Progress>
}

/**
 * A picture for people never fails its run: it is missing, and the failure says why. That includes bugs of ours, since the
 * trained weights are worth more than their picture.
 */
export const attempt = <A, E, R>(
  drawing: Effect.Effect<A, E, R>
): Effect.Effect<Result.Result<A, string>, never, R> =>
  drawing.pipe(
    Effect.map((drawn) => Result.succeed(drawn)),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.succeed(Result.fail(Thrown.sentence(Cause.squash(cause))))
    )
  )

/** A result at the scale of the net. */
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

/** Keeps the first pictures of the newest evaluation, except sanity checks. */
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
        kept.results.push(...event.outputs.images.slice(0, Math.max(0, images - kept.results.length)))
      }
    }
  }
}

/** The numbers of a run over its steps, collected from events for the learning curves. */
interface History {
  readonly watch: (event: Event) => void
  /** Loss, learning rate and metrics; panels without numbers are left out. */
  readonly panels: () => ReadonlyArray<LearningCurves.Panel>
}

type Samples = Map<string, Array<LearningCurves.Sample>>

const add = (samples: Samples, name: string, step: number, value: number): void => {
  const found = samples.get(name)
  if (found === undefined) samples.set(name, [{ step, value }])
  else found.push({ step, value })
}

const series = (
  samples: Samples,
  names: ReadonlyArray<string>,
  form: LearningCurves.Series["form"]
): ReadonlyArray<LearningCurves.Series> =>
  names.flatMap((name) => {
    const found = samples.get(name)
    return found === undefined ? [] : [{ name, samples: found, form }]
  })

const historyOf = (): History => {
  const samples: Samples = new Map()
  return {
    watch: (event) => {
      if (event._tag === "StepEnded" && event.optimized) {
        add(samples, "loss", event.step, event.loss)
        for (const [name, value] of Object.entries(event.parts)) add(samples, name, event.step, value)
        add(samples, "learning rate", event.step, event.learningRate)
      }
      if (event._tag === "EvaluationEnded" && event.kind === "val") {
        for (const [name, value] of Object.entries(event.metrics)) {
          add(samples, name.replace(/^val\//, ""), event.step, value)
        }
      }
    },
    panels: () => {
      const parts = [...samples.keys()].filter(
        (name) => !["loss", "learning rate", "hmean", "precision", "recall"].includes(name)
      )
      const metrics = series(samples, ["hmean", "precision", "recall"], "points")
      const panels: ReadonlyArray<LearningCurves.Panel> = [
        { title: "training loss", series: series(samples, ["loss"], "noisy"), from: 0 },
        { title: "parts of the loss", series: series(samples, parts, "noisy"), from: 0 },
        { title: "validation (IoU 0.5)", series: metrics, from: 0, to: 1 },
        { title: "learning rate", series: series(samples, ["learning rate"], "line"), from: 0 }
      ]
      return panels.filter((panel) => panel.series.length > 0)
    }
  }
}

/** Writes a figure and returns its file; on a failure it warns and returns none. */
const save = Effect.fnUntraced(function* <E, R>(name: string, drawing: Effect.Effect<RgbImage, E, R>) {
  const progress = yield* Progress
  const codec = yield* ImageCodec
  const directory = yield* RunDirectory
  const file = `figures/${name}.png`
  const written = yield* attempt(
    drawing.pipe(
      Effect.flatMap((image) => codec.encode(image, "png")),
      Effect.flatMap((bytes) => directory.write(file, bytes))
    )
  )
  if (Result.isSuccess(written)) return [`${directory.path}/${file}`]
  yield* progress.warn(`${file} is missing: ${written.failure}`)
  return []
})

/** Collects `images` pictures of each evaluation, and the numbers of every step. */
export const make = (images: number): Figures => {
  const history = historyOf()
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
        files.push(...(yield* save("predictions", Pictures.validation(title, kept.results.map(sampleOf)))))
      }
      const panels = history.panels()
      if (panels.length > 0) {
        files.push(...(yield* save("curves", LearningCurves.draw({ title: "Learning curves", panels }))))
      }
      return files
    })
  }
}
