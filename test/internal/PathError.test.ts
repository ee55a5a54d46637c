import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CacheError } from "../../src/pipeline/stage/Artifact.ts"
import { CheckpointError } from "../../src/pipeline/train/Checkpoints.ts"

const facts = { path: "runs/1", problem: "it is empty", cure: "Fill it" }

describe("PathError", () => {
  it("says where, what and what to do, under the name of the error", () => {
    const error = new CheckpointError(facts)
    assert.strictEqual(String(error), "CheckpointError: runs/1: it is empty. Fill it")
    assert.deepStrictEqual(Schema.encodeSync(CheckpointError)(error), { _tag: "CheckpointError", ...facts })
    assert.isFalse(Schema.is(CacheError)(error))
  })

  it.effect("is caught by its own tag", () =>
    Effect.gen(function* () {
      const failing: Effect.Effect<never, CacheError | CheckpointError> = Effect.fail(new CacheError(facts))
      const caught = yield* failing.pipe(
        Effect.catchTag("CheckpointError", () => Effect.succeed("checkpoint")),
        Effect.catchTag("CacheError", ({ path }) => Effect.succeed(path))
      )
      assert.strictEqual(caught, "runs/1")
    })
  )
})
