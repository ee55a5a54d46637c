import { assert, describe, it } from "@effect/vitest"
import { check } from "../../../../src/tasks/textDetection/data/AnnotatedPolygon.ts"
import type { Polygon } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"

const size = { width: 200, height: 100 }

const box = (x0: number, y0: number, x1: number, y1: number): Polygon => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1]
]

const problem = (polygon: Polygon): string => {
  const seen = check(polygon, size)
  return seen._tag === "Refused" ? seen.problem : "usable"
}

describe("an annotated polygon", () => {
  it("inside its picture is used as it stands, its edges included", () => {
    for (const polygon of [box(10, 10, 50, 20), box(0, 0, 200, 100)]) {
      assert.deepStrictEqual(check(polygon, size), { _tag: "Usable", polygon, clipped: false })
    }
  })

  it("drops repeated corners and the corner that closes the ring, and keeps the first", () => {
    const [a, b, c, d] = box(10, 10, 50, 20)
    assert.isDefined(d)
    if (a === undefined || b === undefined || c === undefined || d === undefined) return
    assert.deepStrictEqual(check([a, b, b, c, d, a], size), {
      _tag: "Usable",
      polygon: [a, b, c, d],
      clipped: false
    })
  })

  it("slightly outside is clipped, by two pixels or a twentieth of the side", () => {
    const clipped = check(box(-2, 10, 50, 104.9), size)
    assert.deepStrictEqual(clipped._tag === "Usable" && clipped.clipped, true)
    assert.deepStrictEqual(clipped._tag === "Usable" ? clipped.polygon.map((p) => p.join(" ")).sort() : [], [
      "0 10",
      "0 100",
      "50 10",
      "50 100"
    ])
    // A slanted edge is cut where it meets the border, not bent: x = 205 - 5 * 5/10 at the border of 200.
    const slanted = check(
      [
        [150, 10],
        [190, 10],
        [205, 40],
        [150, 40]
      ],
      size
    )
    const xs = slanted._tag === "Usable" ? slanted.polygon : []
    assert.deepInclude(xs, [200, 30])
    assert.deepInclude(xs, [200, 40])
    assert.strictEqual(xs.length, 5)
  })

  it("far or wholly outside is refused, with how far", () => {
    assert.match(problem(box(150, 10, 211, 20)), /reaches 11 pixels right of the picture \(200 x 100\)/)
    assert.match(problem(box(10, -8, 50, 20)), /reaches 8 pixels above/)
    assert.match(problem(box(201, 10, 202, 20)), /completely outside/)
    assert.match(problem(box(10, 300, 50, 310)), /completely outside/)
  })

  it("that is no shape is refused with the reason", () => {
    assert.match(problem([]), /fewer than 3/)
    assert.match(problem(box(10, 10, 10, 10)), /fewer than 3/)
    assert.match(problem(box(10, 10, 50, 10)), /no area|fewer than 3/)
    assert.match(
      problem([
        [0, 0],
        [10, 10],
        [20, 20]
      ]),
      /no area/
    )
    assert.match(problem(box(10, 10, Number.NaN, 20)), /not a finite number/)
    const [a, b, c, d] = box(10, 10, 50, 20)
    if (a !== undefined && b !== undefined && c !== undefined && d !== undefined) {
      assert.match(problem([a, c, b, d]), /crosses itself/)
    }
  })

  it("keeps a polygon that is concave but sound", () => {
    const arrow: Polygon = [
      [10, 10],
      [50, 10],
      [30, 20],
      [50, 40],
      [10, 40]
    ]
    assert.deepStrictEqual(check(arrow, size), { _tag: "Usable", polygon: arrow, clipped: false })
  })
})
