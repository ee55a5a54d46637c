import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import type { Point } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Polygon from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import { box, turned } from "../Geometry.ts"

const arrow: ReadonlyArray<Point> = [
  [0, 0],
  [10, 5],
  [0, 10],
  [4, 5]
]

const star: ReadonlyArray<Point> = Array.from({ length: 5 }, (_, i) => {
  const angle = (i * 4 * Math.PI) / 5
  return [Math.cos(angle), Math.sin(angle)]
})

describe("Polygon", () => {
  it("measures a turned rectangle like an upright one", () => {
    const polygon = turned(box(3, 4, 20, 5), 33, [0, 0])
    assert.closeTo(Polygon.area(polygon), 100, 1e-9)
    assert.closeTo(Polygon.perimeter(polygon), 50, 1e-9)
  })

  it("gives clockwise corners a positive area, on a screen", () => {
    assert.strictEqual(Polygon.signedArea(box(0, 0, 2, 3)), 6)
    assert.strictEqual(Polygon.signedArea([...box(0, 0, 2, 3)].reverse()), -6)
  })

  it("distinguishes convex outlines from dents and stars, in both directions", () => {
    assert.isTrue(Polygon.isConvex(box(0, 0, 2, 3)))
    assert.isTrue(Polygon.isConvex([...box(0, 0, 2, 3)].reverse()))
    assert.isTrue(
      Polygon.isConvex([
        [0, 0],
        [1, 0],
        [2, 0],
        [2, 2],
        [0, 2]
      ])
    )
    assert.isFalse(Polygon.isConvex(arrow))
    assert.isFalse(Polygon.isConvex(star))
  })

  it("knows what is inside a dented outline", () => {
    assert.isTrue(Polygon.contains(arrow, 6, 5))
    assert.isFalse(Polygon.contains(arrow, 2, 5))
    assert.isFalse(Polygon.contains(arrow, 11, 5))
  })

  it("wraps points in a convex outline that holds them all", () => {
    for (let seed = 0; seed < 30; seed++) {
      const random = Random.make(seed)
      const points = Array.from({ length: 3 + random.int(20) }, (): Point => [random.int(12), random.int(12)])
      const hull = Polygon.convexHull(points)
      assert.isAtLeast(Polygon.signedArea(hull), 0)
      Polygon.forEachEdge(hull, (a, b) => {
        for (const point of points) assert.isAtLeast(Polygon.cross(a, b, point), 0)
      })
    }
  })

  it("clips to the shared part of two boxes, either way round", () => {
    const shared = Polygon.clipConvex(box(0, 0, 10, 10), box(6, -5, 10, 9))
    assert.closeTo(Polygon.area(shared), 16, 1e-12)
    assert.closeTo(
      Polygon.area(Polygon.clipConvex(box(0, 0, 10, 10), [...box(6, -5, 10, 9)].reverse())),
      16,
      1e-12
    )
    assert.deepStrictEqual(Polygon.clipConvex(box(0, 0, 1, 1), box(2, 2, 1, 1)), [])
  })

  it("drops corners that barely bend the outline, and no others", () => {
    const bent: ReadonlyArray<Point> = [
      [0, 0],
      [5, 0.1],
      [10, 0],
      [10, 10],
      [5, 12],
      [0, 10]
    ]
    assert.deepStrictEqual(Polygon.simplify(bent, 0.5), [
      [0, 0],
      [10, 0],
      [10, 10],
      [5, 12],
      [0, 10]
    ])
  })

  it("survives outlines of no size", () => {
    const point: ReadonlyArray<Point> = [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1]
    ]
    assert.strictEqual(Polygon.area(point), 0)
    assert.strictEqual(Polygon.area(Polygon.clipConvex(box(0, 0, 2, 2), point)), 4)
    assert.isAtMost(Polygon.simplify(point, 1).length, 4)
  })
})
