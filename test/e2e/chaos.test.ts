import { assert, describe, it } from "vitest"
import * as Random from "../../src/pipeline/nn/Random.ts"
import { faults, kills, type Options, type Report } from "../chaos/chaos.ts"
import { detector, foreign, signals } from "../chaos/signals.ts"

/** A few trials of what `npm run chaos` does by the hundred; no limit of time, which is for that command. */
const survives = async (trials: number, run: (options: Options) => Promise<Report>) => {
  const { counts, violations } = await run({ trials, random: Random.make(20), tell: () => undefined })
  assert.deepStrictEqual(violations, [])
  assert.isAtLeast(
    [...counts.values()].reduce((sum, times) => sum + times, 0),
    trials
  )
}

describe("chaos", () => {
  it("kill -9 at 8 random moments loses nothing", () => survives(8, kills))

  it("4 failures of the file system lose nothing", () => survives(4, faults))

  it.each([
    ["the detector", detector],
    ["a task of one's own", foreign]
  ])("Ctrl-C at 4 random moments of anneal train of %s leaves nothing behind", (_, subject) =>
    survives(4, (options) => signals({ ...options, subject, grace: Number.POSITIVE_INFINITY }))
  )
})
