/** The scoped layers of a run, from its plan: one device, one directory, one place for checkpoints. */
import { sep } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Struct from "effect/Struct"
import * as DeviceLayer from "../layers/device/Device.ts"
import * as Packages from "../layers/image/Packages.ts"
import * as RunLoggerLayer from "../layers/logger/RunLogger.ts"
import * as RunDirectoryLayer from "../layers/run/RunDirectory.ts"
import * as Determinism from "../pipeline/device/Determinism.ts"
import { Device } from "../pipeline/device/Device.ts"
import type { Any } from "../pipeline/module/TaskModule.ts"
import { type LoggerPlan, none as noLogger } from "../pipeline/plan/LoggerPlan.ts"
import type { TrainerPlan } from "../pipeline/plan/Plan.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory, type RunRecord } from "../pipeline/run/RunDirectory.ts"
import type { PredictRun, TestRun } from "./Plans.ts"

/** What the caller of a run knows beside its plan. */
export interface RunContext {
  /** The run directory of a run that begins. */
  readonly directory: string
  /** Whether its name is the second at which the run began: if another run has that name, this one gets a number. */
  readonly timed?: boolean
  readonly command: ReadonlyArray<string>
  readonly overrides: ReadonlyArray<string>
  readonly versions: { readonly [name: string]: string }
  /** Files that describe the run, by path in the run directory: `plan.yaml`, `.hydra/config.yaml`. */
  readonly files: { readonly [path: string]: string }
  /** The module of the task, if it is not built in: its absolute path, and the digest of its source. */
  readonly task?: { readonly module: string; readonly digest: string }
  /** The folder of all runs, whose registry records this one; if absent, none does. */
  readonly registry?: string
}

/** The context of a run in `directory` that a program starts by itself; `known` overrides the defaults. */
export const embedded = (directory: string, known: Partial<RunContext> = {}): RunContext => ({
  directory,
  command: [],
  overrides: [],
  versions: {},
  files: {},
  ...known
})

export const device = (trainer: TrainerPlan) => DeviceLayer.layer(trainer)

/** Reports the engine and why it was chosen; refuses one that does not repeat its bits if the plan insists on it. */
export const reportEngine = Effect.fnUntraced(function* (trainer: TrainerPlan) {
  const { info } = yield* Device
  const progress = yield* Progress
  yield* progress.note(`engine ${info.name}: ${info.reason}`)
  const warning = yield* Determinism.check(info, trainer.deterministic)
  if (warning !== undefined) yield* progress.warn(warning)
})

/** The loggers of a run; a `fast_dev_run` has none. */
export const loggerPlan = (plan: {
  readonly logger: LoggerPlan
  readonly trainer: TrainerPlan
}): LoggerPlan => (PlanOptions.devBatches(plan.trainer) > 0 ? noLogger : plan.logger)

/**
 * Records the run in `path` in the registry of `folder`, which looks up the state of the run by itself from then on.
 * Runs inside the folder are found anyway. A registry that cannot be written is a warning and stops nothing: the run
 * directories are the truth.
 */
const register = Effect.fnUntraced(function* (folder: string, path: string) {
  if (path.startsWith(`${folder}${sep}`)) return
  const { Registry, layer } = yield* Effect.promise(() => import("../layers/registry/Registry.ts"))
  yield* Registry.use((registry) => registry.record(path)).pipe(
    Effect.provide(layer(folder)),
    Effect.catch((error) =>
      Effect.logWarning(`${error.message}. Until then \`anneal runs\` does not list ${path}`)
    )
  )
})

/** `made`, recorded in the registry of `folder` once it is there; without a folder in none. */
const registered = <E, R>(
  folder: string | undefined,
  made: Layer.Layer<RunDirectory, E, R>
): Layer.Layer<RunDirectory, E, R | FileSystem.FileSystem> =>
  folder === undefined
    ? made
    : Layer.effectDiscard(RunDirectory.use(({ path }) => register(folder, path))).pipe(
        Layer.provideMerge(made)
      )

export interface Kind {
  readonly kind: "train" | "test" | "predict"
  readonly task: Pick<Any, "name" | "objective">
}

export interface DirectoryChoice {
  readonly directory: string
  readonly reopen: boolean
  readonly parent: string | undefined
}

export const directory = (
  context: RunContext,
  choice: DirectoryChoice,
  { kind, seed, task }: Kind & { readonly seed: number }
) =>
  registered(
    context.registry,
    RunDirectoryLayer.layer({
      path: choice.directory,
      resume: choice.reopen,
      numbered: !choice.reopen && context.timed === true,
      kind,
      seed,
      task: { name: task.name, objective: task.objective, ...context.task },
      command: context.command,
      overrides: context.overrides,
      versions: context.versions,
      ...(choice.parent === undefined ? {} : { parent: choice.parent })
    })
  )

/** The directory and the loggers of a run that tests or predicts. */
export const evaluation = (run: TestRun | PredictRun, context: RunContext, kind: Kind) =>
  Layer.provideMerge(
    RunLoggerLayer.layer(loggerPlan(run)),
    directory(
      context,
      { directory: context.directory, reopen: false, parent: undefined },
      { ...kind, seed: run.seed }
    )
  )

/** Fails if packages are not installed that the task cannot do without. */
export const requirements = ({ requires }: Pick<Any, "requires">) =>
  requires?.includes("pictures") === true ? Packages.check : Effect.void

type Facts = Partial<Pick<RunRecord["resumes"][number], "engine" | "versions" | "data" | "changes">>

/** Records facts in `run.json`: for a resumed run in its newest attempt, so that the earlier ones stay. */
export const recordFacts = Effect.fnUntraced(function* (facts: Facts) {
  const run = yield* RunDirectory
  const record = yield* run.record
  const attempt = record.resumes.at(-1)
  if (attempt === undefined) return yield* run.update(Struct.omit(facts, ["changes"]))
  // The first attempt may have ended before its engine was recorded.
  const engine = record.engine ?? facts.engine ?? null
  yield* run.update({ engine, resumes: [...record.resumes.slice(0, -1), { ...attempt, ...facts }] })
})

/** Records the engine with its versions in `run.json`, and writes the files that describe the run. */
export const describe = Effect.fnUntraced(function* ({ files, versions }: RunContext) {
  const run = yield* RunDirectory
  const { info } = yield* Device
  yield* recordFacts({
    engine: info.name,
    versions: { ...versions, node: process.versions.node, ...info.versions }
  })
  yield* Effect.forEach(Object.entries(files), ([path, text]) => run.write(path, text), { discard: true })
})
