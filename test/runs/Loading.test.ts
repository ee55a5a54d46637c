/** The task that is made of a plan: layers that do not fit are a failure, and all else that it throws a defect. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import * as Nn from "../../src/pipeline/nn/layers/Nn.ts"
import * as Loading from "../../src/runs/Loading.ts"
import * as TinyTask from "../../src/testing/TinyTask.ts"

const made = (net: () => void) =>
  Loading.task(
    {
      task: () => {
        net()
        return TinyTask.make()
      }
    },
    {}
  )

describe("Loading", () => {
  it.effect("fails with the layer of a net whose layers do not fit", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        made(() => Nn.sequential([Nn.dense({ inputs: 2, outputs: 3 }), Nn.dense({ inputs: 4, outputs: 1 })]))
      )
      assert.strictEqual(error._tag, "NetInvalid")
      assert.strictEqual(error.layer, "1 (dense)")
    })
  )

  it.effect("leaves other exceptions as they are", () =>
    Effect.gen(function* () {
      const broken = new TypeError("a bug")
      const exit = yield* Effect.exit(
        made(() => {
          throw broken
        })
      )
      assert.deepStrictEqual(exit, Exit.die(broken))
    })
  )
})
