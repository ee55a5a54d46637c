/** The plans of runs: what every run has, and beside it, at the root, the keys that a task brings along. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Any, Keys } from "../pipeline/module/TaskModule.ts"
import { LoggerPlan } from "../pipeline/plan/LoggerPlan.ts"
import { Count, ExperimentPlan, FitPlan, field, PathsPlan } from "../pipeline/plan/Plan.ts"
import type { Wanted } from "../pipeline/plan/WeightsPlan.ts"
import * as BuiltIn from "../tasks/builtIn/BuiltIn.ts"
import * as WeightsKey from "./WeightsKey.ts"

const experiment = {
  task: field(
    Schema.NonEmptyString,
    BuiltIn.usual,
    "What is being learnt: the name of a built-in task, or a module of your own, such as ./src/task.ts."
  ),
  seed: field(Count, 42, "Seed of weights, order, augmentation and whatever else is drawn."),
  exp_name: field(Schema.NonEmptyString, "quickstart", "Name of the experiment; part of the run directory."),
  experiment: field(ExperimentPlan, {}, "What kind of run this is."),
  paths: field(PathsPlan, {}, "Where things go."),
  trainer: FitPlan.fields.trainer,
  logger: field(LoggerPlan, {}, "Where the facts of a run go.")
}

const figure_images = field(Count, 4, "Samples in the figure of predictions; 0 draws none.")

/** What every training has. */
export const TrainRun = Schema.Struct({
  ...experiment,
  resume: field(
    Schema.NullOr(Schema.NonEmptyString),
    null,
    "`last` resumes the newest run of this experiment; or name a run directory or a checkpoint."
  ),
  resume_exact: field(
    Schema.Boolean,
    true,
    "Refuse to resume a run if its seed, data, model, optimizer or engine differ from now; false resumes it anyway."
  ),
  optimizer: FitPlan.fields.optimizer,
  schedule: FitPlan.fields.schedule,
  callbacks: FitPlan.fields.callbacks,
  figure_images
})
export type TrainRun = typeof TrainRun.Type

const evaluated = {
  ...experiment,
  checkpoint_path: field(
    Schema.NonEmptyString,
    "best",
    "`best` or `last` of the newest training run of this experiment; or a checkpoint, or a run directory."
  )
}

const compare_with = field(
  Schema.NullOr(Schema.NonEmptyString),
  null,
  "Another checkpoint to measure on the same data, named like checkpoint_path; null: none."
)

/** What every test has. */
export const TestRun = Schema.Struct({ ...evaluated, compare_with, figure_images })
export type TestRun = typeof TestRun.Type

/** What every prediction has. */
export const PredictRun = Schema.Struct(evaluated)
export type PredictRun = typeof PredictRun.Type

export type Command = "train" | "test" | "predict"

const runs = { train: TrainRun, test: TestRun, predict: PredictRun } as const

const none = Schema.Struct({})

/** The keys that every run of a command has and no group brings. */
export const unnamed = (command: Command): Keys<unknown>["fields"] => {
  if (command === "predict") return { checkpoint_path: evaluated.checkpoint_path }
  if (command === "test") return { checkpoint_path: evaluated.checkpoint_path, compare_with, figure_images }
  const { resume, resume_exact } = TrainRun.fields
  return { resume, resume_exact, figure_images }
}

/** The task's own keys in the plan of a command. */
export const ownKeys = (
  { plan, testPlan = none, predictPlan = none }: Any,
  command: Command
): Keys<unknown> => ({ train: plan, test: testPlan, predict: predictPlan })[command]

/** The keys in the plan of a command that a task has a say in: its own, and for a training `model.weights`. */
export const taskKeys = (module: Any, command: Command): Keys<unknown>["fields"] => {
  const { fields } = ownKeys(module, command)
  return command === "train" ? WeightsKey.beside(fields) : fields
}

/** A plan's key is one that every run has already. */
export class PlanKeyReserved extends Schema.TaggedError<PlanKeyReserved>()("PlanKeyReserved", {
  task: Schema.String,
  keys: Schema.Array(Schema.String)
}) {
  override get message() {
    return `task ${this.task}: its plan declares ${this.keys.join(", ")}, which every run has. Give its own keys other names, or put them into a group of their own, such as data or model`
  }
}

/** The keys that a task may not declare, since every run has them. */
export const reserved: ReadonlySet<string> = new Set(
  Object.values(runs).flatMap(({ fields }) => Object.keys(fields))
)

/** The Schema of a command's plan: what every run has and what the task brings, side by side. */
export const schema = (module: Any, command: Command) =>
  Effect.suspend(() => {
    const own = ownKeys(module, command).fields
    const keys = [
      ...Object.keys(own).filter((key) => reserved.has(key)),
      ...(command === "train" && WeightsKey.isTaken(own) ? ["model.weights"] : [])
    ]
    return keys.length > 0
      ? Effect.fail(new PlanKeyReserved({ task: module.name, keys }))
      : Effect.succeed(Schema.Struct({ ...runs[command].fields, ...taskKeys(module, command) }))
  })

/** A decoded plan, apart: what every run has, and what is the task's own. */
export interface Plan<Run, P> {
  readonly run: Run
  readonly own: P
  /** Both side by side, encoded: what `plan.yaml` holds. */
  readonly encoded: unknown
}

export interface TrainPlan<P> extends Plan<TrainRun, P> {
  /** What the model begins with, if not with its own first values. */
  readonly weights: Wanted | undefined
}
export type TestPlan<T> = Plan<TestRun, T>
export type PredictPlan<Q> = Plan<PredictRun, Q>

/** A plan that a program gives does not decode. */
export class PlanInvalid extends Schema.TaggedError<PlanInvalid>()("PlanInvalid", {
  task: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `the plan of task ${this.task} cannot be used:\n${this.problem}`
  }
}

type Whole = Schema.Codec<object, unknown>

/** The parts of a decoded plan, by their types. It was decoded with both Schemas, so that it is of both types. */
const apart = Effect.fnUntraced(function* <Run, P>(
  whole: Whole,
  run: Schema.Codec<Run, unknown>,
  own: Schema.Codec<P, unknown>,
  value: unknown
) {
  const isRun = Schema.is(Schema.toType(run))
  const isOwn = Schema.is(Schema.toType(own))
  const encoded = yield* Effect.orDie(Schema.encodeUnknownEffect(whole)(value))
  if (isRun(value) && isOwn(value)) return { run: value, own: value, encoded }
  return yield* Effect.die(new Error("a decoded plan is not of the types of its Schemas"))
})

/** The parts of a plan that `schema(module, "train")` decoded. */
export const trainPlan = <P>(module: Any & { readonly plan: Keys<P> }, value: unknown) =>
  schema(module, "train").pipe(
    Effect.flatMap((whole) => apart(whole, TrainRun, module.plan, value)),
    Effect.map((parts): TrainPlan<P> => ({ ...parts, weights: WeightsKey.of(value) }))
  )

/** A task without keys of a test has none there. */
export const testPlan = (module: Any, value: unknown) =>
  Effect.flatMap(schema(module, "test"), (whole) =>
    apart<TestRun, unknown>(whole, TestRun, module.testPlan ?? none, value)
  )

export const predictPlan = <Q>(module: Any, keys: Keys<Q>, value: unknown) =>
  Effect.flatMap(schema(module, "predict"), (whole) => apart(whole, PredictRun, keys, value))

/** A plan that was composed of configs and overrides, and decoded: `Run.compose` makes it. */
export class Composed extends Data.Class<{ readonly decoded: unknown }> {}

/** Decodes what a program gives as a plan; defaults fill what it leaves out, a key that is not known is refused. */
export const decode = Effect.fn("Plans.decode")(function* (module: Any, command: Command, input: unknown) {
  if (input instanceof Composed) return input.decoded
  const whole = yield* schema(module, command)
  return yield* Schema.decodeUnknownEffect(whole, { errors: "all", onExcessProperty: "error" })(input).pipe(
    Effect.mapError(({ message }) => new PlanInvalid({ task: module.name, problem: message }))
  )
})
