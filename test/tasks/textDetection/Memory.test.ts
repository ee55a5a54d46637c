import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { PlanRefused } from "../../../src/pipeline/module/TaskModule.ts"
import { ModelPlan, ReceiptsData } from "../../../src/tasks/textDetection/DetectionPlan.ts"
import * as Memory from "../../../src/tasks/textDetection/Memory.ts"

const model = Schema.decodeUnknownSync(ModelPlan)({})
const data = (fields: object) =>
  Schema.decodeUnknownSync(ReceiptsData)({ kind: "receipts", root: "/r", ...fields })

const evaluated = (longSide: number, limit: number) =>
  Memory.evaluation({
    key: "long_side",
    longSide,
    model,
    multiple: 32,
    batchSize: 1,
    prefetch: 4,
    sizes: [
      { width: 300, height: 200 },
      { width: 300, height: 600 }
    ],
    limit
  })

/** The largest value that a refusal names. */
const fitting = (error: PlanRefused, key: string): number => {
  const [, value] = new RegExp(`At most ${key}=(\\d+) fits here`).exec(error.message) ?? []
  return Number(value)
}

describe("the estimate of memory", () => {
  it.effect("refuses a long side that does not fit, and the largest that it names does", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(evaluated(16_384, 4e9))
      assert.match(
        error.message,
        /^long_side=16384: a picture of 16384 x 16384 pixels would take about \d+ GB/
      )
      const fits = fitting(error, "long_side")
      assert.strictEqual(fits % 32, 0)
      yield* evaluated(fits, 4e9)
      const next = yield* Effect.flip(evaluated(fits + 32, 4e9))
      assert.strictEqual(fitting(next, "long_side"), fits)
    })
  )

  it.effect("refuses a training step that does not fit, in batch and crop", () =>
    Effect.gen(function* () {
      const plan = data({ batch_size: 64, augment: { crop: 1024 } })
      const error = yield* Effect.flip(Memory.training(model, plan, 32, 4e9))
      assert.include(error.message, "a step of 64 crops of 1024 x 1024 pixels")
      const crop = fitting(error, "data.augment.crop")
      yield* Memory.training(model, data({ batch_size: 64, augment: { crop } }), 32, 4e9)
      yield* Memory.training(model, data({ batch_size: 2, augment: { crop: 1024 } }), 32, 4e9)
    })
  )

  it("sides, batches and threads without bound are refused when the plan is decoded", () => {
    for (const fields of [
      { long_side: 1e7 },
      { max_side: 1e7 },
      { augment: { crop: 1e6 } },
      { batch_size: 1e9 },
      { workers: 1e5 },
      { repeat: 1e9 }
    ]) {
      assert.throws(() => data(fields), /Expected/, JSON.stringify(fields))
    }
    assert.throws(() => Schema.decodeUnknownSync(ModelPlan)({ widths: Array.from({ length: 40 }, () => 8) }))
  })
})
