/** The metric that a task is judged by: monitors, `best`, sweeps and `runs list` take it from here. */
import * as Schema from "effect/Schema"
import { didYouMean } from "../../config/node/Nearest.ts"

export interface Objective {
  /** As the task's metric reports it, without a prefix: `accuracy`, not `val/accuracy`. */
  readonly metric: string
  readonly mode: "min" | "max"
}

/** The metric's name in logs and monitors. */
export const monitorOf = ({ metric }: Objective): string => `val/${metric}`

/** The names that the metric has in a log and in the record of a run, the one to judge by first. */
export const namesOf = ({ metric }: Objective): ReadonlyArray<string> => [
  `best/val/${metric}`,
  `val/${metric}`,
  `test/${metric}`
]

/** The value that a run is judged by; undefined if it has none. */
export const valueIn = (
  metrics: { readonly [name: string]: number },
  objective: Objective
): number | undefined => namesOf(objective).flatMap((name) => metrics[name] ?? [])[0]

/** Whether `value` is better than `other`. */
export const isBetter = ({ mode }: Pick<Objective, "mode">, value: number, other: number): boolean =>
  mode === "max" ? value > other : value < other

/** Whether a metric is that of a single class, or of another part of the data: `val/precision/3`. */
const isOfPart = (name: string): boolean => name.replace(/^best\//, "").split("/").length > 2

/**
 * Names of metrics for people: those of the objective first, then the others in their order; those of single classes
 * are left out.
 */
export const shown = (
  names: ReadonlyArray<string>,
  objective: Objective | undefined
): ReadonlyArray<string> => {
  const all = objective === undefined ? [] : namesOf(objective)
  const first = all.filter((name) => names.includes(name))
  return [...first, ...names.filter((name) => !first.includes(name) && !isOfPart(name))]
}

/** A task's metric does not report the objective. */
export class ObjectiveMissing extends Schema.TaggedError<ObjectiveMissing>()("ObjectiveMissing", {
  task: Schema.String,
  metric: Schema.String,
  reported: Schema.Array(Schema.String)
}) {
  override get message() {
    const { task, metric, reported } = this
    const near = didYouMean(metric, reported)
    return `task ${task}: its objective is "${metric}", which its metric does not report${near}. It reports ${reported.join(", ") || "nothing"}: name one of these as objective.metric`
  }
}
