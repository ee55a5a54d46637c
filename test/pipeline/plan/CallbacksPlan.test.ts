import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as CallbacksPlan from "../../../src/pipeline/plan/CallbacksPlan.ts"
import * as StopRule from "../../../src/pipeline/train/StopRule.ts"

/** What a rule says after each validation of these values. */
const verdicts = (rule: StopRule.StopRule | undefined, values: ReadonlyArray<number>) => {
  let now = rule
  return values.map((value, epoch) => {
    const { rule: next, stop } = now?.observe({ epoch, step: epoch, metrics: { "val/hmean": value } }) ?? {}
    now = next
    return stop
  })
}

describe("CallbacksPlan", () => {
  it("a plan that says nothing of early stopping means the rule that is given nothing", () => {
    const [planned] = CallbacksPlan.stopRules(Schema.decodeSync(CallbacksPlan.CallbacksPlan)({}), {
      metric: "hmean",
      mode: "max"
    })
    const rule = StopRule.earlyStopping({ monitor: "val/hmean", mode: "max" })
    for (const values of [
      [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
      [0.5, 0.5 + 1e-9, Number.NaN]
    ]) {
      const said = verdicts(rule, values)
      assert.isTrue(said.some((stop) => stop !== undefined))
      assert.deepStrictEqual(verdicts(planned, values), said)
    }
  })
})
