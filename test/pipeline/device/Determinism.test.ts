import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Determinism from "../../../src/pipeline/device/Determinism.ts"

const repeats = { name: "steady", deterministic: true }
const varies = { name: "native, 8 threads", deterministic: false }

describe("Determinism", () => {
  it.effect("says nothing of an engine that repeats its bits, or where nobody asks", () =>
    Effect.gen(function* () {
      for (const wish of [true, "warn", false] as const)
        assert.isUndefined(yield* Determinism.check(repeats, wish))
      assert.isUndefined(yield* Determinism.check(varies, false))
    })
  )

  it.effect("warns, or refuses with the setting and the cure", () =>
    Effect.gen(function* () {
      assert.include(
        yield* Determinism.check(varies, "warn"),
        "native, 8 threads does not give the same bits"
      )
      const error = yield* Effect.flip(Determinism.check(varies, true))
      assert.include(error.message, "trainer.deterministic=true is not supported")
      assert.include(error.message, "trainer.accelerator=wasm")
    })
  )
})
