import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { ImageCodec } from "../../../../src/pipeline/picture/Images.ts"
import * as ShardWriter from "../../../../src/pipeline/shards/ShardWriter.ts"
import * as SampleCache from "../../../../src/pipeline/task/SampleCache.ts"
import * as ClassificationData from "../../../../src/tasks/imageClassification/data/ClassificationData.ts"
import { FolderData } from "../../../../src/tasks/imageClassification/data/DataPlan.ts"
import { folderOf, services } from "../Files.ts"

const noise = (i: number) =>
  Effect.flatMap(ImageCodec, (codec) => {
    const [width, height] = [20 + i, 30]
    const random = Random.make(3, i)
    const rgb = Uint8Array.from({ length: width * height * 3 }, () => random.between(0, 255))
    return codec.encode({ width, height, rgb }, "png")
  })

/** Three classes, of which `val` and `test` have some samples, too. */
const animals = Effect.gen(function* () {
  const names = [
    ...["cat", "dog", "eel"].flatMap((name) => [1, 2, 3].map((i) => `train/${name}/${i}.png`)),
    "val/dog/1.png",
    "val/eel/1.png",
    "test/cat/1.png"
  ]
  const files = yield* Effect.forEach(names, (name, i) =>
    Effect.map(noise(i), (bytes) => [name, bytes] as const)
  )
  return yield* folderOf(Object.fromEntries(files))
})

const planOf = (data: { readonly root: string; readonly [key: string]: unknown }) => ({
  data: Schema.decodeUnknownSync(FolderData)({
    kind: "folder",
    classes: 3,
    width: 16,
    height: 16,
    batch_size: 4,
    val_batch_size: 2,
    workers: 0,
    ...data
  }),
  loss: { class_weights: null }
})

/** Batches of two epochs and of the test, and what became of the cache. */
const batches = (data: Parameters<typeof planOf>[0]) =>
  Effect.gen(function* () {
    const { train, val, cache } = yield* ClassificationData.open(planOf(data), { seed: 9, purpose: "train" })
    const tested = yield* ClassificationData.open(planOf(data), { seed: 9, purpose: "test" })
    const test = tested.test ?? assert.fail("there is no test set")
    const all = []
    for (const epoch of [0, 1]) {
      for (const set of [train, val, test]) {
        for (let i = 0; i < set.length; i++) all.push(yield* set.batch(epoch, i))
      }
    }
    return {
      all,
      use: cache && SampleCache.useOf(cache),
      digests: [yield* train.fingerprint ?? Effect.void, yield* val.fingerprint ?? Effect.void]
    }
  }).pipe(Effect.scoped)

layer(services, { excludeTestServices: true })("pictures in classes", (it) => {
  it.effect("are the same in shards as in folders, and with any cache", () =>
    Effect.gen(function* () {
      const root = yield* animals
      const folder = `${root}/shards`
      const packable = yield* ClassificationData.pack(planOf({ root }))
      assert.deepStrictEqual(
        packable.parts.map(({ name, samples }) => [name, samples.length]),
        [
          ["train", 9],
          ["val", 2],
          ["test", 1]
        ]
      )
      yield* ShardWriter.write(packable, { folder, task: "image_classification", shardBytes: 9000 })
      const plain = yield* batches({ root, cache: "none" })
      assert.isUndefined(plain.use)
      assert.strictEqual(plain.all.length, 8)
      for (const workers of [0, 2]) {
        const cached = yield* batches({ root: folder, cache: "memory", workers })
        assert.deepStrictEqual(cached.all, plain.all)
        assert.deepStrictEqual(cached.digests, plain.digests)
      }
      // Two for validation, and eight of nine for training in each epoch.
      const { misses = 0, hits = 0 } = (yield* batches({ root, cache: "memory" })).use ?? {}
      assert.strictEqual(hits + misses, 20)
      assert.isAtLeast(misses, 10)
      assert.isAtMost(misses, 11)
    })
  )

  it.effect("in shards are refused where the plan has other classes", () =>
    Effect.gen(function* () {
      const root = yield* animals
      const folder = `${root}/shards`
      const packable = yield* ClassificationData.pack(planOf({ root }))
      yield* ShardWriter.write(packable, { folder, task: "image_classification", shardBytes: 1e6 })
      const refused = (classes: unknown) => Effect.flip(batches({ root: folder, classes }))
      assert.match((yield* refused(2)).message, /index\.json has 3 classes: cat, dog, eel/)
      assert.match((yield* refused(["cat", "dog"])).message, /classes that are not in the list: eel/)
      // In another order, with the labels of that order.
      const classes = ["eel", "fox", "dog", "cat"]
      const [first] = (yield* batches({ root: folder, classes })).all
      const [usual] = (yield* batches({ root: folder })).all
      assert.deepStrictEqual(
        Array.from(first?.labels.data ?? [], (label) => classes[label]),
        Array.from(usual?.labels.data ?? [], (label) => ["cat", "dog", "eel"][label])
      )
    })
  )
})
