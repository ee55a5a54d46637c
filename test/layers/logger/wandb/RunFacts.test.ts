import { assert, describe, it } from "vitest"
import * as RunFacts from "../../../../src/layers/logger/wandb/RunFacts.ts"

describe("the name of a run with its score", () => {
  const accuracy = { metric: "accuracy", mode: "max" } as const
  const summary = { "val/hmean": 0.2, "val/accuracy": 0.5, "best/val/accuracy": 0.75, "val/accuracy/3": 1 }

  it("is that of the objective, the best value if there is one", () => {
    assert.strictEqual(RunFacts.scoredName("exp", summary, accuracy), "exp_accuracy0.7500")
    assert.strictEqual(RunFacts.scoredName("exp", { "test/accuracy": 0.5 }, accuracy), "exp_accuracy0.5000")
    assert.strictEqual(RunFacts.scoredName("exp", { "val/hmean": 0.5 }, accuracy), "exp")
  })

  it("is a well-known one where the run does not say what it is judged by", () => {
    assert.strictEqual(RunFacts.scoredName("exp", summary, undefined), "exp_hmean0.2000")
    assert.strictEqual(RunFacts.scoredName("exp", {}, undefined), "exp")
  })
})
