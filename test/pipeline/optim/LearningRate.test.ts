import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as LearningRate from "../../../src/pipeline/optim/LearningRate.ts"
import * as SchedulePlan from "../../../src/pipeline/plan/SchedulePlan.ts"
import type { Totals } from "../../../src/pipeline/train/Totals.ts"
import { difference, vectors } from "../vectors.ts"

const totals = (steps: number, epochs = 10): Totals => ({
  trainBatches: 10,
  valBatches: 0,
  sanityBatches: 0,
  valEvery: 10,
  steps,
  horizon: { steps, epochs }
})

const decode = Schema.decodeUnknownSync(SchedulePlan.SchedulePlan, { onExcessProperty: "error" })

const rate = (lr: number, plan: unknown, run = totals(60)) => SchedulePlan.learningRate(lr, decode(plan))(run)

/** The plan with the options that PyTorch was given, and the plan's own defaults for the others. */
const plans: { readonly [name: string]: (options: { readonly [name: string]: unknown }) => unknown } = {
  cosine: ({ steps, final }) => ({ kind: "cosine", steps, final_lr: final }),
  cosine_restarts: ({ first, multiplier, final }) => ({
    kind: "cosine_restarts",
    first,
    multiplier,
    final_lr: final
  }),
  step: ({ every, gamma }) => ({ kind: "step", every, gamma, interval: "step" }),
  multi_step: ({ milestones, gamma }) => ({ kind: "multi_step", milestones, gamma, interval: "step" }),
  exponential: ({ gamma }) => ({ kind: "exponential", gamma, interval: "step" }),
  polynomial: ({ steps, power }) => ({ kind: "polynomial", steps, power }),
  one_cycle: ({ steps, pct_start, div, final_div, anneal = "cos" }) => ({
    kind: "one_cycle",
    steps,
    pct_start,
    div_factor: div,
    final_div_factor: final_div,
    anneal_strategy: anneal
  }),
  linear_warmup: ({ steps, start_factor }) => ({ kind: "linear", steps, start_factor, end_factor: 1 }),
  sequential: ({ milestones }) => ({
    kind: "sequential",
    milestones,
    schedules: [
      { kind: "constant" },
      { kind: "exponential", gamma: 0.9 },
      { kind: "step", every: 5, gamma: 0.5 }
    ]
  })
}

describe(`schedules against ${vectors.made_by}, 60 steps`, () => {
  it.each(vectors.schedules.map((row) => [row.name, row] as const))("%s", (name, { options, lr, rates }) => {
    const seen = rate(lr, plans[name]?.(options))
    assert.strictEqual(rates.length, 60)
    assert.isAtMost(
      difference(
        rates.map((_, step) => seen(step, 0)),
        rates,
        1e-9
      ),
      1e-5
    )
  })

  it("the same over epochs, whatever the step", () => {
    for (const { name, options, lr, rates } of vectors.schedules) {
      const seen = rate(lr, { ...Object(plans[name]?.(options)), interval: "epoch" })
      assert.isAtMost(
        difference(
          rates.map((_, epoch) => seen(epoch * 7 + 3, epoch)),
          rates,
          1e-9
        ),
        1e-5,
        name
      )
    }
  })

  it.each(["cos", "linear"] as const)("SWALR, %s, before which the schedule rules", (anneal) => {
    const before = LearningRate.constant(0.1)
    const settling = LearningRate.settling({ before, rate: 0.02, fromEpoch: 4, epochs: 5, anneal })
    const rates = vectors.averages.rates[anneal]
    assert.isAtMost(
      difference(
        rates.map((_, i) => settling(0, 4 + i)),
        rates,
        1e-9
      ),
      1e-5
    )
    assert.strictEqual(settling(99, 3), 0.1)
  })
})

describe("schedules of a plan", () => {
  it("steps and epochs are the defaults of their kinds", () => {
    assert.strictEqual(decode({ kind: "step", every: 3 }).interval, "epoch")
    assert.strictEqual(decode({ kind: "cosine" }).interval, "step")
  })

  it("a warm-up comes first, and the schedule has the rest of the run", () => {
    const seen = rate(1, { kind: "polynomial", warmup_steps: 4 }, totals(12))
    const rates = Array.from({ length: 12 }, (_, step) => seen(step, 0))
    assert.deepStrictEqual(rates, [0.25, 0.5, 0.75, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125])
    assert.strictEqual(seen(99, 0), 0)
  })

  it("a part of a sequence lasts until the next begins", () => {
    const seen = rate(
      1,
      { kind: "sequential", milestones: [4], schedules: [{ kind: "linear" }, { kind: "polynomial" }] },
      totals(8)
    )
    assert.deepStrictEqual(
      [0, 2, 3, 4, 6, 7].map((step) => seen(step, 0)),
      [1, 0.5, 0.25, 1, 0.5, 0.25]
    )
  })

  it.each([
    [
      { kind: "sequential", milestones: [], schedules: [{ kind: "linear" }, { kind: "linear" }] },
      "one fewer"
    ],
    [
      {
        kind: "sequential",
        milestones: [5, 3],
        schedules: [{ kind: "linear" }, { kind: "linear" }, { kind: "linear" }]
      },
      "rising"
    ],
    [{ kind: "step" }, "every"],
    [{ kind: "step", every: 0 }, "every"],
    [{ kind: "warm" }, "kind"]
  ])("refuses %j", (plan, part) => {
    const refused = Schema.decodeUnknownResult(SchedulePlan.SchedulePlan)(plan)
    assert.include(Result.getOrThrow(Result.flip(refused)).message, part)
  })
})
