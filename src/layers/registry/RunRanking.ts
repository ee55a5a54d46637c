/** Runs by what their tasks are judged by. Pure. */
import * as Objective from "../../pipeline/task/Objective.ts"
import type { RunEntry } from "./RunEntry.ts"

/** The greater the better; undefined if the run has no value, or does not say what it is judged by. */
const worth = ({ metrics, objective }: RunEntry): number | undefined => {
  if (objective === undefined) return undefined
  const value = Objective.valueIn(metrics, objective)
  return value === undefined || objective.mode === "max" ? value : -value
}

const better = (one: RunEntry, other: RunEntry): number => {
  const [left, right] = [worth(one), worth(other)]
  if (left === undefined || right === undefined)
    return Number(left === undefined) - Number(right === undefined)
  return right - left
}

/** Values of different objectives cannot be compared: each is a group of its own. */
const groupOf = ({ objective }: RunEntry): string =>
  objective === undefined ? "" : `${objective.mode} ${objective.metric}`

/**
 * The best first, those without a value last, and equal ones as they came. Runs of the same objective stay together, in
 * the order of their first run; those that do not say theirs come last.
 */
export const bestFirst = (runs: ReadonlyArray<RunEntry>): ReadonlyArray<RunEntry> => {
  const groups = [...Map.groupBy(runs, groupOf)]
  const ordered = groups.toSorted(([one], [other]) => Number(one === "") - Number(other === ""))
  return ordered.flatMap(([, group]) => group.toSorted(better))
}

/** The objective that all of the runs have; undefined if they have different ones, or one does not say its own. */
export const common = (runs: ReadonlyArray<RunEntry>): Objective.Objective | undefined =>
  new Set(runs.map(groupOf)).size === 1 ? runs[0]?.objective : undefined
