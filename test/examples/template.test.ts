/** What the project that `anneal init` writes promises of its training program. */
import { assert, describe, it } from "@effect/vitest"
import { FakeDevice, MemoryCheckpoints, ScriptedTask } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import { TestConsole } from "effect/testing"
import { task } from "../../templates/project/src/classifier.ts"
import * as Points from "../../templates/project/src/points.ts"
import { program, reason } from "../../templates/project/src/program.ts"

const data = {
  train: Points.dataset({ seed: 1, batches: 4, batchSize: 2 }),
  val: Points.dataset({ seed: 2, batches: 1, batchSize: 2 })
}

/** Each validation is as good as the one before, so that early stopping ends the run after the sixth. */
const scripted = () => ScriptedTask.over(task, () => ({ accuracy: 0.5 }))

/** What a run prints that is interrupted after `turns` turns of its fiber, and resumed. */
const printed = Effect.fnUntraced(function* (turns: number) {
  const store = MemoryCheckpoints.make()
  const run = (resume?: string) =>
    reason(program(scripted(), data, resume)).pipe(
      Effect.provide(Layer.merge(FakeDevice.layer(), store.layer))
    )
  const before = (yield* TestConsole.logLines).length
  // Three operations to a turn, so that an interruption falls between any two parts of the program.
  const small = Effect.provideService(run(), References.MaxOpsBeforeYield, 3)
  const fiber = yield* Effect.forkChild(small, { startImmediately: true })
  for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
  yield* Fiber.interrupt(fiber)
  yield* run(store.stored.has("last") ? "last" : undefined)
  return (yield* TestConsole.logLines).slice(before)
})

describe("the project of anneal init", () => {
  it.effect("prints each validation once, wherever its training is interrupted", () =>
    Effect.gen(function* () {
      const wanted = Array.from({ length: 6 }, (_, epoch) => `epoch ${epoch}: accuracy 0.500`)
      for (let turns = 0; turns < 1200; turns += 3) {
        assert.deepStrictEqual(yield* printed(turns), wanted, `after ${turns} turns`)
      }
    })
  )
})
