import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as HttpFiles from "../../../src/layers/data/HttpFiles.ts"
import * as WorkersLayer from "../../../src/layers/data/Workers.ts"
import * as Canvas from "../../../src/layers/image/Canvas.ts"
import * as Codec from "../../../src/layers/image/ImageCodec.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import { ImageCodec } from "../../../src/pipeline/picture/Images.ts"
import { RemoteFiles } from "../../../src/pipeline/shards/RemoteFiles.ts"
import * as ShardWriter from "../../../src/pipeline/shards/ShardWriter.ts"
import * as SampleCache from "../../../src/pipeline/task/SampleCache.ts"
import * as DetectionData from "../../../src/tasks/textDetection/DetectionData.ts"
import { DetectorPlan } from "../../../src/tasks/textDetection/DetectionPlan.ts"
import * as ShardedData from "../../../src/tasks/textDetection/ShardedData.ts"
import { served } from "../../pipeline/shards/Server.ts"

const codecs = Layer.mergeAll(Codec.layer, Canvas.layer, NodeServices.layer)
const services = Layer.merge(
  WorkersLayer.layer.pipe(Layer.provideMerge(codecs)),
  Layer.succeed(RemoteFiles, HttpFiles.read)
)

/** Pictures of noise with two words each, some of them larger than they are kept. */
const write = Effect.fnUntraced(function* (root: string, count: number) {
  const fs = yield* FileSystem.FileSystem
  const codec = yield* ImageCodec
  const images: Record<string, object> = {}
  yield* fs.makeDirectory(`${root}/images`)
  for (let i = 0; i < count; i++) {
    const [width, height] = [90 + 20 * i, 70 + 10 * i]
    const random = Random.make(1, i)
    const rgb = Uint8Array.from({ length: width * height * 3 }, () => random.between(0, 255))
    const name = `${i}.${i % 2 === 0 ? "png" : "jpg"}`
    yield* fs.writeFile(
      `${root}/images/${name}`,
      yield* codec.encode({ width, height, rgb }, i % 2 === 0 ? "png" : "jpeg")
    )
    images[name] = {
      img_w: width,
      img_h: height,
      words: {
        "0001": {
          transcription: "a",
          points: [
            [5, 5],
            [60, 5],
            [60, 25],
            [5, 25]
          ]
        },
        "0002": {
          transcription: "###",
          points: [
            [10, 40],
            [50, 42],
            [50, 60],
            [10, 58]
          ]
        }
      }
    }
  }
  yield* fs.writeFileString(`${root}/annotations.json`, JSON.stringify({ images }))
})

interface Choice {
  readonly root: string
  readonly workers?: number
  readonly cache?: "none" | "memory" | "disk"
  readonly cache_dir?: string
  readonly [key: string]: unknown
}

const planOf = (data: Choice) =>
  Schema.decodeUnknownSync(DetectorPlan)({
    data: {
      kind: "receipts",
      max_side: 128,
      long_side: 96,
      val_batch_size: 2,
      val_fraction: 0.4,
      augment: { crop: 64 },
      ...data
    }
  })

/** The batches of two epochs of training and of validation, all asked for at once, and what became of the cache. */
const batches = (choice: Choice) =>
  Effect.gen(function* () {
    const { train, val, cache } = yield* DetectionData.open(planOf(choice), { seed: 5, purpose: "train" })
    const all = []
    for (const epoch of [0, 1]) {
      for (const set of [train, val]) {
        const indices = Array.from({ length: set.length }, (_, i) => i)
        all.push(
          ...(yield* Effect.forEach(indices, (i) => set.batch(epoch, i), { concurrency: "unbounded" }))
        )
      }
    }
    return { all, use: cache && SampleCache.useOf(cache) }
  }).pipe(Effect.scoped)

/** Packs a folder into shards of few pictures. */
const pack = Effect.fnUntraced(function* (root: string, folder: string) {
  const packable = yield* ShardedData.pack(planOf({ root }))
  return yield* ShardWriter.write(packable, { folder, task: "text_detection", shardBytes: 60_000 })
})

const temporary = FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped())

layer(services, { excludeTestServices: true })("batches of pictures", (it) => {
  it.effect("are the same bits, whatever the number of workers and the cache", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      yield* write(root, 7)
      const cache_dir = yield* temporary
      const plain = yield* batches({ root, workers: 0, cache: "none" })
      assert.isUndefined(plain.use)
      assert.isAbove(plain.all.length, 6)
      assert.notDeepEqual(plain.all[0]?.images, plain.all[4]?.images)
      const shards = `${root}/shards`
      yield* pack(root, shards)
      // Each number of workers with each cache, and each of both with a folder and with shards: more threads take long.
      const choices = [
        [root, 0, "memory"],
        [root, 0, "disk"],
        [shards, 0, "none"],
        [shards, 0, "memory"],
        // Shards have what the folder had.
        [shards, 0, "disk"],
        [root, 1, "none"],
        [shards, 2, "disk"],
        [shards, 4, "memory"]
      ] as const
      for (const [from, workers, cache] of choices) {
        const { all, use } = yield* batches({ root: from, workers, cache, cache_dir })
        assert.deepStrictEqual(all, plain.all, `${from}, ${workers} workers, cache=${cache}`)
        // Four training pictures; three fitted pictures and their targets.
        if (cache === "memory" && workers < 2) assert.deepInclude(use, { hits: 10, misses: 10, kept: 10 })
        if (cache === "disk" && from === shards) assert.deepInclude(use, { hits: 20, misses: 0, damaged: 0 })
      }
      const { url } = yield* served(shards)
      const remote = yield* batches({ root: url, workers: 1, cache: "memory" })
      assert.deepStrictEqual(remote.all, plain.all)
    })
  )

  it.effect("are made anew where a file, an annotation or a parameter has changed, and only there", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* temporary
      yield* write(root, 7)
      const cache_dir = yield* temporary
      const misses = Effect.fnUntraced(function* (change: object = {}) {
        const choice = { root, workers: 0, cache_dir, ...change }
        const { all, use } = yield* batches({ ...choice, cache: "disk" })
        assert.deepStrictEqual(all, (yield* batches({ ...choice, cache: "none" })).all)
        return use?.misses
      })
      assert.strictEqual(yield* misses(), 10)
      assert.strictEqual(yield* misses(), 0)
      // Other pixels under the same name and size: of one for training, and one for validation.
      yield* fs.copyFile(`${root}/images/0.png`, `${root}/kept.png`)
      const codec = yield* ImageCodec
      const black = (width: number, height: number) =>
        codec.encode({ width, height, rgb: new Uint8Array(width * height * 3) }, "png")
      yield* fs.writeFile(`${root}/images/0.png`, yield* black(90, 70))
      assert.strictEqual(yield* misses(), 1)
      yield* fs.writeFile(`${root}/images/6.png`, yield* black(210, 130))
      assert.strictEqual(yield* misses(), 2)
      // As it was before, which is still known.
      yield* fs.copyFile(`${root}/kept.png`, `${root}/images/0.png`)
      assert.strictEqual(yield* misses(), 0)
      // A corner moves: the decoded pictures stay, the fitted one and its targets do not.
      const text = yield* fs.readFileString(`${root}/annotations.json`)
      const json = JSON.parse(text)
      json.images["6.png"].words["0001"].points[0] = [6, 5]
      yield* fs.writeFileString(`${root}/annotations.json`, JSON.stringify(json))
      assert.strictEqual(yield* misses(), 2)
      assert.strictEqual(yield* misses({ targets: { shrink_ratio: 0.6 } }), 3)
      assert.strictEqual(yield* misses({ long_side: 64 }), 6)
      assert.strictEqual(yield* misses({ max_side: 64, long_side: 64 }), 10)
      assert.strictEqual(yield* misses({ seed: 6 }), 0)
    })
  )
})
