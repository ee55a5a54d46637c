import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as Raster from "../../../../src/tasks/textDetection/data/Raster.ts"
import * as Targets from "../../../../src/tasks/textDetection/data/Targets.ts"
import type { Region } from "../../../../src/tasks/textDetection/data/TextImage.ts"
import * as Clipping from "../../../../src/tasks/textDetection/geometry/Clipping.ts"
import type { Polygon as Outline, Point } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Polygon from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import { box, turned } from "../Geometry.ts"

const region = (polygon: Outline, ignore = false): Region => ({ id: "0001", polygon, ignore })

const painted = (width: number, height: number, regions: ReadonlyArray<Region>) => {
  const maps = {
    width,
    height,
    shrunk: new Uint8Array(width * height),
    mask: new Uint8Array(width * height),
    threshold: new Float32Array(width * height),
    border: new Uint8Array(width * height)
  }
  Targets.paint(maps, regions)
  return maps
}

const rows = (map: Uint8Array | Float32Array, width: number) =>
  Array.from({ length: map.length / width }, (_, y) => [...map.subarray(y * width, (y + 1) * width)])

describe("Targets", () => {
  it("shrinks by A (1 - r²) / L", () => {
    assert.closeTo(Targets.distance(box(0, 0, 10, 10), 0.4), (100 * 0.84) / 40, 1e-12)
    assert.closeTo(Targets.distance(box(0, 0, 100, 8), 0.4), (800 * 0.84) / 216, 1e-12)
    assert.strictEqual(Targets.distance(box(3, 3, 0, 0), 0.4), 0)
  })

  it("paints a square worked by hand", () => {
    // 10 × 10 at (3, 3): D = 2.1, so the core's pixel centres lie in [5.1, 10.9] and the border's in [0.9, 15.1].
    const maps = painted(16, 16, [region(box(3, 3, 10, 10))])
    const core = rows(maps.shrunk, 16)
    assert.deepStrictEqual(core[8], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    assert.strictEqual(
      maps.shrunk.reduce((sum, value) => sum + value, 0),
      36
    )
    const border = rows(maps.border, 16)[8]
    assert.deepStrictEqual(border, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0])
    // At column 2 the centre is half a pixel outside: 0.3 + 0.4 (1 - 0.5 / 2.1).
    const threshold = rows(maps.threshold, 16)[8] ?? []
    assert.closeTo(threshold[2] ?? 0, 0.3 + 0.4 * (1 - 0.5 / 2.1), 1e-6)
    assert.closeTo(threshold[3] ?? 0, 0.3 + 0.4 * (1 - 0.5 / 2.1), 1e-6)
    assert.closeTo(threshold[4] ?? 0, 0.3 + 0.4 * (1 - 1.5 / 2.1), 1e-6)
    assert.closeTo(threshold[8] ?? 0, 0.3, 1e-6)
    assert.deepStrictEqual([...new Set(maps.mask)], [1])
  })

  it("rounds the corners of the border, as the offset polygon does", () => {
    const maps = painted(16, 16, [region(box(3, 3, 10, 10))])
    // Centre (1.5, 1.5) is 2.12 from the corner (3, 3), and D = 2.1.
    assert.strictEqual(rows(maps.border, 16)[1]?.[1], 0)
    assert.strictEqual(rows(maps.border, 16)[1]?.[2], 1)
  })

  it("paints what Vatti's offsets cover, for any outline", () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = Random.make(seed, 5)
      const center: Point = [random.between(10, 50), random.between(10, 40)]
      const corners = 4 + random.int(5)
      // Around its centre with uneven radius: dented, never crossing itself.
      const polygon = Array.from({ length: corners }, (_, i): Point => {
        const angle = (2 * Math.PI * i) / corners
        const radius = random.between(8, 22)
        return [center[0] + radius * Math.cos(angle), center[1] + radius * Math.sin(angle)]
      })
      const maps = painted(60, 50, [region(polygon)])
      const distance = Targets.distance(polygon, 0.4)
      const near = (map: Uint8Array, offset: number) => {
        const expected = new Uint8Array(60 * 50)
        for (const part of Clipping.offset(polygon, offset)) Raster.fill(expected, 60, 50, part, 1)
        const differing = map.filter((value, i) => value !== expected[i]).length
        // Arcs are drawn as chords there, and coordinates rounded.
        assert.isAtMost(differing, 5, `seed ${seed}, offset ${offset}`)
      }
      near(maps.shrunk, -distance)
      near(maps.border, distance)
    }
  })

  it("keeps a row of a line whose core is thinner than a pixel", () => {
    for (const top of [2, 2.25, 2.5, 2.75]) {
      const maps = painted(60, 12, [region(box(4, top, 50, 4))])
      assert.isAtLeast(
        maps.shrunk.reduce((sum, value) => sum + value, 0),
        40,
        `top ${top}`
      )
    }
  })

  it("masks illegible and tiny regions and paints nothing else for them", () => {
    const maps = painted(20, 10, [region(box(2, 2, 6, 5), true), region(box(12, 2, 6, 2))])
    assert.strictEqual(maps.mask.filter((value) => value === 0).length, 6 * 5 + 6 * 2)
    assert.strictEqual(maps.shrunk.filter((value) => value !== 0).length, 0)
    assert.strictEqual(maps.border.filter((value) => value !== 0).length, 0)
  })

  it("takes the higher threshold where two borders meet", () => {
    const alone = painted(40, 20, [region(box(4, 4, 12, 10))])
    const both = painted(40, 20, [region(box(4, 4, 12, 10)), region(box(17, 4, 12, 10))])
    for (const [i, value] of alone.threshold.entries()) assert.isAtLeast(both.threshold[i] ?? 0, value)
  })

  it("paints the visible part of regions that reach past the edges, and nothing of those outside", () => {
    const whole = painted(60, 40, [region(turned(box(10, 10, 40, 16), 8, [30, 18]))])
    const cut = painted(30, 20, [region(turned(box(10, 10, 40, 16), 8, [30, 18]))])
    for (let y = 0; y < 20; y++) {
      for (let x = 0; x < 30; x++) {
        assert.strictEqual(cut.shrunk[y * 30 + x], whole.shrunk[y * 60 + x])
        assert.strictEqual(cut.threshold[y * 30 + x], whole.threshold[y * 60 + x])
      }
    }
    const outside = painted(30, 20, [region(box(100, 100, 40, 16)), region(box(-90, 4, 40, 16))])
    assert.strictEqual(outside.border.filter((value) => value !== 0).length, 0)
  })

  it("survives degenerate outlines: a point, a line, a bow tie", () => {
    const bow: Outline = [
      [2, 2],
      [18, 12],
      [18, 2],
      [2, 12]
    ]
    const maps = painted(20, 16, [region(box(5, 5, 0, 0)), region(box(1, 5, 10, 0)), region(bow)])
    for (const value of maps.threshold) assert.isTrue(Number.isFinite(value))
    assert.isTrue(maps.shrunk.every((value) => value === 0 || value === 1))
    assert.strictEqual(Polygon.area(bow), 0)
  })

  it("counts positives and negatives under the mask", () => {
    const maps = painted(16, 16, [region(box(3, 3, 10, 10)), region(box(0, 14, 16, 2), true)])
    assert.deepStrictEqual(Targets.count(maps), { positives: 36, negatives: 256 - 36 - 32 })
  })
})
