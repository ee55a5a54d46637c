/**
 * Runs of any task as Effects, for programs that embed them: what `anneal train`, `test` and `predict` do, without a
 * command line. Each has a run directory with logs and checkpoints that agree, however it ends.
 */
import { resolve } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Workers from "../layers/data/Workers.ts"
import type * as DeviceLayer from "../layers/device/Device.ts"
import * as Canvas from "../layers/image/Canvas.ts"
import * as ImageCodec from "../layers/image/ImageCodec.ts"
import type { Device } from "../pipeline/device/Device.ts"
import type { Any, TaskModule } from "../pipeline/module/TaskModule.ts"
import type { TrainerPlan } from "../pipeline/plan/Plan.ts"
import type { WeightsPlan } from "../pipeline/plan/WeightsPlan.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import type { RunDirectoryError } from "../pipeline/run/RunDirectory.ts"
import type { CheckpointError } from "../pipeline/train/Checkpoints.ts"
import * as Plans from "./Plans.ts"
import * as PredictRun from "./Predict.ts"
import * as Resume from "./Resume.ts"
import * as RunLayers from "./RunLayers.ts"
import * as TestRun from "./Test.ts"
import * as TrainRun from "./Train.ts"

type DeviceErrors = Layer.Error<ReturnType<typeof DeviceLayer.layer>>

/** What a plan may leave out: everything that has a default. */
export type Partially<A> =
  A extends ReadonlyArray<unknown>
    ? A
    : A extends object
      ? { readonly [K in keyof A]?: Partially<A[K]> | undefined }
      : A

/** The key that every training has in `model`, if that is a mapping. */
export type Begins<P> = P extends { readonly model: infer M }
  ? M extends object
    ? WithWeights
    : unknown
  : WithWeights

interface WithWeights {
  readonly model?: { readonly weights?: typeof WeightsPlan.Encoded | undefined } | undefined
}

export interface Options {
  /** The run directory. By default one in `paths.output_dir`, by kind, task, experiment, time and seed. */
  readonly directory?: string | undefined
  /** Who is shown the events and warnings of the run. By default nobody. */
  readonly progress?: Layer.Layer<Progress> | undefined
  /** The engine. By default the one that the plan's `trainer` names. */
  readonly device?: Layer.Layer<Device, DeviceErrors> | undefined
}

interface Base {
  readonly seed: number
  readonly exp_name: string
  readonly experiment: { readonly task: string | null }
  readonly paths: { readonly output_dir: string }
  readonly trainer: TrainerPlan
}

const services = Workers.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(ImageCodec.layer, Canvas.layer)),
  Layer.provideMerge(NodeServices.layer)
)

/** `20261130_121956`, as `${now:%Y%m%d_%H%M%S}` in a configuration. */
const stamp = (now: DateTime.Utc): string => {
  const { year, month, day, hour, minute, second } = DateTime.toParts(DateTime.makeUnsafe(now))
  const two = (n: number) => String(n).padStart(2, "0")
  return `${year}${two(month)}${two(day)}_${two(hour)}${two(minute)}${two(second)}`
}

const contextOf = Effect.fnUntraced(function* (
  kind: Plans.Command,
  task: string,
  { paths, experiment, exp_name, seed }: Base,
  directory: string | undefined
) {
  const folder = resolve(paths.output_dir)
  const name = `${stamp(yield* DateTime.now)}_${seed}`
  const path = directory ?? [folder, kind, experiment.task ?? task, exp_name, name].join("/")
  return RunLayers.embedded(path, { timed: directory === undefined, registry: folder })
})

const provided =
  ({ trainer }: Base, { device, progress = Progress.silent }: Options) =>
  <A, E>(run: Effect.Effect<A, E, Device | Progress | Layer.Success<typeof services>>) =>
    run.pipe(Effect.provide(Layer.mergeAll(device ?? RunLayers.device(trainer), services, progress)))

/**
 * Trains the task of `module`. `plan` holds what differs from the defaults, as YAML would: `{ trainer: { max_epochs: 3 } }`;
 * or it is what `Run.compose` made of configs and overrides.
 * Fails with `PlanInvalid` if it does not decode, and with what data, engine and training can fail with.
 */
export const train = Effect.fn("Run.train")(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  plan: Plans.Composed | (typeof Plans.TrainRun.Encoded & Partially<P> & Begins<P>),
  options: Options = {}
) {
  const decoded = yield* Plans.trainPlan(module, yield* Plans.decode(module, "train", plan))
  const context = yield* contextOf("train", module.name, decoded.run, options.directory)
  return yield* TrainRun.run(module, decoded, context, `resume: "${context.directory}"`).pipe(
    provided(decoded.run, options)
  )
})

/** Measures a checkpoint, by default the best of the newest training of the experiment. */
export const test = Effect.fn("Run.test")(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  plan: Plans.Composed | (typeof Plans.TestRun.Encoded & Partially<T>),
  options: Options = {}
) {
  const decoded = yield* Plans.testPlan(module, yield* Plans.decode(module, "test", plan))
  const context = yield* contextOf("test", module.name, decoded.run, options.directory)
  return yield* TestRun.run(module, decoded, context).pipe(provided(decoded.run, options))
})

/** Predicts with a checkpoint; fails with `PlanRefused` if the task predicts nothing. */
export const predict = Effect.fn("Run.predict")(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  plan: Plans.Composed | (typeof Plans.PredictRun.Encoded & Partially<Q>),
  options: Options & { readonly strict?: boolean } = {}
) {
  if (module.predictPlan === undefined) return yield* PredictRun.refuse(module.name)
  const value = yield* Plans.decode(module, "predict", plan)
  const decoded = yield* Plans.predictPlan(module, module.predictPlan, value)
  const context = yield* contextOf("predict", module.name, decoded.run, options.directory)
  return yield* PredictRun.run(module, decoded, context, options.strict === true).pipe(
    provided(decoded.run, options)
  )
})

/**
 * The newest run of a task, where `train` and the command line put it: its directory, its record and the folders of its
 * best and last checkpoint. None if there is none.
 */
export const last = (
  { name }: Pick<Any, "name">,
  which: Omit<Resume.Experiment, "task"> = {}
): Effect.Effect<Option.Option<Resume.LastRun>, CheckpointError | RunDirectoryError> =>
  Effect.provide(Resume.last({ ...which, task: name }), NodeServices.layer)
