/** `anneal train`: a plan becomes a trained detector in a run directory. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as RunLoggerLayer from "../layers/logger/RunLogger.ts"
import { Checkpoints } from "../pipeline/Checkpoints.ts"
import { Device } from "../pipeline/Device.ts"
import type { Metrics } from "../pipeline/Metric.ts"
import * as PlanOptions from "../pipeline/PlanOptions.ts"
import { Progress } from "../pipeline/Progress.ts"
import { RunDirectory } from "../pipeline/RunDirectory.ts"
import { RunLogger } from "../pipeline/RunLogger.ts"
import * as Trainer from "../pipeline/Trainer.ts"
import { DetectorPlan } from "../tasks/textDetection/DetectionPlan.ts"
import type { TextDetection } from "../tasks/textDetection/TextDetection.ts"
import * as DetectionData from "./DetectionData.ts"
import * as Detector from "./Detector.ts"
import * as Figures from "./Figures.ts"
import { TrainPlan } from "./Plans.ts"
import * as Resume from "./Resume.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunWatch from "./RunWatch.ts"

export interface TrainOutcome {
  readonly directory: string
  /** Why training ended. */
  readonly reason: string
  readonly metrics: Metrics
  /** Where the best checkpoint is, when one was ranked. */
  readonly best: string | undefined
  /** Pictures that were written. */
  readonly figures: ReadonlyArray<string>
}

const encodePlan = Schema.encodeEffect(TrainPlan)
const encodeDetector = Schema.encodeEffect(Schema.toCodecJson(DetectorPlan))

/** The step that a reopened run goes on from, for what was logged after it. */
const resumedStep = Effect.fnUntraced(function* (resume: Resume.Resume) {
  if (!resume.reopen || resume.from === undefined) return undefined
  const checkpoints = yield* Checkpoints
  const saved = yield* checkpoints.list
  return saved.find(({ name }) => name === resume.from)?.state.step ?? saved.at(-1)?.state.step
})

const fitted = Effect.fn("Train.fit")(function* (
  plan: TrainPlan,
  context: RunLayers.RunContext,
  task: TextDetection,
  data: DetectionData.DetectionData,
  resume: Resume.Resume,
  resumeWith: string
) {
  const device = yield* Device
  const directory = yield* RunDirectory
  const logger = yield* RunLogger
  const progress = yield* Progress
  const figures = Figures.make(plan.figure_images)
  yield* RunLayers.writeFiles(context)
  yield* directory.update({ engine: device.info.name })
  yield* logger.hyperparameters(yield* encodePlan(plan).pipe(Effect.orDie))
  const options = PlanOptions.fitOptions(plan, {
    resume: resume.from,
    prefetch: plan.data.prefetch,
    planHash: context.planHash,
    taskPlan: yield* encodeDetector(plan).pipe(Effect.orDie),
    versions: context.versions
  })
  const record = RunWatch.make(plan.trainer.log_every_n_steps)
  const ended = yield* Trainer.fit(task, data, options).pipe(
    Stream.tap((event) =>
      // What was told is also recorded, whenever the run is interrupted: a resumed run does not tell it again.
      Effect.uninterruptible(
        Effect.andThen(record(event), Effect.andThen(progress.watch(event), figures.watch(event)))
      )
    ),
    Stream.runLast,
    Effect.onInterrupt(() =>
      progress.note(`interrupted; the last checkpoint is saved. Go on with: ${resumeWith}`)
    )
  )
  const drawn = yield* figures.draw
  const { checkpoints } = yield* directory.record
  const best = checkpoints.find((name) => name.startsWith("best"))
  const last = Option.getOrUndefined(ended)
  const outcome: TrainOutcome = {
    directory: directory.path,
    reason: last?._tag === "FitEnded" ? last.reason : "",
    metrics: last?._tag === "FitEnded" ? last.metrics : {},
    best: best === undefined ? undefined : `${directory.path}/checkpoints/${best}`,
    figures: drawn
  }
  return outcome
})

/** The layers of the run directory; the logger drops what was logged after the checkpoint resumed from. */
const runLayers = (plan: TrainPlan, context: RunLayers.RunContext, resume: Resume.Resume) => {
  const directory = RunLayers.directory(context, resume, "train", plan.seed)
  const logger = Layer.unwrap(
    Effect.map(resumedStep(resume), (step) =>
      RunLoggerLayer.layer(plan.logger, step === undefined ? {} : { resumedFrom: step })
    )
  )
  return logger.pipe(Layer.provideMerge(RunLayers.checkpoints), Layer.provideMerge(directory))
}

/**
 * Trains the detector of `plan`. Device and data are checked before anything is written; the run directory, its
 * logger and its checkpoints close with the run, however it ends.
 */
export const run = Effect.fn("Train.run")(function* (
  plan: TrainPlan,
  context: RunLayers.RunContext,
  /** The command that resumes it, for whoever interrupts it. */
  resumeWith: string
) {
  const progress = yield* Progress
  const device = yield* Device
  yield* progress.note(`engine ${device.info.name}: ${device.info.reason}`)
  const { task, model } = Detector.make(plan)
  const data = yield* DetectionData.open({ plan: plan.data, seed: plan.seed, multiple: model.multiple })
  yield* Effect.forEach(data.warnings, progress.warn, { discard: true })
  const resume = yield* Resume.find(context.directory, plan.resume)
  return yield* fitted(plan, context, task, data, resume, resumeWith).pipe(
    Effect.provide(runLayers(plan, context, resume))
  )
}, Effect.scoped)
