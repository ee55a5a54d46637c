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
