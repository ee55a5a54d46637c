import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as PointMap from "../../../../src/pipeline/transform/PointMap.ts"
import * as Affine from "../../../../src/tasks/textDetection/data/Affine.ts"
import * as Resample from "../../../../src/tasks/textDetection/data/Resample.ts"
import * as Transform from "../../../../src/tasks/textDetection/data/Transform.ts"
import type { Point } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Polygon from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import { box } from "../Geometry.ts"
import { ink, paper, picture } from "../Pictures.ts"

const pixelAt = (sample: Transform.Sample, x: number, y: number) =>
  sample.rgb[(y * sample.width + x) * 3] ?? -1

const plain: Transform.AugmentOptions = { ...Transform.defaults, brightness: 0, contrast: 0, color: 0 }

const page = picture("page", 300, 500, [
  [40, 60, 200, 30],
  [60, 200, 120, 24],
  [30, 420, 220, 40]
])

/** The pixels that an output pixel covers along a line, at least one long, and the part of each. */
const covered = (output: number, scale: number): ReadonlyArray<readonly [pixel: number, part: number]> => {
  const length = Math.max(1, 1 / scale)
  const begin = (output + 0.5) / scale - length / 2
  const pixels: Array<readonly [number, number]> = []
  for (let pixel = Math.floor(begin); pixel < begin + length; pixel++) {
    const part = Math.min(pixel + 1, begin + length) - Math.max(pixel, begin)
    pixels.push([pixel, part / length])
  }
  return pixels
}

describe("Affine", () => {
  it("undoes itself", () => {
    const affine = Affine.andThen(
      Affine.andThen(Affine.rotation(0.3), Affine.scaling(2, 0.5)),
      Affine.translation(7, -3)
    )
    const [x, y] = Affine.apply(Affine.invert(affine), Affine.apply(affine, [12, 34]))
    assert.closeTo(x, 12, 1e-9)
    assert.closeTo(y, 34, 1e-9)
  })

  it("applies in reading order", () => {
    const scaledThenMoved = Affine.andThen(Affine.scaling(2, 2), Affine.translation(1, 0))
    assert.deepStrictEqual(Affine.apply(scaledThenMoved, [3, 4]), [7, 8])
  })
})

describe("Resample", () => {
  it("copies under the identity", () => {
    const image = picture("a", 9, 7, [[2, 3, 4, 2]])
    assert.deepStrictEqual(Resample.resample(image, Affine.scaling(1, 1), 9, 7), image.rgb)
  })

  it("averages exactly when it halves", () => {
    const image = {
      width: 2,
      height: 2,
      rgb: Uint8Array.from([0, 0, 0, 100, 100, 100, 50, 50, 50, 250, 250, 250])
    }
    assert.deepStrictEqual([...Resample.resample(image, Affine.scaling(0.5, 0.5), 1, 1)], [100, 100, 100])
  })

  it.each([
    [0.31, 0.31],
    [0.625, 0.6],
    [0.9, 1.4],
    [2.7, 0.5],
    [1.3, 3]
  ])("averages what each pixel covers, at scales %f and %f", (scaleX, scaleY) => {
    const [width, height] = [37, 29]
    const random = Random.make(scaleX * 1000, scaleY * 1000)
    const rgb = Uint8Array.from({ length: width * height * 3 }, () => random.int(256))
    const [outWidth, outHeight] = [Math.floor(width * scaleX), Math.floor(height * scaleY)]
    const seen = Resample.resample(
      { width, height, rgb },
      Affine.scaling(scaleX, scaleY),
      outWidth,
      outHeight
    )
    const valueAt = (x: number, y: number, k: number) =>
      rgb[(Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * 3 + k] ??
      Number.NaN
    const meanOf = (x: number, y: number, k: number) =>
      covered(y, scaleY).reduce((sum, [row, part]) => {
        const along = covered(x, scaleX).map(([column, share]) => share * valueAt(column, row, k))
        return sum + part * along.reduce((a, b) => a + b, 0)
      }, 0)
    for (const [i, value] of seen.entries()) {
      const pixel = Math.floor(i / 3)
      const expected = meanOf(pixel % outWidth, Math.floor(pixel / outWidth), i % 3)
      // Positions are rounded to 1/64 pixel, in both directions.
      assert.closeTo(value, expected, 255 / 64 + 1)
    }
  })

  it("interpolates between pixel centres when it enlarges", () => {
    const image = { width: 2, height: 1, rgb: Uint8Array.from([0, 0, 0, 100, 100, 100]) }
    const wide = Resample.resample(image, Affine.scaling(4, 1), 8, 1)
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((x) => wide[x * 3]),
      [0, 0, 13, 38, 63, 88, 100, 100]
    )
  })

  it("averages all of the area that a pixel covers, however far it shrinks", () => {
    // Every ninth pixel is white: what looks at single pixels sees some or none of them.
    const rgb = Uint8Array.from({ length: 90 * 90 * 3 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % 90, Math.floor(i / 270)]
      return x % 9 === 4 && y % 9 === 4 ? 243 : 0
    })
    const small = Resample.resample({ width: 90, height: 90, rgb }, Affine.scaling(1 / 9, 1 / 9), 10, 10)
    assert.deepStrictEqual([...new Set(small)], [3])
  })

  it("turns by quarters without a trace", () => {
    const image = picture("a", 9, 7, [[2, 3, 4, 2]])
    const toMiddle = Affine.translation(-4.5, -3.5)
    for (const [turn, width, height, at] of [
      [1, 7, 9, (x: number, y: number) => [y, 6 - x]],
      [2, 9, 7, (x: number, y: number) => [8 - x, 6 - y]],
      [3, 7, 9, (x: number, y: number) => [8 - y, x]]
    ] as const) {
      const turned = Affine.andThen(Affine.andThen(toMiddle, Affine.rotation((turn * Math.PI) / 2)), [
        1,
        0,
        width / 2,
        0,
        1,
        height / 2
      ])
      const seen = Resample.resample(image, turned, width, height)
      const expected = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
        const [x = 0, y = 0] = at(Math.floor(i / 3) % width, Math.floor(i / 3 / width))
        return image.rgb[(y * 9 + x) * 3 + (i % 3)] ?? 0
      })
      assert.deepStrictEqual(seen, expected, `${turn} quarters`)
    }
  })

  it("keeps a slope on its place at any angle", () => {
    const rgb = Uint8Array.from({ length: 60 * 60 * 3 }, (_, i) => 4 * (Math.floor(i / 3) % 60))
    for (let degrees = 0; degrees < 360; degrees += 15) {
      const toOutput = Affine.andThen(
        Affine.andThen(Affine.translation(-30, -30), Affine.scaling(0.7, 0.7)),
        Affine.andThen(Affine.rotation((degrees * Math.PI) / 180), Affine.translation(12, 12))
      )
      const seen = Resample.resample({ width: 60, height: 60, rgb }, toOutput, 24, 24)
      const toImage = Affine.invert(toOutput)
      for (let i = 0; i < 24 * 24; i++) {
        const [x] = Affine.apply(toImage, [(i % 24) + 0.5, Math.floor(i / 24) + 0.5])
        assert.closeTo(seen[i * 3] ?? 0, 4 * (x - 0.5), 1, `${degrees} degrees`)
      }
    }
  })

  it("shows the background beyond the picture, whatever the tones", () => {
    const white = new Uint8Array(256).fill(255)
    const image = { width: 1, height: 1, rgb: Uint8Array.from([9, 9, 9]) }
    const seen = Resample.resample(image, Affine.scaling(1, 1), 2, 1, [white, white, white])
    assert.deepStrictEqual([...seen], [255, 255, 255, ...Resample.background])
  })
})

describe("Transform.fit", () => {
  it("scales the long side and pads to the multiple, at the right and bottom", () => {
    const sample = Transform.fit(page, 160, 32)
    assert.deepStrictEqual([sample.contentWidth, sample.contentHeight], [96, 160])
    assert.deepStrictEqual([sample.width, sample.height], [96, 160])
    const padded = Transform.fit(picture("b", 100, 90, []), 100, 32)
    assert.deepStrictEqual([padded.width, padded.height], [128, 96])
    assert.strictEqual(pixelAt(padded, 99, 89), paper)
    assert.strictEqual(pixelAt(padded, 100, 89), Resample.background[0])
    assert.strictEqual(pixelAt(padded, 99, 90), Resample.background[0])
  })

  it("returns every region through toOriginal, to a hundredth of a pixel, at any size", () => {
    for (const [width, height, side] of [
      [333, 517, 640],
      [1024, 361, 640],
      [97, 41, 320],
      [640, 640, 640]
    ] as const) {
      const image = picture("a", width, height, [
        [5, 7, 60, 20],
        [width - 30, height - 14, 28, 12]
      ])
      const sample = Transform.fit(image, side, 32)
      for (const [i, region] of sample.regions.entries()) {
        const back = Transform.toOriginal(sample, image, region.polygon)
        for (const [j, [x, y]] of back.entries()) {
          assert.closeTo(x, image.regions[i]?.polygon[j]?.[0] ?? Number.NaN, 0.01)
          assert.closeTo(y, image.regions[i]?.polygon[j]?.[1] ?? Number.NaN, 0.01)
        }
      }
    }
  })

  it("keeps what it maps back inside the picture", () => {
    const sample = Transform.fit(page, 160, 32)
    const back = Transform.toOriginal(sample, page, box(-20, -20, 500, 500))
    assert.deepStrictEqual(Polygon.bounds(back), { left: 0, top: 0, right: 300, bottom: 500 })
  })

  it("moves ink and regions together", () => {
    const sample = Transform.fit(page, 320, 32)
    for (const region of sample.regions) {
      const { left, top, right, bottom } = Polygon.bounds(region.polygon)
      const [x, y] = [Math.round((left + right) / 2), Math.round((top + bottom) / 2)]
      assert.strictEqual(pixelAt(sample, x, y), ink)
      assert.strictEqual(pixelAt(sample, Math.ceil(right) + 1, y), paper)
      assert.strictEqual(pixelAt(sample, x, Math.ceil(bottom) + 1), paper)
      assert.strictEqual(pixelAt(sample, Math.floor(left) + 1, y), ink)
      assert.strictEqual(pixelAt(sample, x, Math.floor(top) + 1), ink)
    }
  })
})

describe("Transform.augment", () => {
  const sampleOf = (seed: number, options: Transform.AugmentOptions = plain) =>
    Transform.augment(page, Random.make(seed), { ...options, crop: 128, long_side: 320, rotate: 8 })

  it("is a function of the generator's keys alone", () => {
    assert.deepStrictEqual(sampleOf(3, Transform.defaults), sampleOf(3, Transform.defaults))
    assert.notDeepEqual(sampleOf(3).toSample, sampleOf(4).toSample)
  })

  it("moves ink and regions together through scale, turn and crop", () => {
    for (let seed = 0; seed < 40; seed++) {
      const sample = sampleOf(seed)
      const back = PointMap.inverse(sample.toSample)
      for (let y = 0; y < 128; y += 3) {
        for (let x = 0; x < 128; x += 3) {
          const at: Point = back([x + 0.5, y + 0.5])
          if (at[0] <= 3 || at[0] >= 297 || at[1] <= 3 || at[1] >= 497) continue
          // Close to an edge a pixel is a mixture.
          const clear = (polygon: ReadonlyArray<Point>) => {
            const here = Polygon.contains(polygon, ...at)
            return [-3, 0, 3].every((dx) =>
              [-3, 0, 3].every((dy) => Polygon.contains(polygon, at[0] + dx, at[1] + dy) === here)
            )
          }
          if (!page.regions.every(({ polygon }) => clear(polygon))) continue
          const inside = sample.regions.some(({ polygon }) => Polygon.contains(polygon, x + 0.5, y + 0.5))
          const expected = inside ? ink : paper
          // An assertion for each of so many pixels takes seconds.
          if (Math.abs(pixelAt(sample, x, y) - expected) <= 1) continue
          assert.closeTo(pixelAt(sample, x, y), expected, 1, `seed ${seed} at ${x}, ${y}`)
        }
      }
    }
  })

  it("shows text nearly always, when it prefers text", () => {
    const shown = Array.from({ length: 100 }, (_, seed) => sampleOf(seed).regions.length > 0)
    assert.isAbove(shown.filter(Boolean).length, 90)
  })

  it("never leaves a picture smaller than the crop partly outside", () => {
    const small = picture("small", 60, 40, [[10, 10, 30, 12]])
    for (let seed = 0; seed < 30; seed++) {
      const options = { ...plain, crop: 128, long_side: 60, scale: [1, 1], rotate: 0 } as const
      const sample = Transform.augment(small, Random.make(seed), options)
      const corners = PointMap.outline(sample.toSample, box(0, 0, 60, 40))
      const { left, top, right, bottom } = Polygon.bounds(corners)
      assert.isTrue(left >= -1e-9 && top >= -1e-9 && right <= 128 + 1e-9 && bottom <= 128 + 1e-9)
    }
  })

  it("takes pictures without regions", () => {
    const blank = picture("blank", 80, 80, [])
    assert.deepStrictEqual(Transform.augment(blank, Random.make(1), { ...plain, crop: 64 }).regions, [])
  })

  it("changes tones within bounds and keeps the order of light and dark", () => {
    const darkest = { paper: 255, ink: 255 }
    for (let seed = 0; seed < 20; seed++) {
      const image = picture("a", 64, 64, [[0, 0, 32, 64]])
      const sample = Transform.augment(image, Random.make(seed), {
        ...Transform.defaults,
        crop: 64,
        long_side: 64,
        scale: [1, 1],
        rotate: 0
      })
      assert.isBelow(pixelAt(sample, 4, 32), pixelAt(sample, 60, 32))
      darkest.paper = Math.min(darkest.paper, pixelAt(sample, 60, 32))
      darkest.ink = Math.min(darkest.ink, pixelAt(sample, 4, 32))
    }
    assert.isBelow(darkest.paper, 215)
    assert.isBelow(darkest.ink, ink)
  })
})
