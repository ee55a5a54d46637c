import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as CanvasLayer from "../../../../src/layers/image/Canvas.ts"
import { Canvas, CanvasError } from "../../../../src/pipeline/picture/Canvas.ts"
import * as Shrink from "../../../../src/pipeline/picture/Shrink.ts"
import { LoggerPlan } from "../../../../src/pipeline/plan/LoggerPlan.ts"
import { Progress } from "../../../../src/pipeline/run/Progress.ts"
import { type Image, RunLogger } from "../../../../src/pipeline/run/RunLogger.ts"
import type { EvaluationKind, Event } from "../../../../src/pipeline/train/Event.ts"
import * as ImageLog from "../../../../src/tasks/textDetection/picture/ImageLog.ts"
import type { DetectionResult, ImageResult } from "../../../../src/tasks/textDetection/TextDetection.ts"

const rectangle = (x: number, y: number, width: number, height: number) =>
  [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height]
  ] as const

const colour = [200, 120, 40] as const

/** A picture of 400 by 200 that the net saw at half its size, with one word of which `found` says if it was found. */
const result = (name: string, found: boolean): ImageResult => ({
  name,
  width: 400,
  height: 200,
  truth: [{ id: "a", polygon: rectangle(40, 40, 80, 40), ignore: false }],
  predictions: found ? [{ polygon: rectangle(42, 40, 80, 40), score: 0.9 }] : [],
  probability: { width: 200, height: 100, data: new Float32Array(200 * 100) },
  rgb: Uint8Array.from({ length: 200 * 100 * 3 }, (_, i) => colour[i % 3] ?? 0)
})

const batch = (
  n: number,
  images: ReadonlyArray<ImageResult>,
  kind: EvaluationKind = "val"
): Event<DetectionResult> => ({
  _tag: "EvaluationBatchEnded",
  kind,
  epoch: 0,
  step: 7,
  batch: n,
  batches: 2,
  outputs: { images }
})

const ended = (kind: EvaluationKind = "val"): Event<DetectionResult> => ({
  _tag: "EvaluationEnded",
  kind,
  epoch: 0,
  step: 7,
  metrics: {},
  seconds: 1
})

const noFont = new CanvasError({ problem: "the font x cannot be used", cure: "Install it." })

const logged = (
  plan: unknown,
  events: ReadonlyArray<Event<DetectionResult>>,
  canvas: Layer.Layer<Canvas> = CanvasLayer.layer
) =>
  Effect.gen(function* () {
    const warnings: Array<string> = []
    const progress = Layer.mock(Progress, {
      warn: (line) => Effect.sync(() => void warnings.push(line))
    })
    const images: Array<readonly [string, Image]> = []
    const recorder = Layer.mock(RunLogger, {
      image: (_, name, image) =>
        Effect.sync(() => {
          images.push([name, image])
        }),
      table: () => Effect.void,
      flush: Effect.void
    })
    const log = ImageLog.make(Schema.decodeUnknownSync(LoggerPlan)(plan))
    yield* Effect.forEach(events, log.watch).pipe(Effect.provide([recorder, canvas, progress]))
    return Object.assign(images, { warnings })
  })

const captions = (images: ReadonlyArray<readonly [string, Image]>) =>
  images.map(([name, { caption }]) => `${name} ${caption?.split(",")[0]}`)

describe("ImageLog", () => {
  const two = [
    batch(1, [result("good", true), result("bad", false)]),
    batch(2, [result("other", true)]),
    ended()
  ]

  it.effect("logs the worst cases of an evaluation, lowest recall first", () =>
    Effect.gen(function* () {
      const images = yield* logged({ tensorboard: true, images: { per_evaluation: 2 } }, two)
      assert.deepStrictEqual(captions(images), [
        "val/worst_0 bad: recall 0.00",
        "val/worst_1 good: recall 1.00"
      ])
    })
  )

  it.effect("begins anew with each evaluation, and leaves the sanity check out", () =>
    Effect.gen(function* () {
      const images = yield* logged({ mlflow: true, images: { per_evaluation: 1 } }, [
        batch(1, [result("sanity", false)], "sanity"),
        ended("sanity"),
        ...two,
        batch(1, [result("later", true)], "test"),
        ended("test")
      ])
      assert.deepStrictEqual(captions(images), [
        "val/worst_0 bad: recall 0.00",
        "test/worst_0 later: recall 1.00"
      ])
    })
  )

  it.effect("a picture that cannot be drawn is missing, with a warning, and fails nothing", () =>
    Effect.gen(function* () {
      const broken = Layer.mock(Canvas, { create: () => Effect.fail(noFont) })
      const images = yield* logged({ wandb: true, images: { per_evaluation: 1 } }, two, broken)
      assert.strictEqual(images.length, 0)
      assert.deepStrictEqual(images.warnings, [
        `the picture val/worst_0 is missing in the trackers: ${noFont.message}`
      ])
    })
  )

  it.effect("draws nothing where no sink shows pictures", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* logged({ csv: true, jsonl: true }, two), 0)
      assert.lengthOf(yield* logged({ wandb: true, images: { per_evaluation: 0 } }, two), 0)
    })
  )

  it.effect("keeps colours, and truth and predictions at the picture's own scale", () =>
    Effect.gen(function* () {
      const [first] = yield* logged({ wandb: true, images: { max_side: 100 } }, [
        batch(1, [result("good", true)]),
        ended()
      ])
      const image = first?.[1]
      assert.deepStrictEqual([image?.width, image?.height], [100, 50])
      assert.deepStrictEqual([...(image?.rgb.subarray(0, 3) ?? [])], [...colour])
      assert.deepStrictEqual([...(image?.rgb.subarray(-3) ?? [])], [...colour])
      assert.deepStrictEqual(image?.boxes?.["truth"], [
        { minX: 10, minY: 10, maxX: 30, maxY: 20, label: "text" }
      ])
      assert.deepStrictEqual(image?.boxes?.["prediction"], [
        { minX: 10.5, minY: 10, maxX: 30.5, maxY: 20, label: "text", score: 0.9 }
      ])
      const coloured = (x: number, y: number) => [
        ...(image?.rgb.subarray((y * 100 + x) * 3, (y * 100 + x) * 3 + 3) ?? [])
      ]
      assert.notDeepEqual(coloured(10, 15), [...colour], "the outline is where the word is")
      assert.deepStrictEqual(coloured(20, 15), [...colour], "the word is not painted over")
    })
  )

  it.effect("logs batches of low recall where that is wanted, as many as allowed", () =>
    Effect.gen(function* () {
      const per_batch_image_logging = { enabled: true, max_batches_per_epoch: 1, max_images_per_batch: 1 }
      const images = yield* logged({ wandb: { per_batch_image_logging }, images: { per_evaluation: 0 } }, [
        batch(1, [result("good", true)]),
        batch(2, [result("bad", false), result("worse", false)]),
        batch(3, [result("late", false)]),
        ended()
      ])
      assert.deepStrictEqual(captions(images), ["val/batch_2_0 bad: recall 0.00"])
    })
  )
})

describe("Shrink", () => {
  it("takes means of whole squares, and leaves a picture that is small enough alone", () => {
    const image = { width: 4, height: 2, rgb: Uint8Array.from({ length: 24 }, (_, i) => i) }
    assert.strictEqual(Shrink.by(image, Shrink.factorFor(image, 4)), image)
    assert.strictEqual(Shrink.factorFor({ width: 641, height: 10 }, 640), 2)
    const half = Shrink.by(image, 2)
    assert.deepStrictEqual([half.width, half.height], [2, 1])
    // (0 + 3 + 12 + 15) / 4, and so on for each channel.
    assert.deepStrictEqual([...half.rgb], [8, 9, 10, 14, 15, 16])
  })
})
