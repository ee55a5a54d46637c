import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Batch from "../../../../src/tasks/textDetection/data/Batch.ts"
import { BatchSchema } from "../../../../src/tasks/textDetection/data/BatchSchema.ts"
import * as Transform from "../../../../src/tasks/textDetection/data/Transform.ts"
import { source } from "../Pictures.ts"

const isBatch = Schema.is(Schema.toType(BatchSchema))

describe("BatchSchema", () => {
  it.effect("knows a batch that was made, and one whose facts went through JSON", () =>
    Effect.gen(function* () {
      const data = Batch.trainingDataset({
        source: source(2),
        seed: 1,
        batchSize: 2,
        augment: { ...Transform.defaults, crop: 32, long_side: 96 }
      })
      const batch = yield* data.batch(0, 0)
      assert.isTrue(isBatch(batch))
      const { positives, negatives, samples } = batch
      const facts = JSON.parse(JSON.stringify({ positives, negatives, samples }))
      const read = yield* Schema.decodeUnknownEffect(Schema.toType(BatchSchema))({ ...batch, ...facts })
      assert.deepStrictEqual(read, batch)
      assert.isFalse(isBatch({ ...batch, positives: "2" }))
      assert.isFalse(isBatch({ ...batch, mask: [0, 1] }))
    })
  )
})
