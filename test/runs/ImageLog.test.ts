import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as CanvasLayer from "../../src/layers/image/Canvas.ts"
import * as ImageCodec from "../../src/layers/image/ImageCodec.ts"
import { Canvas, CanvasError } from "../../src/pipeline/picture/Canvas.ts"
import { LoggerPlan } from "../../src/pipeline/plan/LoggerPlan.ts"
import { Progress } from "../../src/pipeline/run/Progress.ts"
import { type Image, RunLogger, type Table } from "../../src/pipeline/run/RunLogger.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as ImageLog from "../../src/runs/ImageLog.ts"
import { batch, ended, type Outputs, picture } from "./pictures.ts"

const noFont = new CanvasError({ problem: "the font x cannot be used", cure: "Install it." })

interface Given {
  readonly pictures?: ((outputs: Outputs) => Outputs) | undefined
  readonly canvas?: Layer.Layer<Canvas>
}

/** Images, tables and warnings that come of the events. */
const logged = (plan: unknown, events: ReadonlyArray<Event<Outputs>>, given: Given = {}) =>
  Effect.gen(function* () {
    const { pictures, canvas } = {
      pictures: (outputs: Outputs) => outputs,
      canvas: CanvasLayer.layer,
      ...given
    }
    const warnings: Array<string> = []
    const images: Array<readonly [string, Image]> = []
    const tables: Array<readonly [string, Table]> = []
    const progress = Layer.mock(Progress, {
      warn: (line) => Effect.sync(() => void warnings.push(line))
    })
    const recorder = Layer.mock(RunLogger, {
      image: (_, name, image) => Effect.sync(() => void images.push([name, image])),
      table: (_, name, table) => Effect.sync(() => void tables.push([name, table])),
      flush: Effect.void
    })
    const log = ImageLog.make(Schema.decodeUnknownSync(LoggerPlan)(plan), pictures)
    yield* Effect.forEach(events, log.watch).pipe(
      Effect.provide([recorder, canvas, ImageCodec.layer, progress])
    )
    return { images, tables, warnings, captions: images.map(([name, { caption }]) => `${name} ${caption}`) }
  })

describe("ImageLog", () => {
  const two = [batch(1, [picture("good", 1), picture("bad", 0)]), batch(2, [picture("other", 1)]), ended()]

  it.effect("logs the worst pictures of an evaluation, lowest score first, and a table of them", () =>
    Effect.gen(function* () {
      const { captions, tables } = yield* logged({ tensorboard: true, images: { per_evaluation: 2 } }, two)
      assert.deepStrictEqual(captions, ["val/worst_0 bad: 0.00", "val/worst_1 good: 1.00"])
      assert.deepStrictEqual(tables, [
        [
          "val/worst_cases",
          {
            columns: ["picture", "score", "length"],
            rows: [
              ["bad", 0, 3],
              ["good", 1, 4]
            ]
          }
        ]
      ])
    })
  )

  it.effect("begins anew with each evaluation, and leaves the sanity check out", () =>
    Effect.gen(function* () {
      const { captions } = yield* logged({ mlflow: true, images: { per_evaluation: 1 } }, [
        batch(1, [picture("sanity", 0)], "sanity"),
        ended("sanity"),
        ...two,
        batch(1, [picture("later", 1)], "test"),
        ended("test")
      ])
      assert.deepStrictEqual(captions, ["val/worst_0 bad: 0.00", "test/worst_0 later: 1.00"])
    })
  )

  it.effect("a picture that cannot be drawn is missing, with a warning, and fails nothing", () =>
    Effect.gen(function* () {
      const canvas = Layer.mock(Canvas, { create: () => Effect.fail(noFont) })
      const { images, warnings } = yield* logged({ wandb: true, images: { per_evaluation: 1 } }, two, {
        canvas
      })
      assert.strictEqual(images.length, 0)
      assert.deepStrictEqual(warnings, [`the trackers lack the picture val/worst_0: ${noFont.message}`])
    })
  )

  it.effect("draws nothing where no sink shows pictures, or the task has none", () =>
    Effect.gen(function* () {
      assert.lengthOf((yield* logged({ csv: true, jsonl: true }, two)).images, 0)
      assert.lengthOf((yield* logged({ wandb: true, images: { per_evaluation: 0 } }, two)).images, 0)
      assert.lengthOf((yield* logged({ wandb: true }, two, { pictures: undefined })).images, 0)
    })
  )

  it.effect("draws them at the size that the plan allows, with their boxes", () =>
    Effect.gen(function* () {
      const { images } = yield* logged({ wandb: true, images: { max_side: 100 } }, [
        batch(1, [picture("good", 1)]),
        ended()
      ])
      const [first] = images
      assert.deepStrictEqual([first?.[1].width, first?.[1].height], [50, 50])
      assert.deepStrictEqual(first?.[1].boxes, {
        truth: [{ minX: 0, minY: 0, maxX: 50, maxY: 50, label: "whole" }],
        prediction: []
      })
    })
  )

  it.effect("logs batches of low score where that is wanted, as many as allowed", () =>
    Effect.gen(function* () {
      const per_batch_image_logging = { enabled: true, max_batches_per_epoch: 1, max_images_per_batch: 1 }
      const { captions } = yield* logged(
        { wandb: { per_batch_image_logging }, images: { per_evaluation: 0 } },
        [
          batch(1, [picture("good", 1)]),
          batch(2, [picture("bad", 0), picture("worse", 0)]),
          batch(3, [picture("late", 0)]),
          ended()
        ]
      )
      assert.deepStrictEqual(captions, ["val/batch_2_0 bad: 0.00"])
    })
  )
})
