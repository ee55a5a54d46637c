/** Pictures for trackers: the worst cases of each evaluation by recall, and if asked for, those of bad batches. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Canvas } from "../../../pipeline/picture/Canvas.ts"
import * as Shrink from "../../../pipeline/picture/Shrink.ts"
import type { LoggerPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import { Progress } from "../../../pipeline/run/Progress.ts"
import { type Box, type Image, RunLogger } from "../../../pipeline/run/RunLogger.ts"
import type { EvaluationBatchEnded, EvaluationEnded, Event } from "../../../pipeline/train/Event.ts"
import type { Polygon } from "../geometry/Polygon.ts"
import type { DetectionResult, ImageResult } from "../TextDetection.ts"
import * as Figures from "./Figures.ts"
import * as Pictures from "./Pictures.ts"

export interface ImageLog {
  readonly watch: (event: Event<DetectionResult>) => Effect.Effect<void, never, RunLogger | Canvas | Progress>
}

/** A picture that may be logged, and how much of its text was found. */
export interface Case {
  readonly result: ImageResult
  readonly sample: Pictures.Sample
  readonly recall: number
}

const caseOf = (result: ImageResult): Case => {
  const sample = Figures.sampleOf(result)
  return { result, sample, recall: Number.isFinite(sample.recall) ? sample.recall : 1 }
}

/** The `most` cases with the lowest recall, lowest first; equal ones in their original order. */
export const worst = (cases: ReadonlyArray<Case>, most: number): ReadonlyArray<Case> =>
  cases.toSorted((a, b) => a.recall - b.recall).slice(0, most)

const boxOf = (polygon: Polygon, scale: number): Omit<Box, "label"> => {
  const [xs, ys] = [polygon.map(([x]) => x / scale), polygon.map(([, y]) => y / scale)]
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) }
}

/** Truth and predictions as rectangles of a picture that was shrunk by `scale`. */
const boxesOf = ({ image, predictions }: Pictures.Sample, scale: number) => ({
  truth: image.regions.map(({ polygon, ignore }) => ({
    ...boxOf(polygon, scale),
    label: ignore ? "ignored" : "text"
  })),
  prediction: predictions.map(({ polygon, confidence }) => ({
    ...boxOf(polygon, scale),
    label: "text",
    ...(confidence === undefined ? {} : { score: confidence })
  }))
})

/** The picture with outlines: of predictions that matched text, of those that did not, and of missed text. */
const drawn = Effect.fnUntraced(function* ({ sample, recall, result }: Case, maxSide: number) {
  const missed = sample.image.regions
    .filter(({ id, ignore }) => !ignore && sample.found?.has(id) !== true)
    .map(({ polygon }) => ({ polygon }))
  const whole = yield* Pictures.overlay(sample.image, [...missed, ...sample.predictions])
  const factor = Shrink.factorFor(whole, maxSide)
  const image: Image = {
    ...Shrink.by(whole, factor),
    caption: `${result.name}: recall ${recall.toFixed(2)}, precision ${sample.precision.toFixed(2)}`,
    boxes: boxesOf(sample, factor)
  }
  return image
})

const send = (step: number, prefix: string, cases: ReadonlyArray<Case>, maxSide: number) =>
  Effect.forEach(
    cases.entries(),
    ([i, one]) =>
      Effect.gen(function* () {
        const logger = yield* RunLogger
        const image = yield* Figures.attempt(drawn(one, maxSide))
        if (Result.isSuccess(image)) return yield* logger.image(step, `${prefix}_${i}`, image.success)
        const progress = yield* Progress
        yield* progress.warn(`the picture ${prefix}_${i} is missing in the trackers: ${image.failure}`)
      }),
    { discard: true }
  )

/** The same cases as a table with their names. */
const listed = (step: number, kind: string, cases: ReadonlyArray<Case>) =>
  RunLogger.use((logger) =>
    logger.table(step, `${kind}/worst_cases`, {
      columns: ["picture", "recall", "precision", "words", "predictions"],
      rows: cases.map(({ result, sample, recall }) => [
        result.name,
        recall,
        sample.precision,
        result.truth.filter(({ ignore }) => !ignore).length,
        result.predictions.length
      ])
    })
  )

const mean = (cases: ReadonlyArray<Case>): number =>
  cases.reduce((sum, { recall }) => sum + recall, 0) / Math.max(1, cases.length)

/** Whether a logger is on that shows pictures; if none is, nothing is drawn. */
const isShown = ({ tensorboard, wandb, mlflow }: LoggerPlan): boolean =>
  tensorboard.enabled || wandb.enabled || mlflow.enabled

const silent: ImageLog = { watch: () => Effect.void }

/** Logs `<kind>/worst_0` … for each evaluation except sanity checks, and `<kind>/batch_<n>_0` … for bad batches. */
export const make = (plan: LoggerPlan): ImageLog => {
  if (!isShown(plan)) return silent
  const { per_evaluation: most, max_side: maxSide } = plan.images
  const batches = plan.wandb.enabled ? plan.wandb.per_batch_image_logging : undefined
  let cases: ReadonlyArray<Case> = []
  let batchesSent = 0

  const batch = Effect.fnUntraced(function* (event: EvaluationBatchEnded<DetectionResult>) {
    const seen = event.outputs.images.map(caseOf)
    cases = worst([...cases, ...seen], most)
    if (batches?.enabled !== true || batchesSent >= batches.max_batches_per_epoch) return
    if (mean(seen) >= batches.recall_threshold) return
    batchesSent++
    const chosen = worst(seen, batches.max_images_per_batch)
    yield* send(event.step, `${event.kind}/batch_${event.batch}`, chosen, batches.max_image_side)
  })
  const ended = ({ step, kind }: EvaluationEnded) =>
    Effect.suspend(() => {
      const chosen = cases
      cases = []
      batchesSent = 0
      if (chosen.length === 0) return Effect.void
      return Effect.andThen(send(step, `${kind}/worst`, chosen, maxSide), listed(step, kind, chosen))
    })
  return {
    watch: (event) => {
      if (event._tag === "EvaluationBatchEnded" && event.kind !== "sanity") return batch(event)
      return event._tag === "EvaluationEnded" && event.kind !== "sanity" ? ended(event) : Effect.void
    }
  }
}
