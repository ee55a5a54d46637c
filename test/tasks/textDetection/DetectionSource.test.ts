import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as WorkersLayer from "../../../src/layers/data/Workers.ts"
import * as Canvas from "../../../src/layers/image/Canvas.ts"
import * as ImageCodec from "../../../src/layers/image/ImageCodec.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Dataset from "../../../src/pipeline/task/Dataset.ts"
import { SyntheticData } from "../../../src/tasks/textDetection/DetectionPlan.ts"
import * as DetectionSource from "../../../src/tasks/textDetection/DetectionSource.ts"
import * as Transform from "../../../src/tasks/textDetection/data/Transform.ts"
import type detectionWorker from "../../../src/tasks/textDetection/detectionWorker.ts"

const services = WorkersLayer.layer.pipe(
  Layer.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeServices.layer))
)

const data = {
  kind: "synthetic",
  train_size: 6,
  val_size: 2,
  test_size: 1,
  width: [96, 128],
  height: [96, 128],
  long_side: 128,
  augment: { crop: 64 }
}
const decode = Schema.decodeUnknownSync(SyntheticData)
const usual = decode(data)

/** Every kind that changes a sample of the detector, the user's own among them. */
const transforms = [
  { kind: "copy_paste" },
  { kind: "perspective", p: 0.7 },
  { kind: "elastic" },
  { kind: "resize", scale: [0.7, 1.4] },
  { kind: "rotate", quarters: 0.3 },
  { kind: "flip" },
  { kind: "crop" },
  { kind: "colour", saturation: 0.3 },
  { kind: "shading" },
  { kind: "blur", p: 0.5 },
  { kind: "noise" },
  { kind: "jpeg" },
  { kind: "cutout" },
  {
    kind: "custom",
    module: fileURLToPath(new URL("../../pipeline/transform/fixtures/grey.ts", import.meta.url)),
    options: { most: 3, grey: 9 }
  }
]

const module = new URL("../../../src/tasks/textDetection/detectionWorker.ts", import.meta.url)

/** Two epochs of training and the validation, all asked for at once. */
const batches = (threads: number | "auto", plan = usual) =>
  Effect.gen(function* () {
    const setup = { plan, seed: 7, multiple: 32, entries: { train: [], val: [], test: [] } }
    const { train, val } = yield* Dataset.inWorkers<typeof detectionWorker>(module, setup, { threads })
    const places = [0, 1].flatMap((epoch) =>
      Array.from({ length: train.length }, (_, i) => [epoch, i] as const)
    )
    const trained = yield* Effect.forEach(places, ([epoch, i]) => train.batch(epoch, i), {
      concurrency: "unbounded"
    })
    return [...trained, yield* val.batch(0, 0), yield* val.batch(0, 1)]
  }).pipe(Effect.scoped, Effect.provide(services))

describe("the detector's batches", () => {
  it.live("are the same bits, whatever the number of threads", () =>
    Effect.gen(function* () {
      const here = yield* batches(0)
      assert.strictEqual(here.length, 8)
      assert.notDeepEqual(here[0]?.images, here[3]?.images)
      for (const threads of [1, 2, 4, "auto"] as const)
        assert.deepStrictEqual(yield* batches(threads), here, `${threads} threads`)
    })
  )

  it.live("are so with a list of transforms, and as large as the net's input", () =>
    Effect.gen(function* () {
      const plan = decode({ ...data, transforms })
      const here = yield* batches(0, plan)
      assert.deepStrictEqual(here[0]?.images.shape, [2, 64, 64, 3])
      assert.notDeepEqual(here[0]?.images, (yield* batches(0))[0]?.images)
      for (const threads of [1, 2]) assert.deepStrictEqual(yield* batches(threads, plan), here)
    })
  )

  it.live("are what data.augment says without a list, with its name in one, and by its own function", () =>
    Effect.gen(function* () {
      const named = decode({ ...data, transforms: [{ kind: "augment" }] })
      const here = yield* batches(0)
      assert.deepStrictEqual(yield* batches(0, named), here)
      const codecs = Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeServices.layer)
      const setup = { plan: usual, seed: 7, multiple: 32, entries: { train: [], val: [], test: [] } }
      const source = yield* DetectionSource.source(setup, "train").pipe(Effect.provide(codecs))
      const [first = 0] = Random.permutation(6, 7, 1, Random.keyOf("order"))
      const keys = Random.make(7, 1, first, Random.keyOf("augment"))
      const sample = Transform.augment(yield* source.image(1, first), keys, {
        ...usual.augment,
        long_side: 128
      })
      assert.deepStrictEqual(here[3]?.images.data.subarray(0, sample.rgb.length), sample.rgb)
    })
  )
})
