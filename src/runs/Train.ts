/** `anneal train`: a plan becomes a trained model in a run directory, whatever the task. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CheckpointDirectory from "../layers/checkpoint/CheckpointDirectory.ts"
import * as CheckpointReference from "../layers/checkpoint/CheckpointReference.ts"
import * as Choice from "../layers/checkpoint/Choice.ts"
import * as LoggedCheckpoints from "../layers/logger/LoggedCheckpoints.ts"
import { Device } from "../pipeline/device/Device.ts"
import type { Any, Implementation, Keys, TaskData, TaskModule } from "../pipeline/module/TaskModule.ts"
import type { Model } from "../pipeline/nn/Model.ts"
import * as ParameterGroup from "../pipeline/optim/ParameterGroup.ts"
import * as OptimizerPlan from "../pipeline/plan/OptimizerPlan.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import * as ModelSummary from "../pipeline/run/ModelSummary.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { type BeganWith, type RunChange, RunDirectory } from "../pipeline/run/RunDirectory.ts"
import { RunLogger } from "../pipeline/run/RunLogger.ts"
import * as RunRecorder from "../pipeline/run/RunRecorder.ts"
import type { DataError } from "../pipeline/task/Dataset.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"
import { ObjectiveMissing } from "../pipeline/task/Objective.ts"
import type { Task } from "../pipeline/task/Task.ts"
import type { Event } from "../pipeline/train/Event.ts"
import * as FitCheckpoint from "../pipeline/train/FitCheckpoint.ts"
import type { FitOptions } from "../pipeline/train/FitOptions.ts"
import * as Trainer from "../pipeline/train/Trainer.ts"
import * as BeginWeights from "./BeginWeights.ts"
import * as CheckedData from "./CheckedData.ts"
import * as DivergedBatch from "./DivergedBatch.ts"
import * as Figures from "./Figures.ts"
import * as ImageLog from "./ImageLog.ts"
import * as Loading from "./Loading.ts"
import type { TrainPlan, TrainRun } from "./Plans.ts"
import * as Resume from "./Resume.ts"
import * as ResumeCheck from "./ResumeCheck.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunObserver from "./RunObserver.ts"
import * as SampleCacheUse from "./SampleCacheUse.ts"
import * as SkippedSamples from "./SkippedSamples.ts"

export interface TrainOutcome {
  readonly directory: string
  /** Why training ended. */
  readonly reason: string
  readonly metrics: Metrics
  /** The values at the best checkpoint, under `best/`. */
  readonly bestMetrics: Metrics
  /** Where the best checkpoint is, or the last if none was ranked; absent if nothing was saved. */
  readonly best: string | undefined
  /** Paths of the figures that were written. */
  readonly figures: ReadonlyArray<string>
  /** Samples that were left out because they cannot be used. */
  readonly skipped: ReadonlyArray<DataError>
}

/** What a training computes: the task, and where its batches come from. */
interface Work<P, Q, B, O, S> {
  readonly module: TaskModule<P, unknown, Q, B, O, S>
  readonly implementation: Implementation<P, Q, B, O, S>
  readonly task: Task<B, O, S>
  readonly data: TaskData<B>
}

/** Fails if a checkpoint that is to begin a run of its own is not there, not whole, or does not fit. */
const checkCheckpoint = Effect.fnUntraced(function* (
  { reopen, from }: Resume.Resume,
  model: Model,
  { optimizer, parameterGroups }: FitOptions
) {
  if (reopen || from === undefined) return
  const fs = yield* FileSystem.FileSystem
  const path = yield* CheckpointReference.find(fs, ".", from)
  yield* FitCheckpoint.check(
    { model, optimizer, parameterGroups },
    yield* CheckpointReference.readAt(fs, path)
  )
})

/** The trainer's options: what the plan says, and what only the run knows. */
const fitOptions = Effect.fnUntraced(function* <P>(
  module: Any & { readonly plan: Keys<P> },
  { run, own, encoded }: TrainPlan<P>,
  { prefetch }: Pick<TaskData<never>, "prefetch">,
  context: RunLayers.RunContext,
  resume: Resume.Resume
) {
  return PlanOptions.fitOptions(run, {
    objective: module.objective,
    resume: resume.from,
    prefetch: prefetch ?? 2,
    planHash: ResumeCheck.digest(module, { encoded }),
    taskPlan: yield* Schema.encodeEffect(Schema.toCodecJson(module.plan))(own).pipe(Effect.orDie),
    versions: context.versions
  })
})

/** Observes the run: facts for the logger and `run.json`, pictures for the trackers and for the end. */
const observed = Effect.fnUntraced(function* <P, Q, B, O, S>(
  run: TrainRun,
  { module, implementation }: Work<P, Q, B, O, S>
) {
  const { pictures, batch } = implementation
  const figures = Figures.make<O, S>({
    objective: module.objective,
    images: run.figure_images,
    pictures,
    figures: implementation.figures
  })
  const record = RunRecorder.make(run.trainer.log_every_n_steps)
  const images = ImageLog.make<O>(RunLayers.loggerPlan(run), pictures)
  const diverged = DivergedBatch.watch(batch)
  const observer = yield* RunObserver.make(run.trainer, (event: Event<O, S>) =>
    record(event).pipe(
      Effect.andThen(images.watch(event)),
      Effect.andThen(diverged(event)),
      Effect.andThen(figures.watch(event))
    )
  )
  return { observer, figures }
})

/** The calls of the model's layers in a forward pass, if it knows the shape of its input. */
const traced = Effect.fnUntraced(function* ({ name, trace }: Model) {
  if (trace === undefined) return undefined
  const { compute, ops } = yield* Device
  return yield* compute(`the summary of ${name}`, (tf) => trace({ tf, ops }))
})

const describe = Effect.fnUntraced(function* (
  { run, encoded }: TrainPlan<unknown>,
  context: RunLayers.RunContext,
  model: Model,
  began: BeganWith | undefined
) {
  const logger = yield* RunLogger
  const progress = yield* Progress
  // JSON is YAML: a program that embeds the run need not give its plan again for the run to be resumed.
  const files = { "plan.yaml": `${JSON.stringify(encoded, null, 2)}\n`, ...context.files }
  yield* RunLayers.describe({ ...context, files })
  yield* logger.hyperparameters(encoded)
  if (began !== undefined) yield* BeginWeights.report(model, began)
  if (!run.trainer.enable_model_summary) return
  const described = ParameterGroup.withFrozen(model, OptimizerPlan.parameterGroups(run.optimizer))
  const lines = ModelSummary.lines(described, run.callbacks.model_summary.max_depth, yield* traced(model))
  yield* Effect.forEach(lines, progress.note, { discard: true })
})

/** What identifies the data, and what is no longer as it was in the run that is resumed. */
interface Facts {
  readonly data: { readonly [name: string]: string }
  readonly changes?: ReadonlyArray<RunChange>
}

interface Asked {
  readonly facts: Facts
  /** What the model begins with, if not with its own first values. */
  readonly began: BeganWith | undefined
  readonly options: FitOptions
  /** The command that resumes the run. */
  readonly resumeWith: string
}

const fitted = Effect.fn("Train.fit")(function* <P, Q, B, O, S>(
  plan: TrainPlan<P>,
  context: RunLayers.RunContext,
  work: Work<P, Q, B, O, S>,
  { facts, began, options, resumeWith }: Asked
) {
  const directory = yield* RunDirectory
  const progress = yield* Progress
  yield* Resume.remember(directory.path)
  // First, so that a run which stops before its new plan is written is compared with the old one again.
  yield* RunLayers.recordFacts(facts)
  yield* describe(plan, context, work.task.model, began)
  yield* SkippedSamples.record(work.data)
  yield* SampleCacheUse.record(work.data)
  const { observer, figures } = yield* observed(plan.run, work)
  const ended = yield* Trainer.fit(work.task, work.data, options, observer.watch).pipe(
    Stream.runLast,
    Effect.onInterrupt(() =>
      progress.note(`interrupted; the last checkpoint is saved. Resume with: ${resumeWith}`)
    )
  )
  yield* observer.report
  yield* SampleCacheUse.report(work.data)
  const drawn = yield* figures.draw
  const { metrics } = yield* directory.record
  const fs = yield* FileSystem.FileSystem
  const saved = yield* CheckpointReference.wholeIn(fs, CheckpointDirectory.folderOf(directory))
  const last = Option.getOrUndefined(ended)
  const outcome: TrainOutcome = {
    directory: directory.path,
    reason: last?._tag === "FitEnded" ? last.reason : "",
    metrics: last?._tag === "FitEnded" ? last.metrics : {},
    bestMetrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith("best/"))),
    best: (Choice.best(saved) ?? saved.at(-1))?.path,
    figures: drawn,
    skipped: SkippedSamples.of(work.data)
  }
  return outcome
}, Effect.scoped)

/** The layers of the run directory; the logger drops what was logged after the checkpoint resumed from. */
const runLayers = (
  run: TrainRun,
  task: Pick<Any, "name" | "objective">,
  context: RunLayers.RunContext,
  resume: Resume.Resume
) =>
  LoggedCheckpoints.layerWith(RunLayers.loggerPlan(run), resume.from).pipe(
    Layer.provideMerge(RunLayers.directory(context, resume, { kind: "train", seed: run.seed, task }))
  )

/** Fails if the metric of the task does not report what the task is judged by. */
const checkObjective = <B, O, S>(
  { name, objective }: Pick<Any, "name" | "objective">,
  { metric }: Task<B, O, S>
) => {
  const reported = Object.keys(metric.result(metric.initial))
  return reported.includes(objective.metric)
    ? Effect.void
    : Effect.fail(new ObjectiveMissing({ task: name, metric: objective.metric, reported }))
}

/** Digests of the sets, of those that have one. */
const digestsOf = Effect.fnUntraced(function* <B>(data: TaskData<B>) {
  const digests: Record<string, string> = {}
  for (const name of ["train", "val"] as const) {
    const digest = data[name].fingerprint
    if (digest !== undefined) digests[name] = yield* digest
  }
  return digests
})

/** The task with the weights that its plan names; a run that is resumed from a checkpoint has its own. */
const begun = Effect.fnUntraced(function* <B, O, S>(
  task: Task<B, O, S>,
  { weights }: Pick<TrainPlan<unknown>, "weights">,
  { from }: Resume.Resume
) {
  if (weights === undefined) return { task, began: undefined }
  if (from !== undefined) {
    const progress = yield* Progress
    yield* progress.note(`${weights.path} is not read: the run is resumed, and has its weights`)
    return { task, began: undefined }
  }
  const { model, record } = yield* BeginWeights.load(task.model, weights)
  return { task: { ...task, model }, began: record }
})

/**
 * Trains the task of `module` as `plan` says. Device and data are checked before anything is written; the run
 * directory, its logger and its checkpoints close with the run, however it ends.
 */
export const run = Effect.fn("Train.run")(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  plan: TrainPlan<P>,
  context: RunLayers.RunContext,
  /** The command that resumes it, shown when the run is interrupted. */
  resumeWith: string
) {
  const progress = yield* Progress
  yield* RunLayers.requirements(module)
  yield* RunLayers.reportEngine(plan.run.trainer)
  const implementation = yield* Loading.implementation(module)
  const declared = yield* Loading.task(implementation, plan.own)
  yield* checkObjective(module, declared)
  const data = yield* CheckedData.open(implementation, declared, plan.own, {
    seed: plan.run.seed,
    purpose: "train"
  })
  yield* Effect.forEach(data.warnings ?? [], progress.warn, { discard: true })
  const resume = yield* Resume.find(context.directory, plan.run.resume)
  const digests = yield* digestsOf(data)
  const now = {
    plan,
    data: digests,
    versions: context.versions,
    program: context.command[0],
    module: context.task?.digest
  }
  const changes = yield* ResumeCheck.check(module, resume, now)
  const facts = { data: digests, ...(changes.length === 0 ? {} : { changes }) }
  const { task, began } = yield* begun(declared, plan, resume)
  const options = yield* fitOptions(module, plan, data, context, resume)
  // What contradicts itself is refused before anything is written.
  yield* checkCheckpoint(resume, task.model, options)
  yield* Trainer.check(task, { train: data.train.length, val: data.val.length }, options)
  const { dataset: train, from } = yield* DivergedBatch.replay(data.train, implementation.batch, resume.from)
  if (from !== undefined) yield* progress.note(`repeating the batch that diverged, from ${from}`)
  const work = { module, implementation, task, data: { ...data, train } }
  return yield* fitted(plan, context, work, { facts, began, options, resumeWith }).pipe(
    Effect.provide(runLayers(plan.run, module, context, resume))
  )
}, Effect.scoped)
