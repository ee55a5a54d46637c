import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as Raster from "../../../../src/tasks/textDetection/data/Raster.ts"
import type { Point } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Polygon from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import { box } from "../Geometry.ts"

const filled = (width: number, height: number, polygon: ReadonlyArray<Point>) => {
  const map = new Uint8Array(width * height)
  Raster.fill(map, width, height, polygon, 1)
  return map
}

describe("Raster", () => {
  it("fills exactly the pixels of a box on the grid", () => {
    const map = filled(5, 4, box(1, 1, 3, 2))
    assert.deepStrictEqual([...map], [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  })

  it("gives each pixel between two neighbours to one of them", () => {
    for (const edge of [2, 2.3, 2.5, 2.9]) {
      const left = filled(6, 1, box(0, 0, edge, 1))
      const right = filled(6, 1, box(edge, 0, 6 - edge, 1))
      assert.deepStrictEqual(
        left.map((value, i) => value + (right[i] ?? 0)),
        Uint8Array.of(1, 1, 1, 1, 1, 1)
      )
    }
  })

  it("agrees with the point test on any outline, beyond the edges too", () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = Random.make(seed, 3)
      const polygon = Array.from(
        { length: 3 + random.int(6) },
        (): Point => [random.between(-6, 26), random.between(-6, 22)]
      )
      const map = filled(20, 16, polygon)
      for (let i = 0; i < map.length; i++) {
        const inside = Polygon.contains(polygon, (i % 20) + 0.5, Math.floor(i / 20) + 0.5)
        assert.strictEqual(map[i], inside ? 1 : 0, `seed ${seed}, pixel ${i}`)
      }
    }
  })
})
