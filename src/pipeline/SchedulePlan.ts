/** The `schedule` part of a plan: how the learning rate moves. */
import * as Schema from "effect/Schema"
import { Count, field, NonNegative, Positive } from "./PlanField.ts"

const warmup = field(Count, 0, "Optimizer steps from 0 up to the peak rate.")

export const SchedulePlan = Schema.Union([
  Schema.Struct({ kind: Schema.tag("constant"), warmup_steps: warmup }),
  Schema.Struct({
    kind: Schema.tag("cosine"),
    warmup_steps: warmup,
    final_lr: field(NonNegative, 0, "Learning rate at the end."),
    steps: field(
      Schema.NullOr(Positive),
      null,
      "Optimizer steps of the decay; null: as many as the run has after the warm-up."
    )
  })
])
export type SchedulePlan = typeof SchedulePlan.Type
