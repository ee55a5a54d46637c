import { assert, describe, it } from "@effect/vitest"
import * as Clipping from "../../../../src/tasks/textDetection/geometry/Clipping.ts"
import type { Point } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Polygon from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import { box, iou, turned } from "../Geometry.ts"

/** A U, 30 wide and 20 high, with walls of 10. */
const letterU: ReadonlyArray<Point> = [
  [0, 0],
  [10, 0],
  [10, 10],
  [20, 10],
  [20, 0],
  [30, 0],
  [30, 20],
  [0, 20]
]

describe("Clipping", () => {
  it("widens a box by round corners: area + perimeter·d + π·d²", () => {
    for (const polygon of [box(0, 0, 20, 10), [...box(0, 0, 20, 10)].reverse()]) {
      const [widened] = Clipping.offset(polygon, 3)
      assert.closeTo(Polygon.area(widened ?? []), 200 + 60 * 3 + Math.PI * 9, 1)
    }
  })

  it("shrinks a box by twice the distance on each axis", () => {
    const [shrunk] = Clipping.offset(turned(box(0, 0, 20, 10), 20, [5, 5]), -3)
    assert.closeTo(Polygon.area(shrunk ?? []), 14 * 4, 0.1)
  })

  it("agrees with the inset of a convex polygon", () => {
    const lean: ReadonlyArray<Point> = [
      [0, 0],
      [40, 4],
      [44, 20],
      [20, 26],
      [-2, 15]
    ]
    for (const polygon of [lean, [...lean].reverse(), turned(box(0, 0, 60, 14), 7, [5, 5])]) {
      for (const depth of [0, 2, 5, 20]) {
        const inset = Polygon.insetConvex(polygon, depth)
        const [offset = []] = Clipping.offset(polygon, -depth)
        assert.closeTo(Polygon.area(inset), Polygon.area(offset), 0.1, `depth ${depth}`)
        assert.closeTo(Clipping.intersectionArea(inset, offset), Polygon.area(offset), 0.1)
      }
    }
  })

  it("leaves nothing of what is too thin, and parts of what breaks, the largest first", () => {
    assert.deepStrictEqual(Clipping.offset(box(0, 0, 20, 5), -3), [])
    const dumbbell: ReadonlyArray<Point> = [
      [0, 0],
      [10, 0],
      [10, 4],
      [20, 4],
      [20, 0],
      [34, 0],
      [34, 10],
      [20, 10],
      [20, 6],
      [10, 6],
      [10, 10],
      [0, 10]
    ]
    // Around the neck's corners the inner outlines are arcs, which leave a sliver more than the boxes of 6 × 10 and 6 × 6.
    const sliver = 2 * (2 - (Math.sqrt(3) / 2 + 2 * Math.asin(0.5)))
    const parts = Clipping.offset(dumbbell, -2)
    assert.strictEqual(parts.length, 2)
    assert.closeTo(Polygon.area(parts[0] ?? []), 60 + sliver, 0.1)
    assert.closeTo(Polygon.area(parts[1] ?? []), 36 + sliver, 0.1)
  })

  it("intersects convex and dented outlines alike", () => {
    assert.closeTo(Clipping.intersectionArea(box(0, 0, 10, 10), box(5, 5, 10, 10)), 25, 1e-9)
    // The bar spans the U's gap: only the two walls count.
    assert.closeTo(Clipping.intersectionArea(letterU, box(0, 2, 30, 4)), 80, 1e-3)
    assert.closeTo(Clipping.intersectionArea(box(0, 2, 30, 4), letterU), 80, 1e-3)
    assert.strictEqual(Clipping.intersectionArea(box(0, 0, 1, 1), box(5, 5, 1, 1)), 0)
  })

  it("measures overlap by IoU", () => {
    assert.closeTo(iou(box(0, 0, 10, 10), box(5, 0, 10, 10)), 1 / 3, 1e-9)
    assert.closeTo(iou(letterU, letterU), 1, 1e-6)
    assert.strictEqual(iou(box(0, 0, 0, 0), box(0, 0, 0, 0)), 0)
  })
})
