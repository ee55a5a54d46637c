/** Which runs may be removed: a decision over the runs in the registry. Pure. */
import type { RunEntry, Status } from "./RunEntry.ts"

export interface PruneRule {
  /** Only runs with one of these; running ones are never removed. */
  readonly statuses: ReadonlyArray<Status>
  /** Only runs that started at least this many days ago. */
  readonly olderThanDays: number | undefined
  /** How many of the best runs of each experiment by `metric` are kept. */
  readonly keepBest:
    | { readonly metric: string; readonly mode: "min" | "max"; readonly count: number }
    | undefined
}

/** Runs of one experiment compete for `keepBest`. */
const experimentOf = ({ kind, task, experiment }: RunEntry): string => [kind, task, experiment].join("/")

const bestOf = (
  runs: ReadonlyArray<RunEntry>,
  { metric, mode, count }: NonNullable<PruneRule["keepBest"]>
): ReadonlyArray<RunEntry> => {
  const sign = mode === "max" ? -1 : 1
  const scored = runs.flatMap((run) => {
    const value = run.metrics[metric]
    return value === undefined ? [] : [{ run, value: sign * value }]
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
