import { assert, describe, it } from "@effect/vitest"
import type { Polygon } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as DetectionMetric from "../../../../src/tasks/textDetection/metric/DetectionMetric.ts"
import { box } from "../Geometry.ts"

const truth = (...polygons: ReadonlyArray<Polygon>) =>
  polygons.map((polygon, i) => ({ id: String(i), polygon, ignore: false }))

const ignored = (polygon: Polygon) => ({ id: "ignored", polygon, ignore: true })

const found = (...polygons: ReadonlyArray<Polygon>) => polygons.map((polygon) => ({ polygon }))

const result = (images: ReadonlyArray<DetectionMetric.Seen>) =>
  DetectionMetric.make.result(DetectionMetric.make.update(DetectionMetric.make.initial, { images }))

describe("DetectionMetric", () => {
  it("gives 1 for a perfect page, whatever the order", () => {
    const boxes = [box(0, 0, 10, 5), box(20, 0, 10, 5), box(0, 20, 30, 5)]
    const seen = { name: "a", truth: truth(...boxes), predictions: found(...[...boxes].reverse()) }
    assert.deepStrictEqual(result([seen]), { precision: 1, recall: 1, hmean: 1 })
  })

  it("counts a page worked by hand", () => {
    // Two regions; one found, one missed; one detection on nothing, one a second time on the same region.
    const seen = {
      name: "a",
      truth: truth(box(0, 0, 10, 10), box(50, 0, 10, 10)),
      predictions: found(box(0, 0, 10, 10), box(0, 1, 10, 10), box(80, 80, 5, 5))
    }
    assert.deepStrictEqual(DetectionMetric.count(seen), { truth: 2, predictions: 3, matched: 1 })
    const { precision = 0, recall = 0, hmean = 0 } = result([seen])
    assert.closeTo(precision, 1 / 3, 1e-12)
    assert.closeTo(recall, 1 / 2, 1e-12)
    assert.closeTo(hmean, 2 / 5, 1e-12)
  })

  it("wants an IoU above one half", () => {
    // Boxes of 30 that share 20 have an IoU of 20 / 40.
    const half = { name: "a", truth: truth(box(0, 0, 30, 1)), predictions: found(box(10, 0, 30, 1)) }
    assert.strictEqual(DetectionMetric.count(half).matched, 0)
    const more = { name: "a", truth: truth(box(0, 0, 30, 1)), predictions: found(box(9, 0, 30, 1)) }
    assert.strictEqual(DetectionMetric.count(more).matched, 1)
  })

  it("drops detections that lie on ignored regions by more than half of their own area", () => {
    const seen = {
      name: "a",
      truth: [...truth(box(0, 0, 10, 10)), ignored(box(100, 0, 50, 50))],
      predictions: found(box(0, 0, 10, 10), box(110, 10, 10, 10), box(94, 0, 10, 10))
    }
    // The second is wholly on it and does not count; the third only by 4 of 10 and does.
    assert.deepStrictEqual(DetectionMetric.count(seen), { truth: 1, predictions: 2, matched: 1 })
  })

  it("sums counts over the set instead of averaging pictures", () => {
    const good = { name: "good", truth: truth(box(0, 0, 9, 9)), predictions: found(box(0, 0, 9, 9)) }
    const bad = {
      name: "bad",
      truth: truth(box(0, 0, 9, 9), box(20, 0, 9, 9), box(40, 0, 9, 9)),
      predictions: []
    }
    assert.strictEqual(result([good, bad]).recall, 1 / 4)
    const apart = [good, bad].reduce(
      (state, image) => DetectionMetric.make.update(state, { images: [image] }),
      DetectionMetric.make.initial
    )
    assert.deepStrictEqual(DetectionMetric.make.result(apart), result([good, bad]))
  })

  it("has an answer for empty pages: nothing to find and nothing found is right", () => {
    assert.deepStrictEqual(result([]), { precision: Number.NaN, recall: Number.NaN, hmean: Number.NaN })
    const noise = { name: "a", truth: [], predictions: found(box(0, 0, 5, 5)) }
    assert.deepStrictEqual(result([noise]), { precision: 0, recall: 0, hmean: 0 })
    const blind = { name: "a", truth: truth(box(0, 0, 5, 5)), predictions: [] }
    assert.deepStrictEqual(result([blind]), { precision: 0, recall: 0, hmean: 0 })
  })

  it("keeps its state a plain value", () => {
    const state = DetectionMetric.make.update(DetectionMetric.make.initial, {
      images: [{ name: "a", truth: truth(box(0, 0, 5, 5)), predictions: found(box(0, 0, 5, 5)) }]
    })
    assert.deepStrictEqual(JSON.parse(JSON.stringify(state)), state)
  })
})
