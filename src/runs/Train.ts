/** `anneal train`: trains the detector of a plan, in a run directory. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CheckpointReference from "../layers/checkpoint/CheckpointReference.ts"
import * as Packages from "../layers/image/Packages.ts"
import * as LoggedCheckpoints from "../layers/logger/LoggedCheckpoints.ts"
import type { Model } from "../pipeline/nn/Model.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import * as ModelSummary from "../pipeline/run/ModelSummary.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { type RunChange, RunDirectory } from "../pipeline/run/RunDirectory.ts"
import { RunLogger } from "../pipeline/run/RunLogger.ts"
import * as RunRecorder from "../pipeline/run/RunRecorder.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"
import type { Event } from "../pipeline/train/Event.ts"
import * as FitCheckpoint from "../pipeline/train/FitCheckpoint.ts"
import * as Trainer from "../pipeline/train/Trainer.ts"
import { DetectorPlan } from "../tasks/textDetection/DetectionPlan.ts"
import * as Memory from "../tasks/textDetection/Memory.ts"
import * as Figures from "../tasks/textDetection/picture/Figures.ts"
import * as ImageLog from "../tasks/textDetection/picture/ImageLog.ts"
import * as TextDetection from "../tasks/textDetection/TextDetection.ts"
import * as DetectionData from "./DetectionData.ts"
import * as DivergedBatch from "./DivergedBatch.ts"
import { TrainPlan } from "./Plans.ts"
import * as Resume from "./Resume.ts"
import * as ResumeCheck from "./ResumeCheck.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunObserver from "./RunObserver.ts"

export interface TrainOutcome {
  readonly directory: string
  /** Why training ended. */
  readonly reason: string
  readonly metrics: Metrics
  /** The best checkpoint, or the last if none was ranked; undefined if nothing was saved. */
  readonly best: string | undefined
  /** Paths of the figures that were written. */
  readonly figures: ReadonlyArray<string>
}

const encodePlan = Schema.encodeEffect(TrainPlan)
const encodeDetector = Schema.encodeEffect(Schema.toCodecJson(DetectorPlan))

/** Fails if a checkpoint that starts a run of its own is missing, not whole, or does not fit. */
const checkCheckpoint = Effect.fnUntraced(function* (
  { reopen, from }: Resume.Resume,
  model: Model,
  { optimizer }: Trainer.FitOptions
) {
  if (reopen || from === undefined) return
  const fs = yield* FileSystem.FileSystem
  const path = yield* CheckpointReference.find(fs, ".", from)
  yield* FitCheckpoint.check({ model, optimizer }, yield* CheckpointReference.readAt(fs, path))
})

/** The options of the trainer: those of the plan, and what the run adds. */
const fitOptions = Effect.fnUntraced(function* (
  plan: TrainPlan,
  context: RunLayers.RunContext,
  resume: Resume.Resume
) {
  return PlanOptions.fitOptions(plan, {
    resume: resume.from,
    prefetch: plan.data.prefetch,
    planHash: yield* ResumeCheck.digest(plan),
    taskPlan: yield* encodeDetector(plan).pipe(Effect.orDie),
    versions: context.versions
  })
})

/** Observes the run: facts for the logger and `run.json`, pictures for the trackers and for the end. */
const observed = Effect.fnUntraced(function* (plan: TrainPlan) {
  const figures = Figures.make(plan.figure_images)
  const record = RunRecorder.make(plan.trainer.log_every_n_steps)
  const images = ImageLog.make(RunLayers.loggerPlan(plan))
  const observer = yield* RunObserver.make(plan.trainer, (event: Event<TextDetection.DetectionResult>) =>
    record(event).pipe(
      Effect.andThen(images.watch(event)),
      Effect.andThen(DivergedBatch.watch(event)),
      Effect.andThen(figures.watch(event))
    )
  )
  return { observer, figures }
})

const describe = Effect.fnUntraced(function* (plan: TrainPlan, context: RunLayers.RunContext, model: Model) {
  const logger = yield* RunLogger
  const progress = yield* Progress
  const encoded = yield* encodePlan(plan).pipe(Effect.orDie)
  // JSON is YAML: the run of a program can be resumed without repeating its plan.
  const files = { "plan.yaml": `${JSON.stringify(encoded, null, 2)}\n`, ...context.files }
  yield* RunLayers.describe({ ...context, files })
  yield* logger.hyperparameters(encoded)
  if (!plan.trainer.enable_model_summary) return
  const lines = ModelSummary.lines(model, plan.callbacks.model_summary.max_depth)
  yield* Effect.forEach(lines, progress.note, { discard: true })
})

/** Digests of the data, and what has changed since the run that is resumed. */
interface Facts {
  readonly data: { readonly [name: string]: string }
  readonly changes?: ReadonlyArray<RunChange>
}

interface Begun {
  readonly facts: Facts
  /** The command that resumes the run. */
  readonly resumeWith: string
}

/** The checkpoint that `best` means, or else `last`; undefined if nothing was saved. */
const bestIn = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const folder = `${directory}/checkpoints`
  const found = yield* CheckpointReference.find(fs, folder, "best").pipe(
    Effect.catch(() => CheckpointReference.find(fs, folder, "last")),
    Effect.option
  )
  return Option.getOrUndefined(found)
})

const fitted = Effect.fn("Train.fit")(function* (
  plan: TrainPlan,
  context: RunLayers.RunContext,
  task: TextDetection.TextDetection,
  data: DetectionData.DetectionData,
  options: Trainer.FitOptions,
  { facts, resumeWith }: Begun
) {
  const directory = yield* RunDirectory
  const progress = yield* Progress
  yield* Resume.remember(directory.path)
  // First: if this attempt stops before its plan is written, the next one is compared with the old plan.
  yield* RunLayers.recordFacts(facts)
  yield* describe(plan, context, task.model)
  const { observer, figures } = yield* observed(plan)
  // The trainer calls it, so that what is recorded is also in the state that a resumed run starts from.
  const ended = yield* Trainer.fit(task, data, options, observer.watch).pipe(
    Stream.runLast,
    Effect.onInterrupt(() =>
      progress.note(`interrupted; the last checkpoint is saved. Resume with: ${resumeWith}`)
    )
  )
  yield* observer.report
  const drawn = yield* figures.draw
  const last = Option.getOrUndefined(ended)
  const outcome: TrainOutcome = {
    directory: directory.path,
    reason: last?._tag === "FitEnded" ? last.reason : "",
    metrics: last?._tag === "FitEnded" ? last.metrics : {},
    best: yield* bestIn(directory.path),
    figures: drawn
  }
  return outcome
}, Effect.scoped)

/** The layers of the run directory. The logger drops what was logged after the checkpoint that is resumed. */
const runLayers = (plan: TrainPlan, context: RunLayers.RunContext, resume: Resume.Resume) =>
  LoggedCheckpoints.layerWith(RunLayers.loggerPlan(plan), resume.from).pipe(
    Layer.provideMerge(RunLayers.directory(context, resume, "train", plan.seed))
  )

/**
 * Trains the detector of `plan`. Device and data are checked before anything is written. The run directory, its logger
 * and its checkpoints are closed when the run ends, however it ends.
 */
export const run = Effect.fn("Train.run")(function* (
  plan: TrainPlan,
  context: RunLayers.RunContext,
  /** The command that resumes the run, which is printed if it is interrupted. */
  resumeWith: string
) {
  yield* Packages.check
  const progress = yield* Progress
  yield* RunLayers.reportEngine(plan.trainer)
  const { task, model } = TextDetection.fromPlan(plan)
  const data = yield* DetectionData.open({ plan: plan.data, seed: plan.seed, multiple: model.multiple })
  yield* data.requireWords("train")
  yield* data.requireWords("val")
  yield* Memory.training(plan.model, plan.data, model.multiple)
  yield* Memory.evaluationOf(plan.model, plan.data, model.multiple, data.sizes("val"))
  const resume = yield* Resume.find(context.directory, plan.resume)
  const digests = { train: yield* data.fingerprint("train"), val: yield* data.fingerprint("val") }
  const now = { plan, data: digests, versions: context.versions, program: context.command[0] }
  const changes = yield* ResumeCheck.check(resume, now)
  const facts = { data: digests, ...(changes.length === 0 ? {} : { changes }) }
  const options = yield* fitOptions(plan, context, resume)
  // Contradictions are refused before anything is written.
  yield* checkCheckpoint(resume, model, options)
  yield* Trainer.check(task, { train: data.train.length, val: data.val.length }, options)
  const { dataset: train, from } = yield* DivergedBatch.replay(data.train, resume.from)
  if (from !== undefined) yield* progress.note(`repeating the batch that diverged, from ${from}`)
  return yield* fitted(plan, context, task, { ...data, train }, options, { facts, resumeWith }).pipe(
    Effect.provide(runLayers(plan, context, resume))
  )
}, Effect.scoped)
