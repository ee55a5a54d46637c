/** The `schedule` part of a plan: how the learning rate changes, and the function that it stands for. */

import * as Schema from "effect/Schema"
import { AboveZero, Count, Fraction, NonNegative, Positive } from "../internal/Numbers.ts"
import * as LearningRate from "../optim/LearningRate.ts"
import type { Totals } from "../train/Totals.ts"
import { field, required } from "./PlanField.ts"

const gamma = (value: number) => field(AboveZero, value, "Factor that the rate is multiplied by.")

const length = (what: string) =>
  field(Schema.NullOr(Positive), null, `Length ${what}; null: the rest of the run after the warm-up.`)

/** Fields of each kind. They count what the schedule's `interval` says: optimizer steps or epochs. */
const kinds = {
  constant: { kind: Schema.tag("constant") },
  linear: {
    kind: Schema.tag("linear"),
    start_factor: field(NonNegative, 1, "Fraction of the rate at the beginning."),
    end_factor: field(NonNegative, 0, "Fraction of the rate at the end, and afterwards."),
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
    multiplier: field(Positive, 1, "How many times longer each cycle is than the one before."),
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
    power: field(AboveZero, 1, "Exponent of the fraction that is left."),
    steps: length("of the decay")
  },
  one_cycle: {
    kind: Schema.tag("one_cycle"),
    pct_start: field(Fraction, 0.3, "Fraction of the cycle in which the rate rises."),
    div_factor: field(AboveZero, 25, "Peak rate divided by the first rate."),
    final_div_factor: field(AboveZero, 1e4, "First rate divided by the last."),
    anneal_strategy: field(Schema.Literals(["cos", "linear"]), "cos", "How the rate rises and falls."),
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
  "Optimizer steps of a linear warm-up to the peak rate, before the schedule begins."
)

/** Schedules that last the whole run count steps; those with distances of their own count epochs, as in Lightning. */
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
  schedules: required(Schema.NonEmptyArray(CurvePlan), "Schedules, one after another."),
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

const lengthOf = (plan: CurvePlan, length: number): number =>
  "steps" in plan ? (plan.steps ?? length) : length

/** The function of `plan`; `length` is for a curve whose own length is null. */
const curve = (plan: CurvePlan, rate: number, length: number): LearningRate.Curve => {
  const steps = lengthOf(plan, length)
  switch (plan.kind) {
    case "constant":
      return LearningRate.constant(rate)
    case "linear":
      return LearningRate.linear({
        rate,
        start: plan.start_factor,
        end: plan.end_factor,
        steps
      })
    case "cosine":
      return LearningRate.cosine({ rate, final: plan.final_lr, steps })
    case "polynomial":
      return LearningRate.polynomial({ rate, power: plan.power, steps })
    case "one_cycle":
      return oneCycle(plan, rate, steps)
    default:
      return unending(plan, rate)
  }
}

const oneCycle = (plan: Extract<CurvePlan, { kind: "one_cycle" }>, rate: number, steps: number) =>
  LearningRate.oneCycle({
    rate,
    steps,
    rise: plan.pct_start,
    divide: plan.div_factor,
    finalDivide: plan.final_div_factor,
    anneal: plan.anneal_strategy
  })

const unending = (
  plan: Extract<CurvePlan, { kind: "cosine_restarts" | "step" | "multi_step" | "exponential" }>,
  rate: number
): LearningRate.Curve => {
  switch (plan.kind) {
    case "cosine_restarts":
      return LearningRate.cosineRestarts({ ...plan, rate, final: plan.final_lr })
    case "step":
      return LearningRate.step({ ...plan, rate })
    case "multi_step":
      return LearningRate.multiStep({ ...plan, rate })
    case "exponential":
      return LearningRate.exponential({ ...plan, rate })
  }
}

const sequence = (
  { schedules, milestones }: Extract<SchedulePlan, { kind: "sequential" }>,
  rate: number,
  length: number
): LearningRate.Curve =>
  LearningRate.sequence(
    schedules.map((plan, i) => {
      const from = milestones[i - 1] ?? 0
      return { from, curve: curve(plan, rate, (milestones[i] ?? length) - from) }
    })
  )

/** The schedule with the peak `rate`, once the length of the run is known. */
export const learningRate =
  (rate: number, plan: SchedulePlan) =>
  ({ horizon }: Totals): LearningRate.LearningRate => {
    const byEpoch = plan.interval === "epoch"
    const length = byEpoch ? horizon.epochs : horizon.steps - plan.warmup_steps
    const over = plan.kind === "sequential" ? sequence(plan, rate, length) : curve(plan, rate, length)
    const after = byEpoch ? LearningRate.perEpoch(over) : over
    return LearningRate.warmUp({ rate, steps: plan.warmup_steps, after })
  }
