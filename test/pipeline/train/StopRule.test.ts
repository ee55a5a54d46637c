import { assert, describe, it } from "@effect/vitest"
import * as StopRule from "../../../src/pipeline/train/StopRule.ts"

/** Validations that a rule sees before it stops, and why it does; none where it never does. */
const stopping = (rule: StopRule.StopRule, values: ReadonlyArray<number>) => {
  let now = rule
  for (const [index, value] of values.entries()) {
    const { rule: next, stop } = now.observe({ epoch: index, step: index, metrics: { loss: value } })
    if (stop !== undefined) return { after: index + 1, stop }
    now = next
  }
  return undefined
}

describe("StopRule.earlyStopping", () => {
  const rule = StopRule.earlyStopping({ monitor: "loss", mode: "min" })

  it("has Lightning's defaults: three validations, any change, a metric that is there and finite", () => {
    assert.strictEqual(rule.requires, "loss")
    assert.deepStrictEqual(stopping(rule, [1, 1, 1, 1]), {
      after: 4,
      stop: "early stopping: loss did not improve on 1 in 3 validations"
    })
    assert.isUndefined(stopping(rule, [1, 1, 1, 0.999999, 1, 1]))
    assert.deepStrictEqual(stopping(rule, [1, Number.NaN]), { after: 2, stop: "early stopping: loss is NaN" })
  })

  it("follows other options", () => {
    const lenient = StopRule.earlyStopping({
      monitor: "loss",
      mode: "min",
      patience: 1,
      minDelta: 0.1,
      strict: false,
      checkFinite: false
    })
    assert.isUndefined(lenient.requires)
    assert.strictEqual(stopping(lenient, [1, 0.95])?.after, 2)
    assert.include(stopping(lenient, [1, Number.NaN])?.stop, "did not improve")
  })
})
