/** From the `schedule` of a plan to a learning rate. */
import * as LearningRate from "../optim/LearningRate.ts"
import type { Totals } from "../train/Totals.ts"
import type { CurvePlan, SchedulePlan } from "./SchedulePlan.ts"

const lengthOf = (plan: CurvePlan, length: number): number =>
  "steps" in plan ? (plan.steps ?? length) : length

/** `length` is what a curve lasts that does not say so itself. */
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

/** The schedule of a peak `rate`, once the length of the run is known. */
export const learningRate =
  (rate: number, plan: SchedulePlan) =>
  ({ horizon }: Totals): LearningRate.LearningRate => {
    const byEpoch = plan.interval === "epoch"
    const length = byEpoch ? horizon.epochs : horizon.steps - plan.warmup_steps
    const over = plan.kind === "sequential" ? sequence(plan, rate, length) : curve(plan, rate, length)
    const after = byEpoch ? LearningRate.perEpoch(over) : over
    return LearningRate.warmUp({ rate, steps: plan.warmup_steps, after })
  }
