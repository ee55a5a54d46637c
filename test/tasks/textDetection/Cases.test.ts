import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import * as ImageCodec from "../../../src/layers/image/ImageCodec.ts"
import * as Cases from "../../../src/tasks/textDetection/Cases.ts"
import type { ImageResult } from "../../../src/tasks/textDetection/TextDetection.ts"

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
  rgb: Uint8Array.from({ length: 200 * 100 * 3 }, (_, i) => colour[i % 3] ?? 0),
  detect: () => []
})

describe("a case", () => {
  it("is judged by its recall, since missed text is what a person wants to see", () => {
    const { score, caption, facts } = Cases.pictureOf(result("bad", false))
    assert.strictEqual(score, 0)
    assert.match(caption, /^bad: recall 0\.00/)
    assert.deepInclude(facts, { recall: 0, words: 1, predictions: 0 })
    assert.strictEqual(Cases.pictureOf(result("good", true)).score, 1)
    assert.strictEqual(Cases.pictureOf({ ...result("empty", false), truth: [] }).score, 1)
  })

  it.effect("keeps colours, and truth and predictions at the drawing's own scale", () =>
    Effect.gen(function* () {
      const { width, height, rgb, boxes } = yield* Cases.pictureOf(result("good", true)).draw(100)
      assert.deepStrictEqual([width, height], [100, 50])
      assert.deepStrictEqual([...rgb.subarray(0, 3)], [...colour])
      assert.deepStrictEqual([...rgb.subarray(-3)], [...colour])
      assert.deepStrictEqual(boxes?.truth, [{ minX: 10, minY: 10, maxX: 30, maxY: 20, label: "text" }])
      assert.deepStrictEqual(boxes?.prediction, [
        { minX: 10.5, minY: 10, maxX: 30.5, maxY: 20, label: "text", score: 0.9 }
      ])
      const coloured = (x: number, y: number) => [...rgb.subarray((y * 100 + x) * 3, (y * 100 + x) * 3 + 3)]
      assert.notDeepEqual(coloured(10, 15), [...colour], "the outline is where the word is")
      assert.deepStrictEqual(coloured(20, 15), [...colour], "the word is not painted over")
    }).pipe(Effect.provide(Layer.merge(CanvasLayer.layer, ImageCodec.layer)))
  )
})
