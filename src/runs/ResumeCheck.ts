/** Checks that a run is resumed as it was: what has changed, which of it changes results, and what is refused. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as Flat from "../layers/logger/sink/Flat.ts"
import * as Git from "../layers/run/Git.ts"
import * as RunRecordFile from "../layers/run/RunRecordFile.ts"
import { Device } from "../pipeline/device/Device.ts"
import type { Any } from "../pipeline/module/TaskModule.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import type { RunChange, RunRecord } from "../pipeline/run/RunDirectory.ts"
import * as Fingerprint from "../pipeline/stage/Fingerprint.ts"
import { monitorOf } from "../pipeline/task/Objective.ts"
import * as Plans from "./Plans.ts"
import type { Resume } from "./Resume.ts"

/** A run cannot be resumed here, or only with changes. */
export class ResumeRefused extends Schema.TaggedError<ResumeRefused>()("ResumeRefused", {
  path: Schema.String,
  problem: Schema.String,
  /** What has changed, a line each. */
  changes: Schema.Array(Schema.String),
  cure: Schema.String
}) {
  override get message() {
    return this.changes.length === 0
      ? `${this.path}: ${this.problem}. ${this.cure}`
      : [`${this.path}: ${this.problem}:`, ...this.changes.map((line) => `  ${line}`), this.cure].join("\n")
  }
}

/**
 * What a change means. `free`: weights and metrics stay the same, or it only sets how long to train. `shown`: the weights
 * after each step stay the same, but when they are evaluated or saved, or on how much data, does not; it is reported.
 * `exact`: every number after it differs.
 */
export type Weight = "free" | "shown" | "exact"

type Weights = Readonly<Record<string, Weight>>

/** By key of every run's plan; the longest beginning counts, and what is not here is `exact`. A task adds its own. */
export const weights: Weights = {
  task: "free",
  resume: "free",
  resume_exact: "free",
  // A run that is resumed has its weights.
  "model.weights": "free",
  exp_name: "free",
  experiment: "free",
  paths: "free",
  logger: "free",
  figure_images: "free",
  "trainer.max_epochs": "free",
  "trainer.min_epochs": "free",
  "trainer.max_steps": "free",
  "trainer.min_steps": "free",
  "trainer.max_time": "free",
  "trainer.limit_train_batches": "shown",
  "trainer.limit_val_batches": "shown",
  "trainer.limit_test_batches": "free",
  "trainer.limit_predict_batches": "free",
  "trainer.fast_dev_run": "shown",
  "trainer.num_sanity_val_steps": "free",
  "trainer.val_check_interval": "shown",
  "trainer.check_val_every_n_epoch": "shown",
  "trainer.log_every_n_steps": "free",
  "trainer.detect_anomaly": "free",
  "trainer.deterministic": "free",
  "trainer.enable_checkpointing": "free",
  "trainer.enable_progress_bar": "free",
  "trainer.enable_model_summary": "free",
  "trainer.profiler": "free",
  // The engine itself is compared, not the setting.
  "trainer.accelerator": "free",
  "trainer.devices": "free",
  "trainer.strategy": "free",
  "trainer.threads": "free",
  "callbacks.model_checkpoint": "shown",
  "callbacks.early_stopping": "shown",
  "callbacks.model_summary": "free",
  commit: "shown",
  version: "shown",
  threads: "shown",
  "task module": "shown"
}

/** The weight of a key such as `trainer.max_epochs` or `logger.wandb.tags`; a task weighs its own keys alone. */
export const weightOf = (key: string, own: Weights = {}): Weight => {
  const parts = key.split(".")
  const all = Plans.reserved.has(parts[0] ?? "") ? weights : { ...own, ...weights }
  for (let length = parts.length; length > 0; length--) {
    const found = all[parts.slice(0, length).join(".")]
    if (found !== undefined) return found
  }
  return "exact"
}

/** The keys of a plan, with the objective's name and direction where policies watch it: as plans named them before. */
const keysOf = (
  { objective }: Pick<Any, "objective">,
  encoded: unknown
): ReadonlyArray<readonly [string, Flat.FlatValue]> =>
  Flat.flatten(encoded).map(([key, value]) => {
    if (/^callbacks\..*\.monitor$/.test(key) && value === "objective") return [key, monitorOf(objective)]
    return /^callbacks\..*\.mode$/.test(key) && value === "auto" ? [key, objective.mode] : [key, value]
  })

/** A digest of all of a plan that must not change for a resume to be exact: its other keys leave it as it is. */
export const digest = (
  module: Pick<Any, "onResume" | "objective">,
  { encoded }: Pick<Plans.TrainPlan<unknown>, "encoded">
): string => {
  const exact = keysOf(module, encoded).filter(([key]) => weightOf(key, module.onResume) === "exact")
  return Fingerprint.short(Fingerprint.of(Object.fromEntries(exact)))
}

/** What the results of a run depend on, by name: keys of its plan, engine, data, versions, commit. */
export type Facts = ReadonlyMap<string, Flat.FlatValue>

/** The facts that differ; a key of the plan may be on one side only. */
export const changes = (before: Facts, now: Facts): ReadonlyArray<RunChange> =>
  [...new Set([...before.keys(), ...now.keys()])].flatMap((key) => {
    const [was, is] = [before.get(key) ?? null, now.get(key) ?? null]
    return was === is || key.startsWith("resume") ? [] : [{ key, before: was, now: is }]
  })

const threadsOf = /, (\d+ threads?)$/

/** The engine, and separately its threads, which do not change a bit on wasm. */
const engineFacts = (name: string): ReadonlyArray<readonly [string, string]> => {
  const threads = threadsOf.exec(name)?.[1]
  const engine: readonly [string, string] = ["engine", name.replace(threadsOf, "")]
  return threads === undefined || name.startsWith("wasm") ? [engine] : [engine, ["threads", threads]]
}

interface Known {
  readonly engine: string | null
  readonly data: { readonly [name: string]: string }
  readonly versions: { readonly [name: string]: string }
  readonly git: RunRecord["git"]
  /** Digest of the module that declares the task. */
  readonly module: string | undefined
}

const knownFacts = ({
  engine,
  data,
  versions,
  git,
  module
}: Known): ReadonlyArray<readonly [string, string]> => [
  ...(engine === null ? [] : engineFacts(engine)),
  ...Object.entries(data).map(([name, digest]) => [`${name} data`, Fingerprint.short(digest)] as const),
  ...Object.entries(versions).map(([name, version]) => [`version.${name}`, version] as const),
  ...(git === null ? [] : [["commit", git.commit.slice(0, 10)] as const]),
  ...(module === undefined ? [] : [["task module", Fingerprint.short(module)] as const])
]

const newest = <K extends Exclude<keyof Known, "module">>({ resumes, ...beginning }: RunRecord, key: K) =>
  resumes.findLast((attempt) => attempt[key] !== undefined)?.[key] ?? beginning[key]

/** The facts that the record has of the newest attempt, or else of those before it. */
export const latest = (record: RunRecord): Known => ({
  engine: newest(record, "engine"),
  data: newest(record, "data"),
  versions: newest(record, "versions"),
  git: newest(record, "git"),
  module: record.task?.digest
})

/** The facts that both sides have: an engine, data or version that one side does not know is no change. */
const shared = (
  one: ReadonlyArray<readonly [string, string]>,
  other: ReadonlyArray<readonly [string, string]>
) => {
  const names = new Set(other.map(([name]) => name))
  return one.filter(([name]) => names.has(name))
}

const foreign = (path: string, { id, command }: RunRecord) =>
  new ResumeRefused({
    path,
    problem: `run ${id} belongs to another program, and a program resumes only its own runs`,
    changes: [],
    cure: `Resume it with that program: ${command.join(" ")}`
  })

const outdated = (path: string, { id }: RunRecord, problem: string) =>
  new ResumeRefused({
    path,
    problem: `run ${id} has a plan that its task no longer reads`,
    changes: problem.split("\n"),
    cure: "Give what is new in the task's plan a default and keep the types of its keys, or train again"
  })

/** The plan of the run, encoded with its defaults; fails if `program` did not begin the run, by its record and its plan. */
export const checkProgram = (
  module: Any,
  path: string,
  record: RunRecord,
  plan: unknown,
  program: string | undefined
): Effect.Effect<unknown, ResumeRefused> => {
  if (record.kind !== "train") {
    return Effect.fail(
      new ResumeRefused({
        path,
        problem: `run ${record.id} is a ${record.kind} run, and only training can be resumed`,
        changes: [],
        cure: "`anneal runs list --where kind=train` lists training runs"
      })
    )
  }
  if (record.command[0] !== program) return Effect.fail(foreign(path, record))
  return Plans.decode(module, "train", plan).pipe(
    Effect.flatMap((decoded) => Plans.trainPlan(module, decoded)),
    Effect.map(({ encoded }) => encoded),
    Effect.mapError(({ message }) =>
      record.task?.name === module.name ? outdated(path, record, message) : foreign(path, record)
    )
  )
}

/** The run that starts or is resumed now. */
export interface Now {
  readonly plan: Plans.TrainPlan<unknown>
  readonly data: { readonly [name: string]: string }
  readonly versions: { readonly [name: string]: string }
  /** The first word of its command; undefined for a program that embeds the run without one. */
  readonly program: string | undefined
  /** Digest of the module that declares the task, if it is not built in. */
  readonly module: string | undefined
}

const shownValue = (value: RunChange["before"]): string => (value === null ? "nothing" : String(value))

const lineOf = ({ key, before, now }: RunChange): string =>
  `${key}: ${shownValue(before)} → ${shownValue(now)}`

const inexact = (path: string, all: ReadonlyArray<RunChange>) =>
  new ResumeRefused({
    path,
    problem: "the run cannot be resumed exactly, because these have changed",
    changes: all.map(lineOf),
    cure: "Restore them, or add resume_exact=false, which resumes with the new values and keeps the old ones in run.json"
  })

/** Refuses the changes, or reports those that are not `free`. */
const judge = Effect.fnUntraced(function* (
  path: string,
  found: ReadonlyArray<RunChange>,
  { onResume }: Pick<Any, "onResume">,
  mustBeExact: boolean
) {
  const progress = yield* Progress
  const exact = found.filter(({ key }) => weightOf(key, onResume) === "exact")
  if (mustBeExact && exact.length > 0) return yield* inexact(path, exact)
  const shown = found.filter(({ key }) => weightOf(key, onResume) !== "free")
  yield* Effect.forEach(shown, (change) => progress.warn(`resumed with a change: ${lineOf(change)}`), {
    discard: true
  })
})

/** What differs between the run in `path` and what is to go on; fails if the run is another program's. */
const compared = Effect.fnUntraced(function* (module: Any, path: string, recorded: unknown, now: Now) {
  const fs = yield* FileSystem.FileSystem
  const record = yield* RunRecordFile.read(fs, path)
  const before = yield* checkProgram(module, path, record, recorded, now.program)
  const { info } = yield* Device
  const then = knownFacts(latest(record))
  const versions = { ...now.versions, node: process.versions.node, ...info.versions }
  const git = yield* Git.stateOf(process.cwd())
  const today = knownFacts({ engine: info.name, data: now.data, versions, git, module: now.module })
  return changes(
    new Map([...keysOf(module, before), ...shared(then, today)]),
    new Map([...keysOf(module, now.plan.encoded), ...shared(today, then)])
  )
})

/**
 * Reports what has changed since the run that is resumed. A run that is reopened must continue as it was, unless the plan
 * has `resume_exact: false`; a run that only starts from a checkpoint may differ.
 */
export const check = Effect.fn("ResumeCheck.check")(function* (
  module: Any,
  { directory, reopen, from, parent }: Resume,
  now: Now
) {
  const path = reopen ? directory : parent
  if (path === undefined) return []
  const fs = yield* FileSystem.FileSystem
  const progress = yield* Progress
  const RunPlan = yield* Effect.promise(() => import("../layers/registry/RunPlan.ts"))
  const found = Effect.gen(function* () {
    const recorded = yield* RunPlan.read(fs, path)
    // The run stopped before its plan was written, so it trained nothing.
    const unplanned = from === undefined && Object.keys(Object(recorded)).length === 0
    return unplanned ? [] : yield* compared(module, path, recorded, now)
  })
  if (reopen) return yield* Effect.tap(found, (all) => judge(path, all, module, now.plan.run.resume_exact))
  return yield* found.pipe(
    Effect.tap((all) => judge(path, all, module, false)),
    Effect.catch(({ message }) =>
      Effect.as(progress.warn(`the run of this checkpoint cannot be compared: ${message}`), [])
    )
  )
})
