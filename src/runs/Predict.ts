/** `anneal predict`: what a checkpoint makes of inputs of which nobody knows the truth, whatever the task. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import {
  PlanRefused,
  type Predicted,
  type Prediction,
  type TaskModule
} from "../pipeline/module/TaskModule.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import * as Dataset from "../pipeline/task/Dataset.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"
import type { Event } from "../pipeline/train/Event.ts"
import * as Trainer from "../pipeline/train/Trainer.ts"
import * as CheckedData from "./CheckedData.ts"
import * as Loading from "./Loading.ts"
import type { PredictPlan } from "./Plans.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunObserver from "./RunObserver.ts"
import * as Trained from "./Trained.ts"

export interface PredictOutcome extends Omit<Predicted, "skipped"> {
  readonly directory: string
  readonly checkpoint: string
  /** Why inputs were left out, in the order of their places. */
  readonly skipped: ReadonlyArray<Dataset.DataError>
  /** Empty: without annotations there is nothing to compare with. */
  readonly metrics: Metrics
}

const byPlace = (a: Dataset.DataError, b: Dataset.DataError): number =>
  Number(a.where > b.where) - Number(a.where < b.where)

const predicted = Effect.fn("Predict.predict")(function* <P, Q, B, O, S>(
  { run }: PredictPlan<Q>,
  context: RunLayers.RunContext,
  trained: Trained.Trained<P, B, O, S>,
  { inputs, write, prefetch }: Prediction<B, O>
) {
  const directory = yield* RunDirectory
  yield* RunLayers.describe(context)
  const observer = yield* RunObserver.make(run.trainer, (_: Event<O, S>) => Effect.void)
  const given = yield* CheckedData.checked(inputs, trained.task)
  const options = {
    limitBatches: PlanOptions.evaluationLimit(run.trainer, "predict"),
    prefetch: prefetch ?? 2
  }
  const outputs = Trainer.predict(trained.task, given, trained.variables, options, observer.watch).pipe(
    Stream.flatMap((event) =>
      event._tag === "EvaluationBatchEnded" ? Stream.succeed(event.outputs) : Stream.empty
    )
  )
  const { skipped, ...written } = yield* write(outputs)
  yield* observer.report
  const listed = skipped.toSorted(byPlace)
  if (listed.length > 0) {
    const lines = listed.map(({ message }) => `${message}\n`)
    yield* directory.write("predictions/skipped.txt", lines.join(""))
  }
  const outcome: PredictOutcome = {
    ...written,
    directory: directory.path,
    checkpoint: trained.saved.path,
    metrics: {},
    skipped: listed
  }
  return outcome
}, Effect.scoped)

/** Of a task that predicts nothing. */
export const refuse = (task: string) =>
  new PlanRefused({
    key: "task",
    value: task,
    problem: "it predicts nothing",
    cure: "Give its module `predict` and `predictPlan`: docs/your-own-task.md, Predict."
  })

/**
 * Predicts the inputs of `plan`; device, checkpoint and inputs are checked before anything is written. An input that
 * cannot be read is left out and listed, or fails the run if it is `strict`.
 */
export const run = Effect.fn("Predict.run")(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  plan: PredictPlan<Q>,
  context: RunLayers.RunContext,
  strict = false
) {
  yield* RunLayers.requirements(module)
  const implementation = yield* Loading.implementation(module)
  const { predict } = implementation
  if (predict === undefined) return yield* refuse(module.name)
  const trained = yield* Trained.forRun(plan.run, {
    name: module.name,
    keys: module.plan,
    implementation,
    changes: plan.own
  })
  const prediction = yield* Dataset.catchRefused(
    Effect.suspend(() => predict(trained.plan, plan.own, { strict }))
  )
  return yield* predicted(plan, context, trained, prediction).pipe(
    Effect.provide(RunLayers.evaluation(plan.run, context, { kind: "predict", task: module }))
  )
}, Effect.scoped)
