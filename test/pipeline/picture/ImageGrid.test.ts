import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import * as ImageGrid from "../../../src/pipeline/picture/ImageGrid.ts"
import type { RgbImage } from "../../../src/pipeline/picture/Images.ts"
import { area, at } from "./pixels.ts"

const plain = (width: number, height: number, colour: readonly [number, number, number]): RgbImage => ({
  width,
  height,
  rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3] ?? 0)
})

const green = (image: RgbImage) => area(image, (red, level, blue) => red === 0 && level === 200 && blue === 0)
const frame = (image: RgbImage) =>
  area(image, (red, level, blue) => red === 0xd1 && level === 0x24 && blue === 0x2f)

layer(CanvasLayer.layer)("a grid of pictures", (it) => {
  it.effect("shows each in its proportions, small ones by whole pixels", () =>
    Effect.gen(function* () {
      for (const [width, height, wide, high] of [
        [28, 28, 140, 140],
        [10, 5, 140, 70],
        [1440, 720, 144, 72],
        [100, 300, 48, 144]
      ] as const) {
        const image = yield* ImageGrid.draw({
          title: "G",
          cells: [{ image: plain(width, height, [0, 200, 0]), caption: "" }]
        })
        const { left, right, top, bottom } = green(image)
        assert.approximately(right - left + 1, wide, 1)
        assert.approximately(bottom - top + 1, high, 1)
      }
      const pixels = plain(2, 1, [0, 200, 0])
      pixels.rgb.set([0, 0, 200], 3)
      const image = yield* ImageGrid.draw({ title: "G", cells: [{ image: pixels, caption: "" }] })
      const { left, right, top } = green(image)
      assert.strictEqual(right - left + 1, 72)
      assert.strictEqual(at(image, right + 1, top), "#0000c8")
    })
  )

  it.effect("frames those that are wrong", () =>
    Effect.gen(function* () {
      const image = plain(28, 28, [0, 200, 0])
      const draw = (wrong: boolean) => ImageGrid.draw({ title: "G", cells: [{ image, caption: "", wrong }] })
      assert.strictEqual(frame(yield* draw(false)).count, 0)
      const drawn = yield* draw(true)
      const [outer, inner] = [frame(drawn), green(drawn)]
      assert.deepStrictEqual(
        [outer.left, outer.right, outer.top, outer.bottom],
        [inner.left - 4, inner.right + 4, inner.top - 4, inner.bottom + 4]
      )
      assert.strictEqual(outer.count, 148 ** 2 - 140 ** 2)
    })
  )

  it.effect("has as many columns as rows, or as many as it is asked for", () =>
    Effect.gen(function* () {
      const cell = { image: plain(4, 4, [0, 200, 0]), caption: "one" }
      const sizeOf = (count: number, columns?: number) =>
        Effect.map(
          ImageGrid.draw({
            title: "G",
            cells: Array.from({ length: count }, () => cell),
            columns,
            side: 100
          }),
          ({ width, height }) => [width, height]
        )
      const [nine, row, column] = yield* Effect.all([sizeOf(9), sizeOf(9, 9), sizeOf(9, 1)])
      assert.deepStrictEqual(nine, [2 * 28 + 3 * 100 + 2 * 16, 64 + 20 + 3 * 156 + 18])
      assert.strictEqual(row[0], 2 * 28 + 9 * 100 + 8 * 16)
      assert.strictEqual(column[1], 64 + 20 + 9 * 156 + 18)
      assert.strictEqual((yield* sizeOf(0))[0], 320)
    })
  )

  it.effect("cuts captions to its column", () =>
    Effect.gen(function* () {
      const image = plain(28, 28, [0, 200, 0])
      const drawn = yield* ImageGrid.draw({
        title: "G",
        columns: 2,
        cells: [
          { image, caption: `${"n".repeat(90)} and more words than there is room for` },
          { image, caption: "" }
        ]
      })
      const { bottom } = green(drawn)
      const ink = area(
        {
          ...drawn,
          height: drawn.height - bottom - 4,
          rgb: drawn.rgb.subarray((bottom + 4) * drawn.width * 3)
        },
        (red, level, blue) => red + level + blue < 400
      )
      assert.isAbove(ink.count, 100)
      assert.isBelow(ink.right, 28 + 144 + 16)
      assert.isAtLeast(ink.left, 18)
      assert.isBelow(ink.bottom - ink.top, 34)
    })
  )
})
