/** The scoped layers of a run, from its plan: one device, one directory, one place for checkpoints. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Struct from "effect/Struct"
import * as DeviceLayer from "../layers/device/Device.ts"
import * as RunLoggerLayer from "../layers/logger/RunLogger.ts"
import * as RunDirectoryLayer from "../layers/run/RunDirectory.ts"
import * as Determinism from "../pipeline/device/Determinism.ts"
import { Device } from "../pipeline/device/Device.ts"
import { type LoggerPlan, none as noLogger } from "../pipeline/plan/LoggerPlan.ts"
import type { TrainerPlan } from "../pipeline/plan/Plan.ts"
import * as PlanOptions from "../pipeline/plan/PlanOptions.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory, type RunRecord } from "../pipeline/run/RunDirectory.ts"
import * as Catalogue from "./Catalogue.ts"
import type { PredictPlan, TestPlan } from "./Plans.ts"

/** What the caller knows of a run beside its plan. */
export interface RunContext {
  /** The run directory of a run that begins. */
  readonly directory: string
  /** Whether its name tells the second at which the run began: another that began then takes a number. */
  readonly timed?: boolean
  readonly command: ReadonlyArray<string>
  readonly overrides: ReadonlyArray<string>
  readonly versions: { readonly [name: string]: string }
  /** Hash of the resolved plan. */
  readonly planHash: string
  /** Files that describe the run, by path in the run directory: `plan.yaml`, `.hydra/config.yaml`. */
  readonly files: { readonly [path: string]: string }
  /** The folder of all runs, whose catalogue is told of this one; absent tells none. */
  readonly catalogue?: string
}

/** The context of a run in `directory` that a program starts by itself; `known` is what it can say beside that. */
export const embedded = (directory: string, known: Partial<RunContext> = {}): RunContext => ({
  directory,
  command: [],
  overrides: [],
  versions: {},
  planHash: "",
  files: {},
  ...known
})

export const device = (trainer: TrainerPlan) => DeviceLayer.layer(trainer)

/** Says which engine it is and why; refuses one that does not repeat its bits where the plan insists on it. */
export const tellEngine = Effect.fnUntraced(function* (trainer: TrainerPlan) {
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

export interface DirectoryChoice {
  readonly directory: string
  readonly reopen: boolean
  readonly parent: string | undefined
}

export const directory = (
  context: RunContext,
  choice: DirectoryChoice,
  kind: "train" | "test" | "predict",
  seed: number
) =>
  Catalogue.told(
    context.catalogue,
    RunDirectoryLayer.layer({
      path: choice.directory,
      resume: choice.reopen,
      numbered: !choice.reopen && context.timed === true,
      kind,
      seed,
      command: context.command,
      overrides: context.overrides,
      versions: context.versions,
      ...(choice.parent === undefined ? {} : { parent: choice.parent })
    })
  )

/** A directory of its own and its loggers, for a run that evaluates. */
export const evaluation = (plan: TestPlan | PredictPlan, context: RunContext, kind: "test" | "predict") =>
  Layer.provideMerge(
    RunLoggerLayer.layer(loggerPlan(plan)),
    directory(context, { directory: context.directory, reopen: false, parent: undefined }, kind, plan.seed)
  )

type Facts = Partial<Pick<RunRecord["resumes"][number], "engine" | "versions" | "data" | "changes">>

/** Notes facts in `run.json`: of a run that was taken up again beside that attempt, so that the earlier ones stay. */
export const recordFacts = Effect.fnUntraced(function* (facts: Facts) {
  const run = yield* RunDirectory
  const record = yield* run.record
  const attempt = record.resumes.at(-1)
  if (attempt === undefined) return yield* run.update(Struct.omit(facts, ["changes"]))
  // The first start may have ended before it knew.
  const engine = record.engine ?? facts.engine ?? null
  yield* run.update({ engine, resumes: [...record.resumes.slice(0, -1), { ...attempt, ...facts }] })
})

/** Notes in `run.json` what computes, with its versions. */
export const recordEngine = Effect.fnUntraced(function* (context: Pick<RunContext, "versions">) {
  const { info } = yield* Device
  const versions = { ...context.versions, node: process.versions.node, ...info.versions }
  yield* recordFacts({ engine: info.name, versions })
})

/** Writes what describes the run. */
export const writeFiles = Effect.fnUntraced(function* ({ files }: RunContext) {
  const run = yield* RunDirectory
  yield* Effect.forEach(Object.entries(files), ([path, text]) => run.write(path, text), { discard: true })
})
