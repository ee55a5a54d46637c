import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import * as Bars from "../../../src/pipeline/picture/Bars.ts"
import type { RgbImage } from "../../../src/pipeline/picture/Images.ts"
import { area, at } from "./pixels.ts"

const colour = "#2563eb"

/** The left and right end of each bar, from top to bottom. */
const bars = (image: RgbImage): ReadonlyArray<readonly [number, number]> => {
  const { top } = area(image, (red, green, shade) => red === 37 && green === 99 && shade === 235)
  const found: Array<readonly [number, number]> = []
  for (let y = top + 8; y < image.height; y += 26) {
    const columns = Array.from({ length: image.width }, (_, x) => x).filter((x) => at(image, x, y) === colour)
    found.push([columns[0] ?? 0, (columns.at(-1) ?? -1) + 1])
  }
  return found
}

layer(CanvasLayer.layer)("bars", (it) => {
  it.effect("are as long as their values say", () =>
    Effect.gen(function* () {
      const values = [0.8, 0.4, 0.2]
      const image = yield* Bars.draw({
        title: "Recall",
        bars: values.map((value, i) => ({ name: `class ${i}`, value })),
        from: 0,
        to: 1
      })
      const ends = bars(image)
      const left = ends[0]?.[0] ?? 0
      for (const [i, value] of values.entries()) {
        const [from, to] = ends[i] ?? [0, 0]
        assert.approximately(from, left, 1)
        assert.approximately(to - from, 380 * value, 2)
      }
    })
  )

  it.effect("go left of zero, and not beyond the ends that were given", () =>
    Effect.gen(function* () {
      const image = yield* Bars.draw({
        title: "Change",
        bars: [
          { name: "up", value: 2 },
          { name: "down", value: -1 },
          { name: "far", value: 90 }
        ],
        from: -2,
        to: 2
      })
      const [up = [0, 0], down = [0, 0], far = [0, 0]] = bars(image)
      assert.approximately(up[0], down[1], 2)
      assert.approximately(up[1] - up[0], 2 * (down[1] - down[0]), 3)
      assert.approximately(far[1], up[1], 1)
    })
  )

  it.effect("are taller the more there are, and absent of what is not finite", () =>
    Effect.gen(function* () {
      const of = (count: number, value: number) =>
        Bars.draw({ title: "B", bars: Array.from({ length: count }, (_, i) => ({ name: `${i}`, value })) })
      const [two, three] = yield* Effect.all([of(2, 1), of(3, 1)])
      assert.strictEqual(three.height - two.height, 26)
      const nan = yield* of(2, Number.NaN)
      assert.strictEqual(
        area(nan, (red, green, shade) => red === 37 && green === 99 && shade === 235).count,
        0
      )
      assert.isAbove((yield* of(0, 1)).height, 0)
    })
  )
})
