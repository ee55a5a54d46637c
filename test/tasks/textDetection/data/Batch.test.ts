import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DataError } from "../../../../src/pipeline/task/Dataset.ts"
import * as Batch from "../../../../src/tasks/textDetection/data/Batch.ts"
import * as Resample from "../../../../src/tasks/textDetection/data/Resample.ts"
import * as Targets from "../../../../src/tasks/textDetection/data/Targets.ts"
import type { ImageSource } from "../../../../src/tasks/textDetection/data/TextImage.ts"
import * as Transform from "../../../../src/tasks/textDetection/data/Transform.ts"
import { picture, source } from "../Pictures.ts"

const augment = { ...Transform.defaults, crop: 64, long_side: 96 }

const training = (options: Partial<Batch.TrainingOptions> = {}) =>
  Batch.trainingDataset({ source: source(7), seed: 5, batchSize: 2, augment, ...options })

const namesOf = (batch: Batch.DetectionBatch) => batch.samples.map(({ name }) => name)

const epochOf = (dataset: ReturnType<typeof training>, epoch: number) =>
  Effect.map(
    Effect.forEach(
      Array.from({ length: dataset.length }, (_, i) => i),
      (i) => dataset.batch(epoch, i)
    ),
    (batches) => batches.flatMap(namesOf)
  )

describe("Batch.trainingDataset", () => {
  it.effect("gives maps of the shapes it promises", () =>
    Effect.gen(function* () {
      const batch = yield* training().batch(0, 0)
      assert.deepStrictEqual(batch.images.shape, [2, 64, 64, 3])
      for (const map of [batch.shrunk, batch.mask, batch.threshold, batch.border]) {
        assert.deepStrictEqual(map.shape, [2, 64, 64, 1])
        assert.strictEqual(map.data.length, 2 * 64 * 64)
      }
      assert.isAbove(batch.positives, 0)
      assert.isAtMost(batch.positives + batch.negatives, 2 * 64 * 64)
    })
  )

  it.effect("is a function of seed, epoch and index alone", () =>
    Effect.gen(function* () {
      const once = yield* training().batch(3, 1)
      yield* training().batch(0, 0)
      assert.deepStrictEqual(yield* training().batch(3, 1), once)
      assert.notDeepEqual(yield* training({ seed: 6 }).batch(3, 1), once)
      assert.notDeepEqual(yield* training().batch(4, 1), once)
    })
  )

  it.effect("sees each picture at most once an epoch, in a new order each, and drops the rest", () =>
    Effect.gen(function* () {
      const dataset = training()
      assert.strictEqual(dataset.length, 3)
      const first = yield* epochOf(dataset, 0)
      const second = yield* epochOf(dataset, 1)
      assert.strictEqual(new Set(first).size, 6)
      assert.notDeepEqual(first, second)
    })
  )

  it.effect("takes several crops of each picture when asked", () =>
    Effect.gen(function* () {
      const dataset = training({ repeat: 4 })
      assert.strictEqual(dataset.samples, 28)
      assert.strictEqual(dataset.length, 14)
      const names = yield* epochOf(dataset, 0)
      for (let i = 0; i < 7; i++) {
        assert.strictEqual(names.filter((name) => name === `picture-${i}`).length, 4)
      }
    })
  )

  it.effect("crosses to a worker and back as it is", () =>
    Effect.gen(function* () {
      const batch = yield* training().batch(0, 2)
      assert.deepStrictEqual(structuredClone(batch), batch)
    })
  )

  it.effect("fails as its source fails", () =>
    Effect.gen(function* () {
      const broken = new DataError({ where: "a.jpg", problem: "it is cut short", cure: "Copy it again." })
      const dataset = training({ source: { name: "broken", size: 4, image: () => Effect.fail(broken) } })
      assert.strictEqual(yield* Effect.flip(dataset.batch(0, 0)), broken)
    })
  )
})

describe("Batch.evaluationDataset", () => {
  const mixed: ImageSource = {
    name: "mixed",
    size: 3,
    image: (_epoch, index) =>
      Effect.sync(() =>
        index === 0
          ? picture("wide", 128, 40, [[10, 10, 60, 14]])
          : picture(`tall-${index}`, 40, 128, [[4, 20, 30, 12]])
      )
  }

  it.effect("keeps the order and the last, smaller batch", () =>
    Effect.gen(function* () {
      const dataset = Batch.evaluationDataset({ source: mixed, longSide: 128, batchSize: 2 })
      assert.strictEqual(dataset.length, 2)
      assert.deepStrictEqual(namesOf(yield* dataset.batch(0, 0)), ["wide", "tall-1"])
      assert.deepStrictEqual(namesOf(yield* dataset.batch(9, 1)), ["tall-2"])
      assert.deepStrictEqual(yield* dataset.batch(9, 1), yield* dataset.batch(0, 1))
    })
  )

  it.effect("pads pictures of different shapes to the largest and marks what they cover", () =>
    Effect.gen(function* () {
      const dataset = Batch.evaluationDataset({ source: mixed, longSide: 128, batchSize: 2 })
      const batch = yield* dataset.batch(0, 0)
      assert.deepStrictEqual(batch.images.shape, [2, 128, 128, 3])
      assert.deepStrictEqual(
        batch.samples.map(({ contentWidth, contentHeight }) => [contentWidth, contentHeight]),
        [
          [128, 40],
          [40, 128]
        ]
      )
      const [red, green, blue] = Resample.background
      const below = 100 * 128 * 3
      assert.deepStrictEqual([...batch.images.data.subarray(below, below + 3)], [red, green, blue])
    })
  )

  it.effect("paints the same maps for a picture alone and in a larger batch", () =>
    Effect.gen(function* () {
      const alone = yield* Batch.evaluationDataset({ source: mixed, longSide: 128, batchSize: 1 }).batch(0, 0)
      const both = yield* Batch.evaluationDataset({ source: mixed, longSide: 128, batchSize: 2 }).batch(0, 0)
      assert.deepStrictEqual(both.shrunk.data.slice(0, alone.shrunk.data.length), alone.shrunk.data)
      const counted = Targets.count({
        shrunk: Uint8Array.from(both.shrunk.data),
        mask: Uint8Array.from(both.mask.data)
      })
      assert.strictEqual(both.positives, counted.positives)
    })
  )
})
