/** Pictures for the trackers: of each evaluation the worst samples, and those of single bad batches if wanted. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Picture } from "../pipeline/module/TaskModule.ts"
import type { Canvas } from "../pipeline/picture/Canvas.ts"
import type { ImageCodec } from "../pipeline/picture/Images.ts"
import type { LoggerPlan } from "../pipeline/plan/LoggerPlan.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { type Image, RunLogger } from "../pipeline/run/RunLogger.ts"
import type { EvaluationBatchEnded, EvaluationEnded, Event } from "../pipeline/train/Event.ts"
import * as Drawing from "./Drawing.ts"

export interface ImageLog<O> {
  readonly watch: (event: Event<O>) => Effect.Effect<void, never, RunLogger | Canvas | ImageCodec | Progress>
}

/** The `most` pictures of the lowest score, lowest first; equal ones in the order in which they came. */
export const worst = (pictures: ReadonlyArray<Picture>, most: number): ReadonlyArray<Picture> =>
  pictures.toSorted((a, b) => a.score - b.score).slice(0, most)

const drawn = ({ draw, caption }: Picture, maxSide: number) =>
  Effect.map(
    draw(maxSide),
    ({ rgb, width, height, boxes }): Image => ({
      rgb,
      width,
      height,
      caption,
      ...(boxes === undefined ? {} : { boxes: { truth: boxes.truth, prediction: boxes.prediction } })
    })
  )

const send = (step: number, prefix: string, pictures: ReadonlyArray<Picture>, maxSide: number) =>
  Effect.forEach(
    pictures.entries(),
    ([i, one]) =>
      Effect.gen(function* () {
        const logger = yield* RunLogger
        const image = yield* Drawing.attempt(drawn(one, maxSide))
        if (Result.isSuccess(image)) return yield* logger.image(step, `${prefix}_${i}`, image.success)
        const progress = yield* Progress
        yield* progress.warn(`the trackers lack the picture ${prefix}_${i}: ${image.failure}`)
      }),
    { discard: true }
  )

/** The same pictures as a table, to find them by name. */
const listed = (step: number, kind: string, pictures: ReadonlyArray<Picture>) =>
  RunLogger.use((logger) =>
    logger.table(step, `${kind}/worst_cases`, {
      columns: ["picture", "score", ...Object.keys(pictures[0]?.facts ?? {})],
      rows: pictures.map(({ name, score, facts }) => [name, score, ...Object.values(facts ?? {})])
    })
  )

const mean = (pictures: ReadonlyArray<Picture>): number =>
  pictures.reduce((sum, { score }) => sum + score, 0) / Math.max(1, pictures.length)

/** Whether a sink is on that shows pictures; without one none is drawn. */
const isShown = ({ tensorboard, wandb, mlflow }: LoggerPlan): boolean =>
  tensorboard.enabled || wandb.enabled || mlflow.enabled

/**
 * Logs `<kind>/worst_0` … for each evaluation but the sanity check, and `<kind>/batch_<n>_0` … for bad batches; a task
 * without pictures logs none.
 */
export const make = <O>(
  plan: LoggerPlan,
  pictures: ((outputs: O) => ReadonlyArray<Picture>) | undefined
): ImageLog<O> => {
  if (pictures === undefined || !isShown(plan)) return { watch: () => Effect.void }
  const { per_evaluation: most, max_side: maxSide } = plan.images
  const batches = plan.wandb.enabled ? plan.wandb.per_batch_image_logging : undefined
  let kept: ReadonlyArray<Picture> = []
  let batchesSent = 0

  const batch = Effect.fnUntraced(function* (event: EvaluationBatchEnded<O>) {
    const made = yield* Drawing.attempt(Effect.sync(() => pictures(event.outputs)))
    if (Result.isFailure(made)) {
      const progress = yield* Progress
      return yield* progress.warn(
        `the trackers lack pictures of ${event.kind} batch ${event.batch}: ${made.failure}`
      )
    }
    const seen = made.success
    kept = worst([...kept, ...seen], most)
    if (batches?.enabled !== true || batchesSent >= batches.max_batches_per_epoch) return
    if (mean(seen) >= batches.recall_threshold) return
    batchesSent++
    const chosen = worst(seen, batches.max_images_per_batch)
    yield* send(event.step, `${event.kind}/batch_${event.batch}`, chosen, batches.max_image_side)
  })
  const ended = ({ step, kind }: EvaluationEnded) =>
    Effect.suspend(() => {
      const chosen = kept
      kept = []
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
