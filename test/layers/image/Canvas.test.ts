import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import { Canvas, FAMILIES, font, type Surface } from "../../../src/pipeline/picture/Canvas.ts"

const pixel = (surface: Surface, x: number, y: number) => {
  const at = (y * surface.width + x) * 3
  return Array.from(surface.rgb().subarray(at, at + 3))
}

layer(CanvasLayer.layer)("Canvas by Skia", (it) => {
  describe("a surface", () => {
    it.effect("is white where nothing was drawn, and gives RGB", () =>
      Effect.gen(function* () {
        const surface = yield* (yield* Canvas).create(8, 4)
        surface.context.fillStyle = "#ff0000"
        surface.context.fillRect(2, 1, 3, 2)
        surface.context.fillStyle = "rgba(0, 0, 255, 0.5)"
        surface.context.fillRect(6, 0, 1, 4)
        assert.strictEqual(surface.rgb().length, 8 * 4 * 3)
        assert.deepStrictEqual(pixel(surface, 0, 0), [255, 255, 255])
        assert.deepStrictEqual(pixel(surface, 2, 1), [255, 0, 0])
        assert.deepStrictEqual(pixel(surface, 5, 1), [255, 255, 255])
        assert.isAtMost(Math.abs((pixel(surface, 6, 2)[0] ?? 0) - 127), 2)
      })
    )

    it.effect("takes a picture pixel by pixel, or scaled", () =>
      Effect.gen(function* () {
        const surface = yield* (yield* Canvas).create(8, 4)
        const rgb = new Uint8Array([10, 20, 30, 40, 50, 60])
        surface.put({ width: 2, height: 1, rgb }, 1, 1)
        assert.deepStrictEqual(pixel(surface, 1, 1), [10, 20, 30])
        assert.deepStrictEqual(pixel(surface, 2, 1), [40, 50, 60])
        surface.put({ width: 1, height: 1, rgb: rgb.subarray(0, 3) }, 4, 0, 4, 4)
        assert.deepStrictEqual(pixel(surface, 7, 3), [10, 20, 30])
      })
    )

    it.effect("of an impossible size is refused with the sizes that are possible", () =>
      Effect.gen(function* () {
        const canvas = yield* Canvas
        for (const [w, h] of [
          [0, 5],
          [5, -1],
          [2.5, 5],
          [Number.NaN, 5],
          [100_000, 5]
        ] as const) {
          const error = yield* Effect.flip(canvas.create(w, h))
          assert.match(error.message, /cannot be drawn. Each side must be a whole number from 1 to 16384/)
        }
      })
    )
  })

  describe("the typefaces", () => {
    it.effect("are ours: each has widths of its own, and none is the fallback", () =>
      Effect.gen(function* () {
        const { context } = yield* (yield* Canvas).create(10, 10)
        const width = (css: string) => {
          context.font = css
          return context.measureText("Hamburgefonstiv 0123456789 TOTAL").width
        }
        const widths = FAMILIES.flatMap((family) => [width(font(family, 20)), width(font(family, 20, 700))])
        const fallback = width('20px "No Such Family"')
        assert.notInclude(widths, fallback)
        // Inconsolata and Roboto Mono are fixed in pitch, so weights do not change their widths.
        assert.isAtLeast(new Set(widths).size, FAMILIES.length)
      })
    )

    it.effect("draw the same bytes each time", () =>
      Effect.gen(function* () {
        const canvas = yield* Canvas
        const draw = Effect.gen(function* () {
          const surface = yield* canvas.create(200, 60)
          surface.context.font = font("Roboto Mono", 17)
          surface.context.fillText("TOTAL 12.50", 3, 40)
          return surface.rgb()
        })
        const [a, b] = [yield* draw, yield* draw]
        assert.deepStrictEqual(a, b)
        assert.isBelow(Math.min(...a), 60)
      })
    )
  })
})
