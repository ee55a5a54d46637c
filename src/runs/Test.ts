/** `anneal test`: the metrics of a checkpoint on a test set. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Packages from "../layers/image/Packages.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import { RunLogger } from "../pipeline/run/RunLogger.ts"
import * as RunRecorder from "../pipeline/run/RunRecorder.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"
import type { Event } from "../pipeline/train/Event.ts"
import * as Trainer from "../pipeline/train/Trainer.ts"
import * as Memory from "../tasks/textDetection/Memory.ts"
import * as Figures from "../tasks/textDetection/picture/Figures.ts"
import * as ImageLog from "../tasks/textDetection/picture/ImageLog.ts"
import type { DetectionResult } from "../tasks/textDetection/TextDetection.ts"
import * as DetectionData from "./DetectionData.ts"
import type { TestPlan } from "./Plans.ts"
import * as RunLayers from "./RunLayers.ts"
import * as RunObserver from "./RunObserver.ts"
import * as TrainedDetector from "./TrainedDetector.ts"

export interface TestOutcome {
  readonly directory: string
  readonly checkpoint: string
  readonly metrics: Metrics
  readonly figures: ReadonlyArray<string>
}

const tested = Effect.fn("Test.test")(function* (
  plan: TestPlan,
  context: RunLayers.RunContext,
  detector: TrainedDetector.TrainedDetector,
  data: DetectionData.DetectionData
) {
  const directory = yield* RunDirectory
  const logger = yield* RunLogger
  const figures = Figures.make(plan.figure_images)
  yield* RunLayers.describe(context)
  yield* directory.update({ data: { test: yield* data.fingerprint("test") } })
  yield* logger.hyperparameters(plan)
  const record = RunRecorder.make(plan.trainer.log_every_n_steps)
  const images = ImageLog.make(RunLayers.loggerPlan(plan))
  const observer = yield* RunObserver.make(plan.trainer, (event: Event<DetectionResult>) =>
    Effect.andThen(record(event), Effect.andThen(images.watch(event), figures.watch(event)))
  )
  const { epoch, step } = detector.saved.state
  yield* Trainer.evaluate(detector.task, data.test, detector.variables, {
    kind: "test",
    limitBatches: PlanOptions.evaluationLimit(plan.trainer, "test"),
    prefetch: detector.plan.data.prefetch,
    epoch,
    step
  }).pipe(Stream.runForEach(observer.watch))
  yield* observer.report
  const outcome: TestOutcome = {
    directory: directory.path,
    checkpoint: detector.saved.path,
    metrics: (yield* directory.record).metrics,
    figures: yield* figures.draw
  }
  return outcome
}, Effect.scoped)

/** Tests the checkpoint of `plan`; device, checkpoint and data are checked before anything is written. */
export const run = Effect.fn("Test.run")(function* (plan: TestPlan, context: RunLayers.RunContext) {
  yield* Packages.check
  const detector = yield* TrainedDetector.forRun(plan)
  const progress = yield* Progress
  const dataPlan = plan.data ?? detector.plan.data
  const data = yield* DetectionData.open({
    plan: dataPlan,
    seed: detector.saved.state.seed,
    multiple: detector.model.multiple
  })
  yield* data.requireWords("test")
  if (data.testIsVal) {
    yield* progress.warn(
      "the data has no part for tests, so this measures the part that validates, which chose `best`: " +
        "add test/annotations.json, or train with data.test_fraction=0.1"
    )
  }
  yield* Memory.evaluationOf(detector.plan.model, dataPlan, detector.model.multiple, data.sizes("test"))
  return yield* tested(plan, context, detector, data).pipe(
    Effect.provide(RunLayers.evaluation(plan, context, "test"))
  )
}, Effect.scoped)
