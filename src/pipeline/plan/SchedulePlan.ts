/** The `schedule` part of a plan: how the learning rate moves. */
import * as Schema from "effect/Schema"
import { AboveZero, Count, Fraction, NonNegative, Positive } from "../internal/Numbers.ts"
import { field, required } from "./PlanField.ts"

const gamma = (value: number) => field(AboveZero, value, "What the rate is multiplied with.")

const length = (what: string) =>
  field(Schema.NullOr(Positive), null, `Length ${what}; null: as long as the run has after the warm-up.`)

/** Fields of each kind; what is counted (optimizer steps or epochs) is the schedule's `interval`. */
const kinds = {
  constant: { kind: Schema.tag("constant") },
  linear: {
    kind: Schema.tag("linear"),
    start_factor: field(NonNegative, 1, "Part of the rate at the beginning."),
    end_factor: field(NonNegative, 0, "Part of the rate at the end, and after it."),
    steps: length("of the line")
  },
  cosine: {
    kind: Schema.tag("cosine"),
    final_lr: field(NonNegative, 0, "Learning rate at the end."),
    steps: length("of the decay")
  },
  cosine_restarts: {
    kind: Schema.tag("cosine_restarts"),
    first: required(Positive, "Length of the first cycle."),
    multiplier: field(Positive, 1, "How much longer each cycle is than the one before."),
    final_lr: field(NonNegative, 0, "Learning rate at the end of a cycle.")
  },
  step: {
    kind: Schema.tag("step"),
    every: required(Positive, "Distance between reductions."),
    gamma: gamma(0.1)
  },
  multi_step: {
    kind: Schema.tag("multi_step"),
    milestones: required(Schema.Array(Positive), "Where the rate is reduced."),
    gamma: gamma(0.1)
  },
  exponential: { kind: Schema.tag("exponential"), gamma: gamma(0.95) },
  polynomial: {
    kind: Schema.tag("polynomial"),
    power: field(AboveZero, 1, "Exponent of the part that is left."),
    steps: length("of the decay")
  },
  one_cycle: {
    kind: Schema.tag("one_cycle"),
    pct_start: field(Fraction, 0.3, "Part of the cycle that goes up."),
    div_factor: field(AboveZero, 25, "The peak is this many times the first rate."),
    final_div_factor: field(AboveZero, 1e4, "The first rate is this many times the last."),
    anneal_strategy: field(Schema.Literals(["cos", "linear"]), "cos", "How it goes up and down."),
    steps: length("of the cycle")
  }
}

/** A curve over one count: what a sequence is made of. */
export const CurvePlan = Schema.Union([
  Schema.Struct(kinds.constant),
  Schema.Struct(kinds.linear),
  Schema.Struct(kinds.cosine),
  Schema.Struct(kinds.cosine_restarts),
  Schema.Struct(kinds.step),
  Schema.Struct(kinds.multi_step),
  Schema.Struct(kinds.exponential),
  Schema.Struct(kinds.polynomial),
  Schema.Struct(kinds.one_cycle)
])
export type CurvePlan = typeof CurvePlan.Type

const interval = (value: "step" | "epoch") =>
  field(Schema.Literals(["step", "epoch"]), value, "What the schedule counts: optimizer steps or epochs.")

const warmup_steps = field(
  Count,
  0,
  "Optimizer steps from 0 up to the peak rate, before the schedule begins."
)

/** Those whose length is the run's move with every step; those that wait for something count epochs, as in Lightning. */
const byStep = { interval: interval("step"), warmup_steps }
const byEpoch = { interval: interval("epoch"), warmup_steps }

const oneMoreThanMilestones = Schema.makeFilter<{
  readonly schedules: ReadonlyArray<unknown>
  readonly milestones: ReadonlyArray<number>
}>(
  ({ schedules, milestones }) =>
    schedules.length === milestones.length + 1 &&
    milestones.every((milestone, i) => milestone > (milestones[i - 1] ?? 0)),
  { expected: "rising milestones, one fewer than schedules" }
)

const Sequential = Schema.Struct({
  kind: Schema.tag("sequential"),
  schedules: required(Schema.NonEmptyArray(CurvePlan), "Schedules, one after the other."),
  milestones: required(Schema.Array(Positive), "Where the second and later schedules begin."),
  ...byStep
}).check(oneMoreThanMilestones)

export const SchedulePlan = Schema.Union([
  Schema.Struct({ ...kinds.constant, ...byStep }),
  Schema.Struct({ ...kinds.linear, ...byStep }),
  Schema.Struct({ ...kinds.cosine, ...byStep }),
  Schema.Struct({ ...kinds.cosine_restarts, ...byStep }),
  Schema.Struct({ ...kinds.step, ...byEpoch }),
  Schema.Struct({ ...kinds.multi_step, ...byEpoch }),
  Schema.Struct({ ...kinds.exponential, ...byEpoch }),
  Schema.Struct({ ...kinds.polynomial, ...byStep }),
  Schema.Struct({ ...kinds.one_cycle, ...byStep }),
  Sequential
])
export type SchedulePlan = typeof SchedulePlan.Type
