import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../../src/layers/image/Canvas.ts"
import type { RgbImage } from "../../../../src/pipeline/picture/Images.ts"
import type { TextImage } from "../../../../src/tasks/textDetection/data/TextImage.ts"
import type { Polygon } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Heat from "../../../../src/tasks/textDetection/picture/Heat.ts"
import * as Pictures from "../../../../src/tasks/textDetection/picture/Pictures.ts"

const box = (x0: number, y0: number, x1: number, y1: number): Polygon => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1]
]

const grey = (width: number, height: number): TextImage => ({
  name: "a.jpg",
  width,
  height,
  rgb: new Uint8Array(width * height * 3).fill(200),
  regions: [
    { id: "1", polygon: box(20, 20, 80, 40), ignore: false },
    { id: "2", polygon: box(20, 60, 80, 80), ignore: false },
    { id: "3", polygon: box(20, 100, 80, 120), ignore: true }
  ]
})

const at = ({ width, rgb }: RgbImage, x: number, y: number) =>
  Array.from(rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3))

/** Whether a pixel has a hue, however faint a line's soft edge makes it. */
type Hue = (r: number, g: number, b: number) => boolean
const GREEN: Hue = (r, g, b) => g - r > 60 && g - b > 30
const RED: Hue = (r, g, b) => r - g > 80 && r - b > 80
const AMBER: Hue = (r, g, b) => r - b > 80 && g - b > 50
const BLUE: Hue = (r, g, b) => b - r > 80 && b - g > 40
const PALE: Hue = (r, g, b) => r === 252 && g === 253 && b === 191

const count = ({ width, height, rgb }: RgbImage, hue: Hue, from = 0, to = width): number => {
  let found = 0
  for (let y = 0; y < height; y++) {
    for (let x = from; x < to; x++) {
      const i = (y * width + x) * 3
      if (hue(rgb[i] ?? 0, rgb[i + 1] ?? 0, rgb[i + 2] ?? 0)) found++
    }
  }
  return found
}

layer(CanvasLayer.layer)("a picture", (it) => {
  it.effect("of predictions keeps the scale, and draws where the polygons are", () =>
    Effect.gen(function* () {
      const image = grey(120, 150)
      const drawn = yield* Pictures.overlay(image, [
        { polygon: box(20, 20, 80, 40) },
        { polygon: box(20, 60, 80, 80), matched: true },
        { polygon: box(20, 100, 80, 120), matched: false }
      ])
      assert.deepStrictEqual([drawn.width, drawn.height], [120, 150])
      assert.isAbove(count(drawn, BLUE), 100)
      assert.isAbove(count(drawn, GREEN), 100)
      assert.isAbove(count(drawn, RED), 100)
      assert.deepStrictEqual(at(drawn, 50, 30), [200, 200, 200])
      assert.deepStrictEqual(at(drawn, 100, 140), [200, 200, 200])
      assert.isAbove(at(drawn, 50, 60)[1] ?? 0, 150)
      assert.isBelow(at(drawn, 50, 60)[0] ?? 255, 120)
    })
  )

  it.effect("of predictions says how sure they are when asked", () =>
    Effect.gen(function* () {
      const predictions = [{ polygon: box(20, 40, 80, 60), confidence: 0.93 }]
      const [plain, labelled] = [
        yield* Pictures.overlay(grey(120, 150), predictions),
        yield* Pictures.overlay(grey(120, 150), predictions, { confidences: true })
      ]
      assert.isAbove(count(labelled, BLUE), count(plain, BLUE) + 20)
    })
  )

  it.effect("of validation shows truth, map and judged predictions in columns of their own", () =>
    Effect.gen(function* () {
      const image = grey(300, 300)
      const probability = { width: 75, height: 75, data: new Float32Array(75 * 75).fill(1) }
      const figure = yield* Pictures.validation("Epoch 1", [
        {
          image,
          probability,
          predictions: [
            { polygon: box(20, 20, 80, 40), matched: true },
            { polygon: box(150, 150, 200, 180), matched: false }
          ],
          found: new Set(["1"]),
          precision: 0.5,
          recall: 0.5
        }
      ])
      const column = (i: number) => [26 + i * 314, 26 + i * 314 + 304] as const
      // The legend, below all columns, has each colour once, so what is counted here is more than that.
      const legend = 150
      assert.isBelow(count(figure, GREEN, ...column(0)), legend)
      assert.isBelow(count(figure, RED, ...column(0)), legend)
      assert.isAbove(count(figure, GREEN, ...column(1)), 2 * legend)
      assert.isAbove(count(figure, RED, ...column(3)), 2 * legend)
      assert.isAbove(count(figure, AMBER, ...column(3)), legend)
      assert.isAbove(count(figure, GREEN, ...column(3)), legend)
      assert.isAbove(count(figure, PALE, ...column(2)), 80_000)
    })
  )

  it.effect("of annotated images is a grid that fits them all", () =>
    Effect.gen(function* () {
      const figure = yield* Pictures.grid([grey(100, 200), grey(400, 200), grey(100, 100), grey(50, 90)], 3)
      assert.deepStrictEqual([figure.width, figure.height], [3 * 332 + 12, 2 * 492 + 12])
      assert.isAbove(count(figure, GREEN), 1000)
    })
  )

  it.effect("of a probability map grows lighter from 0 to 1, and clips what lies outside", () =>
    Effect.sync(() => {
      const data = Float32Array.from({ length: 101 }, (_, i) => i / 100)
      const { rgb } = Heat.picture({ width: 101, height: 1, data })
      const light = Array.from(
        data,
        (_, i) => 0.21 * (rgb[i * 3] ?? 0) + 0.72 * (rgb[i * 3 + 1] ?? 0) + 0.07 * (rgb[i * 3 + 2] ?? 0)
      )
      assert.isTrue(light.every((value, i) => i === 0 || value > (light[i - 1] ?? 0)))
      const outside = Heat.picture({ width: 3, height: 1, data: Float32Array.of(-1, 2, Number.NaN) })
      assert.deepStrictEqual(at(outside, 0, 0), at(outside, 2, 0))
      assert.deepStrictEqual(at(outside, 1, 0), [252, 253, 191])
    })
  )
})
