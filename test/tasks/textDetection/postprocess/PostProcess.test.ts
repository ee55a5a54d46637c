import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as Raster from "../../../../src/tasks/textDetection/data/Raster.ts"
import * as Targets from "../../../../src/tasks/textDetection/data/Targets.ts"
import type { Polygon as Outline } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Polygon from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as PostProcess from "../../../../src/tasks/textDetection/postprocess/PostProcess.ts"
import {
  defaults,
  PostProcessOptions
} from "../../../../src/tasks/textDetection/postprocess/PostProcessOptions.ts"
import { box, iou, turned } from "../Geometry.ts"

const empty = (width: number, height: number): PostProcess.ProbabilityMap => ({
  width,
  height,
  data: new Float32Array(width * height)
})

/** A map with `probability` inside each outline and 0 elsewhere. */
const drawn = (width: number, height: number, outlines: ReadonlyArray<Outline>, probability = 1) => {
  const map = empty(width, height)
  for (const outline of outlines) {
    Raster.forEachSpan(outline, width, height, (y, from, to) =>
      map.data.fill(probability, y * width + from, y * width + to)
    )
  }
  return map
}

/** The map that a net without error would give. */
const perfect = (width: number, height: number, outlines: ReadonlyArray<Outline>) => {
  const shrunk = new Uint8Array(width * height)
  const maps = {
    width,
    height,
    shrunk,
    mask: new Uint8Array(width * height),
    threshold: new Float32Array(width * height),
    border: new Uint8Array(width * height)
  }
  Targets.paint(
    maps,
    outlines.map((polygon, i) => ({ id: String(i), polygon, ignore: false }))
  )
  return { width, height, data: Float32Array.from(shrunk) }
}

describe("PostProcess", () => {
  it("finds nothing on an empty map", () => {
    assert.deepStrictEqual(PostProcess.detect(empty(8, 8)), [])
  })

  it("widens by A' r' / L' when r' is a number", () => {
    // 20 × 10: A' / L' = 200 / 60, so r' = 1.5 widens by 5 on each side.
    const [found, ...others] = PostProcess.detect(drawn(60, 40, [box(20, 15, 20, 10)], 0.9), {
      ...defaults,
      unclip_ratio: 1.5
    })
    assert.deepStrictEqual(others, [])
    assert.closeTo(found?.score ?? 0, 0.9, 1e-6)
    const expected = box(15, 10, 30, 20)
    for (const [i, [x, y]] of (found?.polygon ?? []).entries()) {
      assert.closeTo(x, expected[i]?.[0] ?? Number.NaN, 1e-9)
      assert.closeTo(y, expected[i]?.[1] ?? Number.NaN, 1e-9)
    }
  })

  it("inverts the targets' shrinking exactly, for rectangles and for outlines with round corners", () => {
    for (const [width, height] of [
      [10, 10],
      [100, 8],
      [300, 12],
      [7, 40]
    ] as const) {
      for (const shrink_ratio of [0.3, 0.4, 0.7]) {
        const whole = box(0, 0, width, height)
        const distance = Targets.distance(whole, shrink_ratio)
        const area = (width - 2 * distance) * (height - 2 * distance)
        const perimeter = 2 * (width + height - 4 * distance)
        const options = { unclip_ratio: "inverse", shrink_ratio } as const
        assert.closeTo(PostProcess.unclipDistance(area, perimeter, 4, options), distance, 1e-9)
      }
    }
    // A square of 10 widened by 3 with round corners is A = 100 + 120 + 9π, L = 40 + 6π; D is its own shrinking.
    const [a, l] = [100 + 120 + 9 * Math.PI, 40 + 6 * Math.PI]
    const shrink_ratio = Math.sqrt(1 - (3 * l) / a)
    const options = { unclip_ratio: "inverse", shrink_ratio } as const
    assert.closeTo(PostProcess.unclipDistance(100, 40, Math.PI, options), 3, 1e-9)
  })

  it("returns each box that a perfect map was painted from, within a pixel, at any angle", () => {
    for (let degrees = -60; degrees <= 90; degrees += 10) {
      for (const [width, height] of [
        [60, 20],
        [80, 14],
        [30, 30]
      ] as const) {
        const truth = turned(box(60 - width / 2, 60 - height / 2, width, height), degrees, [60, 60])
        const [found, ...others] = PostProcess.detect(perfect(120, 120, [truth]))
        assert.deepStrictEqual(others, [])
        const polygon = found?.polygon ?? []
        // The edges of both lie within a pixel or so of each other when the sizes agree and the overlap is near whole.
        assert.isAbove(iou(polygon, truth), 0.8, `${width} × ${height} at ${degrees}°`)
      }
    }
  })

  it("returns upright boxes on whole pixels within a pixel on every side", () => {
    for (const [width, height] of [
      [40, 12],
      [64, 16],
      [30, 30],
      [150, 20],
      [12, 50]
    ] as const) {
      const truth = box(20, 30, width, height)
      const [found] = PostProcess.detect(perfect(200, 100, [truth]))
      const seen = Polygon.bounds(found?.polygon ?? [])
      const wanted = Polygon.bounds(truth)
      for (const side of ["left", "top", "right", "bottom"] as const) {
        assert.closeTo(seen[side], wanted[side], 1.5, `${side} of ${width} × ${height}`)
      }
    }
  })

  it("keeps apart the lines of a dense page", () => {
    const lines = Array.from({ length: 8 }, (_, i) => box(10, 6 + i * 14, 120, 12))
    const found = PostProcess.detect(perfect(150, 130, lines))
    assert.strictEqual(found.length, lines.length)
    for (const line of lines) assert.isTrue(found.some(({ polygon }) => iou(polygon, line) > 0.7))
  })

  it("drops improbable and tiny regions", () => {
    const faint = drawn(60, 40, [box(20, 15, 20, 10)], 0.55)
    assert.deepStrictEqual(PostProcess.detect(faint), [])
    assert.strictEqual(PostProcess.detect(faint, { ...defaults, box_thresh: 0.5 }).length, 1)
    const speck = drawn(60, 40, [box(20, 15, 2, 2)])
    assert.deepStrictEqual(PostProcess.detect(speck, { ...defaults, min_size: 5 }), [])
  })

  it("keeps the most probable of too many, in order", () => {
    const map = empty(100, 20)
    for (let i = 0; i < 8; i++) {
      for (const row of [8, 9, 10, 11])
        map.data.fill(0.65 + 0.04 * i, row * 100 + 4 + i * 12, row * 100 + 10 + i * 12)
    }
    const found = PostProcess.detect(map, { ...defaults, max_candidates: 3 })
    assert.deepStrictEqual(
      found.map(({ score }) => Math.round(score * 100)),
      [93, 89, 85]
    )
  })

  it("takes a ring as one region", () => {
    const map = drawn(40, 40, [box(5, 5, 30, 30)])
    for (let y = 15; y < 25; y++) map.data.fill(0, y * 40 + 15, y * 40 + 25)
    assert.strictEqual(PostProcess.detect(map).length, 1)
  })

  it("follows a bend with a polygon where a rectangle would take in its inside", () => {
    const bend: Outline = [
      [20, 20],
      [90, 20],
      [90, 90],
      [70, 90],
      [70, 40],
      [20, 40]
    ]
    const map = perfect(120, 120, [bend])
    const [polygon] = PostProcess.detect(map, { ...defaults, use_polygon: true })
    const [rectangle] = PostProcess.detect(map, { ...defaults, box_thresh: 0.1 })
    assert.isAbove(iou(polygon?.polygon ?? [], bend), 0.8)
    assert.isBelow(iou(rectangle?.polygon ?? [], bend), 0.7)
  })

  it("finds single pixels and lines of one pixel without failing, whatever the shape", () => {
    for (let seed = 0; seed < 10; seed++) {
      const random = Random.make(seed, 9)
      const map = empty(24, 24)
      for (let i = 0; i < map.data.length; i++) map.data[i] = random.float()
      for (const use_polygon of [false, true]) {
        for (const { polygon, score } of PostProcess.detect(map, {
          ...defaults,
          use_polygon,
          box_thresh: 0,
          min_size: 0
        })) {
          assert.isTrue(polygon.flat().every(Number.isFinite))
          assert.isTrue(score >= 0 && score <= 1)
        }
      }
    }
  })

  it("decodes from nothing to its defaults and refuses what has no meaning", () => {
    const decode = Schema.decodeUnknownSync(PostProcessOptions)
    assert.deepStrictEqual(decode({}), defaults)
    assert.strictEqual(decode({ unclip_ratio: 2 }).unclip_ratio, 2)
    assert.throws(() => decode({ thresh: 1.5 }))
    assert.throws(() => decode({ unclip_ratio: "much" }))
  })
})
