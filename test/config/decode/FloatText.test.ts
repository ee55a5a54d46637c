import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Config from "../../../src/config/Config.ts"
import { TrainerPlan } from "../../../src/pipeline/plan/Plan.ts"
import * as memory from "../memory.ts"

const runtime = { cwd: "/w", now: new Date(2025, 0, 2), env: {}, jobName: "train" }

const decoded = (yaml: string, overrides: ReadonlyArray<string> = []) =>
  Config.compose({ searchPath: ["conf"], configName: "config", overrides, runtime }).pipe(
    Effect.provide(memory.layer({ "/w/conf/config.yaml": yaml })),
    Effect.flatMap((composed) => Config.decode(Schema.Struct({ trainer: TrainerPlan }), composed)),
    Effect.map(({ trainer }) => trainer)
  )

const all = { fraction: 1 }

describe("1 and 1.0 in a configuration", () => {
  it.effect.each<readonly [string, ReadonlyArray<string>, unknown]>([
    ["limit_train_batches: 1", [], 1],
    ["limit_train_batches: 1.0", [], all],
    ["limit_train_batches: 1.", [], all],
    ["limit_train_batches: 1e0", [], all],
    ["limit_train_batches: 3", ["trainer.limit_train_batches=1.0"], all],
    ["limit_train_batches: 0.25", ["trainer.limit_train_batches=1"], 1],
    ["limit_train_batches: ${trainer.limit_val_batches}\n  limit_val_batches: 1.0", [], all],
    ["limit_train_batches: 0.5", [], { fraction: 0.5 }],
    ["limit_train_batches: 0.0", [], 0]
  ])("%s %j", ([line, overrides, wanted]) =>
    Effect.gen(function* () {
      const { limit_train_batches } = yield* decoded(`trainer:\n  ${line}\n`, overrides)
      assert.deepStrictEqual<unknown>(limit_train_batches, wanted)
    })
  )

  it.effect("other numbers are numbers, with or without a point", () =>
    Effect.gen(function* () {
      const { gradient_clip_val } = yield* decoded("trainer:\n  gradient_clip_val: 1.0\n")
      assert.strictEqual(gradient_clip_val, 1)
    })
  )

  it.effect("refuses 2.0 and says what there is", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decoded("trainer:\n  limit_train_batches: 2.5\n"))
      assert.include(error.message, "a fraction of them from 0.0 to 1.0")
      assert.include(error.message, "config.yaml:2")
    })
  )
})
