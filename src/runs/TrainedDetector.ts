/** A detector as a checkpoint kept it: rebuilt from the checkpoint alone, its weights on the device. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as CheckpointDirectory from "../layers/checkpoint/CheckpointDirectory.ts"
import { Device, type DeviceError } from "../pipeline/device/Device.ts"
import type { Variables } from "../pipeline/nn/Model.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import {
  CheckpointError,
  type CheckpointMismatch,
  Checkpoints,
  type Saved,
  type Snapshot
} from "../pipeline/train/Checkpoints.ts"
import * as FitState from "../pipeline/train/FitState.ts"
import { DetectorPlan } from "../tasks/textDetection/DetectionPlan.ts"
import type { PostProcessOptions } from "../tasks/textDetection/postprocess/PostProcessOptions.ts"
import * as TextDetection from "../tasks/textDetection/TextDetection.ts"
import type { PredictPlan, TestPlan } from "./Plans.ts"
import * as Resume from "./Resume.ts"
import * as RunLayers from "./RunLayers.ts"

export interface TrainedDetector extends TextDetection.Detector {
  readonly variables: Variables
  /** How it was trained. */
  readonly plan: DetectorPlan
  readonly saved: Saved
}

export interface Options {
  /** Folder of the experiment's training runs. */
  readonly experiment: string
  readonly reference: string
  /** Absent: as in training. */
  readonly postprocess: PostProcessOptions | null
}

const decodePlan = Schema.decodeUnknownEffect(Schema.toCodecJson(DetectorPlan))

/** With weights that are no numbers a net finds nothing, and says nothing. */
const checkFinite = ({ model, path }: Pick<Snapshot & Saved, "model" | "path">) => {
  const broken = Object.entries(model).flatMap(([name, { data }]) =>
    data.every(Number.isFinite) ? [] : [name]
  )
  if (broken.length === 0) return Effect.void
  return Effect.fail(
    new CheckpointError({
      path,
      problem: `its weights are not finite numbers: ${broken[0]}${broken.length > 1 ? ` and ${broken.length - 1} more` : ""}`,
      cure: "The training that saved it had diverged: name an earlier checkpoint"
    })
  )
}

/** Loads it; the weights are freed with the scope. */
export const load = Effect.fn("TrainedDetector.load")(function* (
  options: Options
): Effect.fn.Return<
  TrainedDetector,
  CheckpointError | CheckpointMismatch | DeviceError,
  Device | FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  const device = yield* Device
  const { folder, reference } = yield* Resume.checkpoint(options.experiment, options.reference)
  const snapshot = yield* Checkpoints.use((checkpoints) => checkpoints.load(reference)).pipe(
    Effect.provide(CheckpointDirectory.layerAt(folder))
  )
  const plan = yield* decodePlan(snapshot.state.taskPlan).pipe(
    Effect.mapError(
      (error) =>
        new CheckpointError({
          path: snapshot.path,
          problem: `it is not a text detector's checkpoint: ${error.message}`,
          cure: "Name a checkpoint that `anneal train` wrote for experiment.task=text_detection"
        })
    )
  )
  const detector = TextDetection.fromPlan({ ...plan, postprocess: options.postprocess ?? plan.postprocess })
  yield* FitState.checkModel(detector.model, snapshot)
  yield* checkFinite(snapshot)
  const variables = yield* Effect.acquireRelease(
    device.run("load weights", (tf) => FitState.uploadModel(tf, detector.model, snapshot.model)),
    ({ params, buffers }) => Effect.sync(() => device.tf.dispose([params, buffers]))
  )
  return { ...detector, variables, plan, saved: snapshot }
})

/** Says which engine computes, and loads what a test or prediction is asked to use. */
export const forRun = Effect.fn("TrainedDetector.forRun")(function* (plan: TestPlan | PredictPlan) {
  const path = yield* Path.Path
  const progress = yield* Progress
  yield* RunLayers.reportEngine(plan.trainer)
  const detector = yield* load({
    experiment: path.resolve(plan.paths.output_dir, "train", plan.experiment.task, plan.exp_name),
    reference: plan.checkpoint_path,
    postprocess: plan.postprocess
  })
  yield* progress.note(`checkpoint ${detector.saved.path}, step ${detector.saved.state.step}`)
  return detector
})
