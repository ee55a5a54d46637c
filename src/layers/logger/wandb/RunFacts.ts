/** The facts about a run that Weights & Biases gets besides its values. Pure, except for the host's name. */
import { hostname } from "node:os"
import { basename, dirname } from "node:path"
import * as Schema from "effect/Schema"
import type { WandbPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import * as Objective from "../../../pipeline/task/Objective.ts"
import type { SpoolHead } from "../spool/File.ts"

export interface RunFacts {
  readonly id: string
  readonly project: string
  readonly entity: string | null
  readonly name: string
  readonly group: string | null
  readonly notes: string | null
  readonly tags: ReadonlyArray<string>
  readonly host: string
  readonly program: string
  readonly commit: string | null
  /** Milliseconds since 1970. */
  readonly started: number
  /** The run directory. */
  readonly path: string
  /** `20260102_030405`. */
  readonly stamp: string
  /** What the task is judged by. */
  readonly objective: Objective.Objective | undefined
}

/** The experiment's folder and the run's own: `exp/20260102_030405_42`. */
const defaultName = (path: string): string => `${basename(dirname(path))}/${basename(path)}`

export const make = (plan: WandbPlan, { run }: SpoolHead): RunFacts => ({
  id: run.id,
  project: plan.project_name,
  entity: plan.entity,
  name: plan.name ?? defaultName(run.path),
  group: plan.group,
  notes: plan.notes,
  tags: [...plan.tags, ...(plan.exp_version === null ? [] : [plan.exp_version])],
  host: hostname(),
  program: run.command.join(" "),
  commit: run.commit,
  started: Date.parse(run.started),
  path: run.path,
  stamp: run.started.replaceAll(/[-:]/g, "").replace("T", "_").slice(0, 15),
  objective: run.objective
})

const shortOf = (metric: string): string => metric.slice(metric.lastIndexOf("/") + 1)

/** Scores for the name of a run that does not say what it is judged by, the most important first. */
const scores = ["hmean", "f1", "accuracy"]

const guessedIn = (summary: { readonly [metric: string]: number }): ReadonlyArray<string> =>
  scores.flatMap((score) =>
    ["best", "test", "val"].flatMap((prefix) =>
      Object.keys(summary).filter((metric) => metric.startsWith(prefix) && shortOf(metric) === score)
    )
  )

/** The name with the value that the run is judged by: `exp_hmean0.9530`; unchanged if there is none. */
export const scoredName = (
  name: string,
  summary: { readonly [metric: string]: number },
  objective: Objective.Objective | undefined
): string => {
  const names = objective === undefined ? guessedIn(summary) : Objective.namesOf(objective)
  const metric = names.find((one) => summary[one] !== undefined)
  const value = metric === undefined ? undefined : summary[metric]
  if (metric === undefined || value === undefined || !Number.isFinite(value)) return name
  return `${name}_${shortOf(metric)}${value.toFixed(4)}`
}

const isRecord = Schema.is(Schema.Record(Schema.String, Schema.Json))

/** The plan's top keys, each with its value. */
export const configEntries = (plan: Schema.Json): ReadonlyArray<readonly [string, Schema.Json]> =>
  isRecord(plan) ? Object.entries(plan) : []

/** `{"key": {"value": …}}` for every key of the plan. */
export const configText = (plan: Schema.Json): string =>
  JSON.stringify(
    Object.fromEntries([
      ...configEntries(plan).map(([key, value]) => [key, { value }]),
      ["_wandb", { value: { m: [], t: {} } }]
    ])
  )

/** The exit codes of the command line. */
export const exitCode = (status: "done" | "failed" | "interrupted"): number => {
  if (status === "done") return 0
  return status === "failed" ? 1 : 130
}
