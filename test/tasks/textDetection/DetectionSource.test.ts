import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as WorkersLayer from "../../../src/layers/data/Workers.ts"
import * as Canvas from "../../../src/layers/image/Canvas.ts"
import * as ImageCodec from "../../../src/layers/image/ImageCodec.ts"
import * as Dataset from "../../../src/pipeline/task/Dataset.ts"
import { SyntheticData } from "../../../src/tasks/textDetection/DetectionPlan.ts"
import type detectionWorker from "../../../src/tasks/textDetection/detectionWorker.ts"

const services = WorkersLayer.layer.pipe(
  Layer.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeServices.layer))
)

const plan = Schema.decodeUnknownSync(SyntheticData)({
  kind: "synthetic",
  train_size: 6,
  val_size: 2,
  test_size: 1,
  width: [96, 128],
  height: [96, 128],
  long_side: 128,
  augment: { crop: 64 }
})

const module = new URL("../../../src/tasks/textDetection/detectionWorker.ts", import.meta.url)

/** Two epochs of training and the validation, all asked for at once. */
const batches = (threads: number | "auto") =>
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
})
