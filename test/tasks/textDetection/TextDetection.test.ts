import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as Batch from "../../../src/tasks/textDetection/data/Batch.ts"
import * as Targets from "../../../src/tasks/textDetection/data/Targets.ts"
import type { ImageSource, TextImage } from "../../../src/tasks/textDetection/data/TextImage.ts"
import * as Transform from "../../../src/tasks/textDetection/data/Transform.ts"
import * as Polygon from "../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Dbnet from "../../../src/tasks/textDetection/model/Dbnet.ts"
import * as TextDetection from "../../../src/tasks/textDetection/TextDetection.ts"
import { evaluate } from "../../support/evaluate.ts"
import { ink, paper, picture, source } from "./Pictures.ts"
import { cpu, number, variables } from "./Tensors.ts"

const small: Dbnet.DbnetOptions = { stem: 4, widths: [8, 8], blocks: 1, neck: 8, head: 8 }

/** A picture whose ink covers only the shrunk core of each region, so that darkness is the perfect map. */
const cores = (name: string, width: number, height: number): TextImage => {
  const regions = picture(name, width, height, [
    [10, 12, 70, 14],
    [16, 40, 40, 20],
    [8, 80, 80, 12]
  ]).regions
  const shrunk = new Uint8Array(width * height)
  Targets.paint(
    {
      width,
      height,
      shrunk,
      mask: new Uint8Array(width * height),
      threshold: new Float32Array(width * height),
      border: new Uint8Array(width * height)
    },
    regions
  )
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    shrunk[Math.floor(i / 3)] === 1 ? ink : paper
  )
  return { name, width, height, rgb, regions }
}

const pictures = (make: (index: number) => TextImage, size: number): ImageSource => ({
  name: "pictures",
  size,
  image: (_epoch, index) => Effect.sync(() => make(index))
})

/** Sees dark pixels as text: a detector without error on pictures of cores. */
const darkness: Dbnet.Dbnet = {
  ...Dbnet.make("darkness", small),
  probability: ({ tf }, _variables, images) =>
    tf.cast(tf.less(tf.mean(images, 3, true), (ink + paper) / 2), "float32")
}

/** Crops of small receipts, as training sees them. */
const trainingBatch = (batchSize: number) =>
  Batch.trainingDataset({
    source: source(2),
    seed: 1,
    batchSize,
    augment: { ...Transform.defaults, crop: 32, long_side: 96 }
  }).batch(0, 0)

layer(cpu)("TextDetection", (it) => {
  it.effect("gives hmean 1 for perfect maps, in pictures of several sizes and batches", () =>
    Effect.gen(function* () {
      const task = TextDetection.make({ model: darkness })
      const images = pictures((i) => cores(`p${i}`, 100 + 8 * i, 120), 3)
      const data = Batch.evaluationDataset({ source: images, longSide: 120, batchSize: 2 })
      let state = task.metric.initial
      for (const index of [0, 1]) {
        const batch = yield* data.batch(0, index)
        state = task.metric.update(state, yield* evaluate(task, { params: {}, buffers: {} }, batch))
      }
      const { precision, recall, hmean, cleval_hmean } = task.metric.result(state)
      assert.deepStrictEqual([precision, recall, hmean, cleval_hmean], [1, 1, 1, 1])
      assert.deepStrictEqual(
        state.iou.images.map(({ name, truth }) => [name, truth]),
        [
          ["p0", 3],
          ["p1", 3],
          ["p2", 3]
        ]
      )
    })
  )

  it.effect("answers in the picture's own pixels, whatever scale the net saw", () =>
    Effect.gen(function* () {
      const task = TextDetection.make({ model: darkness })
      const image = cores("large", 100, 120)
      for (const longSide of [120, 240]) {
        const data = Batch.evaluationDataset({ source: pictures(() => image, 1), longSide, batchSize: 1 })
        const { images } = yield* evaluate(task, { params: {}, buffers: {} }, yield* data.batch(0, 0))
        const [result] = images
        assert.deepStrictEqual([result?.width, result?.height], [100, 120])
        assert.strictEqual(result?.probability.height, longSide)
        assert.strictEqual(result?.rgb.length, 3 * (result?.probability.data.length ?? 0))
        const tops = result?.predictions.map(({ polygon }) => Math.round(Polygon.bounds(polygon).top)) ?? []
        for (const [i, top] of tops.sort((a, b) => a - b).entries()) {
          assert.closeTo(top, [12, 40, 80][i] ?? Number.NaN, 2)
        }
        assert.strictEqual(tops.length, 3)
      }
    })
  )

  it.effect("never detects text in the padding", () =>
    Effect.gen(function* () {
      const everything: Dbnet.Dbnet = {
        ...darkness,
        probability: ({ tf }, _variables, images) =>
          tf.ones([images.shape[0], images.shape[1], images.shape[2], 1])
      }
      const task = TextDetection.make({ model: everything })
      const data = Batch.evaluationDataset({
        source: pictures(() => picture("a", 50, 70, []), 1),
        longSide: 70,
        batchSize: 1
      })
      const { images } = yield* evaluate(task, { params: {}, buffers: {} }, yield* data.batch(0, 0))
      assert.deepStrictEqual([images[0]?.probability.width, images[0]?.probability.height], [50, 70])
      for (const { polygon } of images[0]?.predictions ?? []) {
        const { right, bottom } = Polygon.bounds(polygon)
        assert.isTrue(right <= 50 && bottom <= 70)
      }
    })
  )

  it.effect("learns one batch by heart, and leaves no tensor behind", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const task = TextDetection.make({ model: Dbnet.make("small", small) })
      const batch = yield* trainingBatch(1)
      assert.isAbove(batch.positives, 0)
      const { params: first, buffers } = variables(tf, task.model, 1)
      let params = first
      const before = tf.memory().numTensors
      const losses: Array<number> = []
      for (let step = 0; step < 30; step++) {
        const names = Object.keys(params)
        const next = tf.tidy(() => {
          const derive = tf.valueAndGrads((...tensors) => {
            const now = Object.fromEntries(names.map((name, i) => [name, tensors[i] ?? tf.scalar(0)]))
            return task.loss({ tf, ops, seed: 1, counter: step }, { params: now, buffers }, batch).loss
          })
          const { value, grads } = derive(names.map((name) => params[name] ?? tf.scalar(0)))
          losses.push(number(value))
          return Object.fromEntries(
            names.map((name, i) => [
              name,
              // The sign alone: enough to learn a batch by heart, and no optimizer needed.
              tf.sub(params[name] ?? tf.scalar(0), tf.mul(tf.sign(grads[i] ?? tf.scalar(0)), 0.02))
            ])
          )
        })
        tf.dispose(params)
        params = next
      }
      assert.isBelow(losses.at(-1) ?? Infinity, 0.6 * (losses[0] ?? 0))
      const { images } = yield* evaluate(task, { params, buffers }, batch)
      assert.strictEqual(images.length, 1)
      assert.strictEqual(tf.memory().numTensors, before)
    })
  )

  it.effect("returns its loss's parts, which add up to it, and the moved statistics", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const task = TextDetection.make({ model: Dbnet.make("small", small) })
      const batch = yield* trainingBatch(2)
      assert.strictEqual(task.sizeOf(batch), 2)
      const values = variables(tf, task.model, 1)
      const { loss, parts, buffers } = task.loss({ tf, ops, seed: 1, counter: 0 }, values, batch)
      const sum = Object.values(parts).reduce((total, part) => total + number(part), 0)
      assert.closeTo(number(loss), sum, 1e-4)
      assert.deepStrictEqual(Object.keys(buffers).sort(), Object.keys(values.buffers).sort())
    })
  )
})
