import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { FitPlan } from "../../../src/pipeline/plan/Plan.ts"
import * as PlanOptions from "../../../src/pipeline/plan/PlanOptions.ts"
import * as FitOptions from "../../../src/pipeline/train/FitOptions.ts"
import * as Totals from "../../../src/pipeline/train/Totals.ts"

const planned = PlanOptions.fitOptions(Schema.decodeSync(FitPlan)({}), {
  objective: { metric: "accuracy", mode: "max" }
})
const made = FitOptions.make({})

/** What a value says, functions aside. */
const said = (value: unknown): string => JSON.stringify(value) ?? "nothing"

describe("PlanOptions", () => {
  it("a plan that says nothing means the options of a program that says nothing, but for what is listed", () => {
    const nothing = new Set<string>([said(undefined), said([]), said(0), said(false)])
    const differing = Object.entries(planned).filter(([key, value]) => {
      const other = said(Object.entries(made).find(([name]) => name === key)?.[1])
      return said(value) !== other && !(nothing.has(said(value)) && nothing.has(other))
    })
    assert.deepStrictEqual(
      differing.map(([key]) => key),
      // A plan has limits, a validation before the first step, and policies that watch the objective.
      ["maxEpochs", "numSanityValSteps", "gradientClip", "checkpoint", "stopRules"]
    )
  })

  it("the rate moves alike", () => {
    const totals = Totals.make({ ...made, maxEpochs: 3 }, 10, 2)
    for (const [step, epoch] of [
      [0, 0],
      [7, 0],
      [25, 2]
    ] as const) {
      assert.strictEqual(planned.learningRate(totals)(step, epoch), made.learningRate(totals)(step, epoch))
    }
  })
})
