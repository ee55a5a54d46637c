import { readdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

describe("a run that diverges", () => {
  it("keeps the state and the batch before it, from which train repeats it and names the operation", async () => {
    const args = [
      "train",
      ...Anneal.small,
      "exp_name=diverged",
      "optimizer=sgd",
      "optimizer.lr=1e12",
      "schedule=constant",
      "trainer.gradient_clip_val=null"
    ]
    const first = await Anneal.run(cwd, ...args)
    assert.strictEqual(first.code, 1, first.stderr)
    const [, step = "", kept = ""] =
      /training diverged: .* at step (\d+) [\s\S]*before this step and its batch are in (\S+);/.exec(
        first.stderr
      ) ?? []
    assert.isAbove(Number(step), 1, first.stderr)
    const run = Anneal.runIn(cwd, "train", "diverged")
    assert.strictEqual(resolve(cwd, kept), join(run, "checkpoints", `diverged_step-${step.padStart(6, "0")}`))
    assert.lengthOf(readdirSync(join(run, "diverged")), 2)

    const again = await Anneal.run(cwd, ...args, `resume=${kept}`, "trainer.detect_anomaly=true")
    assert.strictEqual(again.code, 1, again.stderr)
    assert.include(again.stderr, "repeating the batch that diverged, from ")
    assert.include(again.stderr, ` at step ${step} `)
    assert.match(again.stderr, /The first number that is not finite came out of \w+ \((forward|backward)/)
  })
})
