import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as MinAreaRect from "../../../../src/tasks/textDetection/geometry/MinAreaRect.ts"
import type { Point } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Polygon from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import { box, turned } from "../Geometry.ts"

const Pair = Schema.Tuple([Schema.Finite, Schema.Finite])
const References = Schema.Struct({
  rects: Schema.Array(Schema.Struct({ points: Schema.Array(Pair), sides: Pair }))
})
const references = Schema.decodeUnknownSync(References)(
  JSON.parse(readFileSync(new URL("../reference/shapes.json", import.meta.url), "utf8"))
)

const measured = (points: ReadonlyArray<Point>) => {
  const rect = MinAreaRect.around(points)
  assert.isDefined(rect)
  return rect ?? { center: [0, 0] as const, width: 0, height: 0, axis: [1, 0] as const }
}

describe("MinAreaRect", () => {
  it("finds a rectangle again at any angle", () => {
    for (let degrees = 0; degrees < 360; degrees += 7) {
      const rect = measured(turned(box(10, 20, 30, 8), degrees, [25, 24]))
      assert.closeTo(rect.width, 30, 1e-9)
      assert.closeTo(rect.height, 8, 1e-9)
      assert.closeTo(rect.center[0], 25, 1e-9)
      assert.closeTo(rect.center[1], 24, 1e-9)
    }
  })

  it("is as small as OpenCV's, on the same points", () => {
    for (const { points, sides } of references.rects) {
      const rect = measured(points)
      assert.closeTo(rect.width * rect.height, sides[0] * sides[1], 1e-2)
    }
  })

  it("holds every point", () => {
    for (let seed = 0; seed < 30; seed++) {
      const random = Random.make(seed, 1)
      const points = Array.from(
        { length: 3 + random.int(30) },
        (): Point => [random.normal(), 4 * random.normal()]
      )
      const corners = MinAreaRect.corners(measured(points))
      Polygon.forEachEdge(corners, (a, b) => {
        for (const point of points) assert.isAtLeast(Polygon.cross(a, b, point), -1e-9)
      })
    }
  })

  it("starts its corners at the top left and runs clockwise", () => {
    const corners = MinAreaRect.corners(measured(turned(box(10, 20, 30, 8), 5, [25, 24])))
    const expected = turned(box(10, 20, 30, 8), 5, [25, 24])
    for (const [i, [x, y]] of corners.entries()) {
      assert.closeTo(x, expected[i]?.[0] ?? Number.NaN, 1e-9)
      assert.closeTo(y, expected[i]?.[1] ?? Number.NaN, 1e-9)
    }
  })

  it("grows by the distance on every side", () => {
    const grown = MinAreaRect.grow(measured(box(0, 0, 10, 4)), 2)
    assert.deepStrictEqual([grown.width, grown.height], [14, 8])
  })

  it("has no height around points on a line, no size around one, and is absent for none", () => {
    const line = measured([
      [0, 0],
      [3, 4],
      [6, 8]
    ])
    assert.closeTo(line.width, 10, 1e-9)
    assert.closeTo(line.height, 0, 1e-9)
    const point = measured([
      [2, 3],
      [2, 3]
    ])
    assert.deepStrictEqual([point.width, point.height, ...point.center], [0, 0, 2, 3])
    assert.isUndefined(MinAreaRect.around([]))
  })
})
