/** `anneal test`: the metrics of a checkpoint on a test set, whatever the task. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Implementation, Report, TaskData, TaskModule } from "../pipeline/module/TaskModule.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import { RunLogger } from "../pipeline/run/RunLogger.ts"
import * as RunRecorder from "../pipeline/run/RunRecorder.ts"
import type { DataError, Dataset } from "../pipeline/task/Dataset.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"
import type { Event } from "../pipeline/train/Event.ts"
import * as Trainer from "../pipeline/train/Trainer.ts"
import * as CheckedData from "./CheckedData.ts"
import * as Figures from "./Figures.ts"
import * as ImageLog from "./ImageLog.ts"
import * as Loading from "./Loading.ts"
import type { TestPlan } from "./Plans.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunObserver from "./RunObserver.ts"
import * as SampleCacheUse from "./SampleCacheUse.ts"
import * as SkippedSamples from "./SkippedSamples.ts"
import * as Trained from "./Trained.ts"

export interface Compared {
  readonly checkpoint: string
  readonly metrics: Metrics
}

export interface TestOutcome {
  readonly directory: string
  readonly checkpoint: string
  readonly metrics: Metrics
  /** Another checkpoint on the same data, if it was asked for. */
  readonly compared: Compared | undefined
  readonly figures: ReadonlyArray<string>
  /** What the task wrote beside its metrics, absolute. */
  readonly places: ReadonlyArray<{ readonly what: string; readonly path: string }>
  /** Samples that were left out because they cannot be used. */
  readonly skipped: ReadonlyArray<DataError>
}

interface Work<P, Q, B, O, S> {
  readonly module: TaskModule<P, unknown, Q, B, O, S>
  readonly implementation: Implementation<P, Q, B, O, S>
  readonly trained: Trained.Trained<P, B, O, S>
  readonly other: Trained.Trained<P, B, O, S> | undefined
  readonly data: TaskData<B>
}

type Options = Parameters<typeof Trainer.evaluate>[3]

/** Measures another checkpoint on the same data. */
const compared = Effect.fnUntraced(function* <P, B, O, S>(
  { task, variables, saved }: Trained.Trained<P, B, O, S>,
  test: Dataset<B>,
  options: Options
) {
  const directory = yield* RunDirectory
  const ended = yield* Trainer.evaluate(task, test, variables, options).pipe(
    Stream.runFold(
      (): Metrics => ({}),
      (metrics, event) => (event._tag === "EvaluationEnded" ? event.metrics : metrics)
    )
  )
  const result: Compared = { checkpoint: saved.path, metrics: ended }
  yield* directory.write("report/compared.json", `${JSON.stringify(result, null, 2)}\n`)
  return result
})

/** Writes what the task makes of all that it saw. */
const reported = Effect.fnUntraced(function* <O>(report: Report<O> | undefined) {
  const directory = yield* RunDirectory
  const progress = yield* Progress
  if (report === undefined) return { figures: [], places: [] }
  const { figures, files, notes } = report.result()
  yield* Effect.forEach(files, ({ path, text }) => directory.write(path, text), { discard: true })
  yield* Effect.forEach(notes, progress.note, { discard: true })
  const drawn = yield* Effect.forEach(figures, ({ name, draw }) => Figures.save(name, draw))
  return {
    figures: drawn.flat(),
    places: files.map(({ what, path }) => ({ what, path: `${directory.path}/${path}` }))
  }
})

/** What the run directory and the loggers hold before the first batch. */
const begin = Effect.fnUntraced(function* <B, O>(
  { encoded }: TestPlan<unknown>,
  context: RunLayers.RunContext,
  data: TaskData<B>,
  report: Report<O> | undefined
) {
  const directory = yield* RunDirectory
  const logger = yield* RunLogger
  const progress = yield* Progress
  const isVal = report?.set === "val"
  if (isVal) yield* progress.warn("this measures the validation set, since something is chosen by it")
  const test = isVal ? data.val : (data.test ?? data.val)
  yield* RunLayers.describe(context)
  if (test.fingerprint !== undefined) yield* directory.update({ data: { test: yield* test.fingerprint } })
  yield* SkippedSamples.record(data)
  yield* SampleCacheUse.record(data)
  yield* logger.hyperparameters(encoded)
  return test
})

const tested = Effect.fn("Test.test")(function* <P, Q, B, O, S>(
  plan: TestPlan<unknown>,
  context: RunLayers.RunContext,
  { module, implementation, trained, other, data }: Work<P, Q, B, O, S>
) {
  const { run, own } = plan
  const { pictures } = implementation
  const report = implementation.report?.(trained.plan, own)
  const figures = Figures.make<O, S>({
    objective: module.objective,
    images: run.figure_images,
    pictures,
    figures: implementation.figures
  })
  const test = yield* begin(plan, context, data, report)
  const record = RunRecorder.make(run.trainer.log_every_n_steps)
  const images = ImageLog.make<O>(RunLayers.loggerPlan(run), pictures)
  const look = (event: Event<O, S>) =>
    Effect.sync(() => (event._tag === "EvaluationBatchEnded" ? report?.watch(event.outputs) : undefined))
  const observer = yield* RunObserver.make(run.trainer, (event: Event<O, S>) =>
    Effect.all([record(event), images.watch(event), figures.watch(event), look(event)], { discard: true })
  )
  const { epoch, step } = trained.saved.state
  const limitBatches = PlanOptions.evaluationLimit(run.trainer, "test")
  const options = { kind: "test", limitBatches, prefetch: data.prefetch ?? 2, epoch, step } as const
  yield* Stream.runDrain(Trainer.evaluate(trained.task, test, trained.variables, options, observer.watch))
  yield* observer.report
  const written = yield* reported(report)
  const outcome: TestOutcome = {
    directory: (yield* RunDirectory).path,
    checkpoint: trained.saved.path,
    metrics: (yield* (yield* RunDirectory).record).metrics,
    compared: other === undefined ? undefined : yield* compared(other, test, options),
    figures: [...(yield* figures.draw), ...written.figures],
    places: written.places,
    skipped: SkippedSamples.of(data)
  }
  return outcome
}, Effect.scoped)

/** Tests the checkpoint of `plan`; device, checkpoint and data are checked before anything is written. */
export const run = Effect.fn("Test.run")(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  plan: TestPlan<unknown>,
  context: RunLayers.RunContext
) {
  const progress = yield* Progress
  yield* RunLayers.requirements(module)
  const implementation = yield* Loading.implementation(module)
  const options = { name: module.name, keys: module.plan, implementation, changes: plan.own }
  const trained = yield* Trained.forRun(plan.run, options)
  const { compare_with } = plan.run
  const other = compare_with === null ? undefined : yield* Trained.named(plan.run, options, compare_with)
  const data = yield* CheckedData.open(implementation, trained.task, trained.plan, {
    seed: trained.saved.state.seed,
    purpose: "test"
  })
  yield* Effect.forEach(data.warnings ?? [], progress.warn, { discard: true })
  if (data.test === undefined) {
    yield* progress.warn("there is no test set, so this uses the validation set, which `best` was chosen by")
  }
  return yield* tested(plan, context, { module, implementation, trained, other, data }).pipe(
    Effect.provide(RunLayers.evaluation(plan.run, context, { kind: "test", task: module }))
  )
}, Effect.scoped)
