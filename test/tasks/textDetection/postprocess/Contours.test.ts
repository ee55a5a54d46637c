import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import type { Point } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Contours from "../../../../src/tasks/textDetection/postprocess/Contours.ts"
import { bitmap } from "../Geometry.ts"

/** A contour with its pixels as points. */
interface Traced extends Omit<Contours.Contour, "border"> {
  readonly pixels: ReadonlyArray<Point>
}

const trace = (map: Uint8Array, width: number, height: number): ReadonlyArray<Traced> => {
  const contours: Array<Traced> = []
  Contours.forEach(map, width, height, ({ border, ...contour }) =>
    contours.push({
      pixels: Array.from(
        { length: border.length / 2 },
        (_, i): Point => [border[2 * i] ?? 0, border[2 * i + 1] ?? 0]
      ),
      ...contour
    })
  )
  return contours
}

const Pair = Schema.Tuple([Schema.Int, Schema.Int])
const References = Schema.Struct({
  maps: Schema.Array(
    Schema.Struct({
      rows: Schema.Array(Schema.String),
      contours: Schema.Array(
        Schema.Struct({ length: Schema.Int, pixels: Schema.Array(Pair), depth: Schema.Int })
      )
    })
  )
})
const references = Schema.decodeUnknownSync(References)(
  JSON.parse(readFileSync(new URL("../reference/shapes.json", import.meta.url), "utf8"))
)

const traced = (rows: ReadonlyArray<string>) => {
  const { data, width, height } = bitmap(rows)
  return trace(data, width, height)
}

const depthOf = (contours: ReadonlyArray<Traced>, contour: Traced): number => {
  const parent = contours[contour.parent]
  return parent === undefined ? 0 : 1 + depthOf(contours, parent)
}

const byPosition = (a: Point, b: Point) => a[0] - b[0] || a[1] - b[1]

const distinct = (pixels: ReadonlyArray<Point>): ReadonlyArray<Point> => {
  const seen = new Map(pixels.map((point): [string, Point] => [point.join(), point]))
  return [...seen.values()].sort(byPosition)
}

describe("Contours", () => {
  it("goes once round a rectangle", () => {
    const [contour, ...others] = traced(["......", ".####.", ".####.", ".####.", "......"])
    assert.deepStrictEqual(others, [])
    assert.strictEqual(contour?.hole, false)
    assert.strictEqual(contour?.parent, -1)
    assert.strictEqual(contour?.pixels.length, 10)
    assert.deepStrictEqual(distinct(contour?.pixels ?? []).length, 10)
  })

  it("follows a region at the map's edges, and one of a single pixel", () => {
    assert.strictEqual(traced(["###", "###", "###"])[0]?.pixels.length, 8)
    assert.deepStrictEqual(traced(["...", ".#.", "..."]), [{ pixels: [[1, 1]], hole: false, parent: -1 }])
  })

  it("joins pixels that touch at corners, and walks a line there and back", () => {
    const contours = traced(["#...", ".#..", "..#.", "...#"])
    assert.strictEqual(contours.length, 1)
    assert.strictEqual(contours[0]?.pixels.length, 6)
  })

  it("reports what contains what: a dot in the hole of a ring", () => {
    const contours = traced(["#####", "#...#", "#.#.#", "#...#", "#####"])
    assert.deepStrictEqual(
      contours.map(({ hole, parent }) => ({ hole, parent })),
      [
        { hole: false, parent: -1 },
        { hole: true, parent: 0 },
        { hole: false, parent: 1 }
      ]
    )
  })

  it("finds the borders that OpenCV finds, at the same depth", () => {
    for (const { rows, contours } of references.maps) {
      const ours = traced(rows)
      const mine = ours
        .map((contour) => ({
          length: contour.pixels.length,
          pixels: distinct(contour.pixels),
          depth: depthOf(ours, contour)
        }))
        .map((contour) => JSON.stringify(contour))
        .sort()
      assert.deepStrictEqual(mine, contours.map((contour) => JSON.stringify(contour)).sort())
    }
  })

  it("has one outer border for each connected region of noise", () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = Random.make(seed, 2)
      const width = 12
      const map = Uint8Array.from({ length: width * 10 }, () => (random.chance(0.45) ? 1 : 0))
      const outer = trace(map, width, 10).filter(({ hole }) => !hole)
      assert.strictEqual(outer.length, regions(map, width, 10), `seed ${seed}`)
    }
  })
})

/** Counts 8-connected regions by flooding each. */
const regions = (map: Uint8Array, width: number, height: number): number => {
  const left = map.slice()
  let count = 0
  const flood = (x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= width || y >= height || left[y * width + x] !== 1) return
    left[y * width + x] = 0
    for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) flood(x + dx, y + dy)
  }
  for (let i = 0; i < left.length; i++) {
    if (left[i] !== 1) continue
    count++
    flood(i % width, Math.floor(i / width))
  }
  return count
}
