/** A task as a checkpoint kept it: rebuilt from the checkpoint alone, its weights on the device. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as CheckpointDirectory from "../layers/checkpoint/CheckpointDirectory.ts"
import { Device, type DeviceError } from "../pipeline/device/Device.ts"
import { type Implementation, type Keys, PlanRefused } from "../pipeline/module/TaskModule.ts"
import type { Variables } from "../pipeline/nn/Model.ts"
import type { NetInvalid } from "../pipeline/nn/Pass.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import type { Task } from "../pipeline/task/Task.ts"
import {
  CheckpointError,
  type CheckpointMismatch,
  Checkpoints,
  type Saved,
  type Snapshot
} from "../pipeline/train/Checkpoints.ts"
import * as FitState from "../pipeline/train/FitState.ts"
import * as Loading from "./Loading.ts"
import type { PredictRun, TestRun } from "./Plans.ts"
import * as Resume from "./Resume.ts"
import * as RunLayers from "./RunLayers.ts"

export interface Trained<P, B, O, S> {
  readonly task: Task<B, O, S>
  readonly variables: Variables
  /** How it was trained, with what the test or prediction changes. */
  readonly plan: P
  readonly saved: Saved
}

export interface Options<P, Q, B, O, S> {
  readonly name: string
  readonly keys: Keys<P>
  readonly implementation: Implementation<P, Q, B, O, S>
  /** Folder of the experiment's training runs. */
  readonly experiment: string
  readonly reference: string
  /** Keys that take the place of the plan's, as far as the plan has them; null leaves the plan's. */
  readonly changes: unknown
}

/** With weights that are not numbers a net predicts nothing and reports nothing. */
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

/** The plan of a checkpoint. */
const planOf = <P>(name: string, keys: Keys<P>, { state, path }: Pick<Snapshot & Saved, "state" | "path">) =>
  Schema.decodeUnknownEffect(Schema.toCodecJson(keys))(state.taskPlan).pipe(
    Effect.mapError(
      (error) =>
        new CheckpointError({
          path,
          problem:
            state.task === name
              ? `the plan of task ${name} has changed since it was saved: ${error.message}`
              : `it was trained by task ${state.task}, and this is ${name}: ${error.message}`,
          cure:
            state.task === name
              ? "Give what is new a default and keep the types of the keys, or train again"
              : "Name a checkpoint that this task trained, or the task that trained this one: task=…"
        })
    )
  )

/** `plan` with the changes that it has keys for. */
const changed = Effect.fnUntraced(function* <P>(keys: Keys<P>, plan: P, changes: unknown) {
  const given = Object.entries(Object(changes)).filter(
    ([key, value]) => value !== null && value !== undefined && key in keys.fields
  )
  const whole: unknown = { ...Object(plan), ...Object.fromEntries(given) }
  if (Schema.is(Schema.toType(keys))(whole)) return whole
  return yield* new PlanRefused({
    key: given.map(([key]) => key).join(", "),
    value: "…",
    problem: "it does not fit the plan of the training run",
    cure: "Leave it out, to evaluate as in training."
  })
})

/** Loads it; the weights are freed with the scope. */
export const load = Effect.fn("Trained.load")(function* <P, Q, B, O, S>({
  name,
  keys,
  implementation,
  experiment,
  reference,
  changes
}: Options<P, Q, B, O, S>): Effect.fn.Return<
  Trained<P, B, O, S>,
  CheckpointError | CheckpointMismatch | DeviceError | NetInvalid | PlanRefused,
  Device | FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  const device = yield* Device
  const found = yield* Resume.checkpoint(experiment, reference)
  const snapshot = yield* Checkpoints.use((checkpoints) => checkpoints.load(found.reference)).pipe(
    Effect.provide(CheckpointDirectory.layerAt(found.folder))
  )
  const plan = yield* changed(keys, yield* planOf(name, keys, snapshot), changes)
  const task = yield* Loading.task(implementation, plan)
  yield* FitState.checkModel(task.model, snapshot)
  yield* checkFinite(snapshot)
  const variables = yield* Effect.acquireRelease(
    device.run("load weights", (tf) => FitState.uploadModel(tf, task.model, snapshot.model)),
    ({ params, buffers }) => Effect.sync(() => device.tf.dispose([params, buffers]))
  )
  return { task, variables, plan, saved: snapshot }
})

type RunOptions<P, Q, B, O, S> = Omit<Options<P, Q, B, O, S>, "experiment" | "reference">

/** Loads the checkpoint that a test or prediction names `reference`. */
export const named = Effect.fn("Trained.named")(function* <P, Q, B, O, S>(
  run: TestRun | PredictRun,
  options: RunOptions<P, Q, B, O, S>,
  reference: string
) {
  const path = yield* Path.Path
  const progress = yield* Progress
  const task = run.experiment.task ?? options.name
  const trained = yield* load({
    ...options,
    experiment: path.resolve(run.paths.output_dir, "train", task, run.exp_name),
    reference
  })
  yield* progress.note(`checkpoint ${trained.saved.path}, step ${trained.saved.state.step}`)
  return trained
})

/** Reports the engine, and loads what a test or prediction is asked to use. */
export const forRun = Effect.fn("Trained.forRun")(function* <P, Q, B, O, S>(
  run: TestRun | PredictRun,
  options: RunOptions<P, Q, B, O, S>
) {
  yield* RunLayers.reportEngine(run.trainer)
  return yield* named(run, options, run.checkpoint_path)
})
