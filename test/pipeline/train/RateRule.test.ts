import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CallbacksPlan from "../../../src/pipeline/plan/CallbacksPlan.ts"
import * as RateRule from "../../../src/pipeline/train/RateRule.ts"
import * as MemoryCheckpoints from "../../../src/testing/MemoryCheckpoints.ts"
import { device, run } from "../tiny.ts"
import { difference, vectors } from "../vectors.ts"

const { metrics, options, lr, rates } = vectors.plateau

const fromPlan = (): RateRule.RateRule => {
  const plan = Schema.decodeUnknownSync(CallbacksPlan.CallbacksPlan)({
    reduce_on_plateau: { enabled: true, monitor: "m", ...options }
  })
  const [rule] = CallbacksPlan.rateRules(plan, undefined)
  return rule ?? assert.fail("the plan makes no rule")
}

/** The rates after each metric, by a rule that is `kept` and restored in between. */
const trace = (kept: (rule: RateRule.RateRule) => RateRule.RateRule) => {
  let rule = fromPlan()
  return metrics.map((value, epoch) => {
    rule = kept(rule.observe({ epoch, step: epoch, metrics: { m: value } }))
    return rule.rate(lr)
  })
}

describe("reduce on plateau", () => {
  it(`goes as ${vectors.made_by}`, () => {
    assert.isAtMost(
      difference(
        trace((rule) => rule),
        rates,
        1e-9
      ),
      1e-5
    )
  })

  it("goes on from what a checkpoint kept", () => {
    const json = Schema.fromJsonString(Schema.Json)
    const stored = (rule: RateRule.RateRule) => {
      const text = Schema.encodeSync(json)(rule.state)
      return Option.getOrThrow(fromPlan().restore(Schema.decodeSync(json)(text)))
    }
    assert.deepStrictEqual(
      trace(stored),
      trace((rule) => rule)
    )
  })

  it("does not raise a rate that lies below its least one", () => {
    const plateau = RateRule.plateau({
      monitor: "m",
      mode: "min",
      factor: 0.1,
      patience: 0,
      threshold: 0,
      thresholdMode: "abs",
      cooldown: 0,
      minRate: 0.01
    })
    const after = [1, 2, 3, 4].reduce(
      (rule, m, epoch) => rule.observe({ epoch, step: epoch, metrics: { m } }),
      plateau
    )
    assert.strictEqual(after.rate(1), 0.01)
    assert.strictEqual(after.rate(0.001), 0.001)
  })

  it.effect("reduces the rate of a fit, and a resumed fit goes on with it", () =>
    Effect.gen(function* () {
      const rateRules = [
        RateRule.plateau({
          monitor: "val/mse",
          mode: "max",
          factor: 0.5,
          patience: 0,
          threshold: 0,
          thresholdMode: "rel",
          cooldown: 0,
          minRate: 0
        })
      ]
      const changed = { rateRules, maxEpochs: 6, stopRules: [], learningRate: () => () => 0.01 }
      const used = (events: Effect.Success<ReturnType<typeof run>>) =>
        events.flatMap((event) => (event._tag === "StepEnded" ? [event.learningRate] : []))
      const whole = used(yield* run(MemoryCheckpoints.make(), changed))
      assert.isBelow(whole.at(-1) ?? 1, 0.01)
      const store = MemoryCheckpoints.make()
      const first = used(yield* run(store, changed, 40))
      const rest = used(yield* run(store, { ...changed, resume: "last" }))
      assert.deepStrictEqual([...first, ...rest], whole)
    }).pipe(Effect.provide(device))
  )
})
