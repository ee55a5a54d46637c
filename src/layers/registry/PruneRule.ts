/** Which runs may be removed: a decision over the runs in the registry. Pure. */
import * as Objective from "../../pipeline/task/Objective.ts"
import type { RunEntry, Status } from "./RunEntry.ts"

export interface PruneRule {
  /** Only runs with one of these; running ones are never removed. */
  readonly statuses: ReadonlyArray<Status>
  /** Only runs that started at least this many days ago. */
  readonly olderThanDays: number | undefined
  /** How many of the best runs of each experiment are kept. */
  readonly keepBest: KeepBest | undefined
}

export interface KeepBest {
  readonly count: number
  /** A metric by its name in the record, and the direction; by default the objective of each run's task. */
  readonly by?: Objective.Objective | undefined
}

/** What runs of versions that did not record an objective are judged by. */
const unrecorded = { names: ["best/val/hmean"], mode: "max" } as const

/** Runs of one experiment compete for `keepBest`. */
const experimentOf = ({ kind, task, experiment }: RunEntry): string => [kind, task, experiment].join("/")

/** The names that a run's value may have, the first that it has counts, and the direction. */
const judgedBy = ({ objective }: RunEntry, by: Objective.Objective | undefined) => {
  if (by !== undefined) return { names: [by.metric], mode: by.mode }
  return objective === undefined ? unrecorded : { names: Objective.namesOf(objective), mode: objective.mode }
}

const bestOf = (runs: ReadonlyArray<RunEntry>, { by, count }: KeepBest): ReadonlyArray<RunEntry> => {
  const scored = runs.flatMap((run) => {
    const { names, mode } = judgedBy(run, by)
    const value = names.flatMap((name) => run.metrics[name] ?? [])[0]
    return value === undefined ? [] : [{ run, value: mode === "max" ? -value : value }]
  })
  return [...Map.groupBy(scored, ({ run }) => experimentOf(run)).values()].flatMap((group) =>
    group
      .toSorted((a, b) => a.value - b.value)
      .slice(0, count)
      .map(({ run }) => run)
  )
}

const day = 86_400_000

/** The runs to remove, given all runs and the time in milliseconds since 1970; parents of kept runs are kept. */
export const decide = (
  runs: ReadonlyArray<RunEntry>,
  rule: PruneRule,
  now: number
): ReadonlyArray<RunEntry> => {
  const best = new Set(rule.keepBest === undefined ? [] : bestOf(runs, rule.keepBest))
  const old = (run: RunEntry) =>
    rule.olderThanDays === undefined || now - Date.parse(run.started) >= rule.olderThanDays * day
  const going = new Set(
    runs.filter(
      (run) => run.status !== "running" && rule.statuses.includes(run.status) && old(run) && !best.has(run)
    )
  )
  const needed = new Set(runs.filter((run) => !going.has(run)).map(({ parent }) => parent))
  return [...going].filter(({ path }) => !needed.has(path))
}
