import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import type { RgbImage } from "../../../src/pipeline/picture/Images.ts"
import * as LearningCurves from "../../../src/pipeline/picture/LearningCurves.ts"

const samples = (values: ReadonlyArray<number>) => values.map((value, i) => ({ step: i + 1, value }))

/** Mean row, from the top, of pixels that are blue, between two columns. */
const heightOfLine = ({ width, height, rgb }: RgbImage, from: number, to: number): number => {
  let [sum, count] = [0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = from; x < to; x++) {
      const at = (y * width + x) * 3
      if ((rgb[at] ?? 0) < 60 && (rgb[at + 2] ?? 0) > 200) {
        sum += y
        count++
      }
    }
  }
  return count === 0 ? Number.NaN : sum / count
}

layer(CanvasLayer.layer)("learning curves", (it) => {
  it.effect("fall where the values fall, in diagrams of three a row", () =>
    Effect.gen(function* () {
      const falling = { name: "train", form: "line" as const, samples: samples([10, 8, 6, 4, 2, 0]) }
      const panel = { title: "Loss", series: [falling] }
      const figure = yield* LearningCurves.draw({ title: "Curves", panels: [panel, panel, panel, panel] })
      assert.deepStrictEqual([figure.width, figure.height], [3 * 420 + 36, 64 + 2 * 300 + 18])
      const [early, late] = [heightOfLine(figure, 150, 190), heightOfLine(figure, 350, 390)]
      assert.isBelow(early, late)
    })
  )

  it.effect("are drawn when there is nothing, one sample, or a gap", () =>
    Effect.gen(function* () {
      const figure = yield* LearningCurves.draw({
        title: "Curves",
        subtitle: "none",
        panels: [
          { title: "Nothing", series: [] },
          { title: "One", series: [{ name: "a", form: "line", samples: samples([3]) }] },
          { title: "Gap", series: [{ name: "a", form: "noisy", samples: samples([1, Number.NaN, 2, 3]) }] }
        ]
      })
      assert.isNaN(heightOfLine(figure, 90, 430))
      assert.isFinite(heightOfLine(figure, 500, 870))
      assert.isFinite(heightOfLine(figure, 930, 1290))
    })
  )

  it.effect("run through the mean of what is near, and over gaps", () =>
    Effect.sync(() => {
      const mean = LearningCurves.runningMean(samples([1, 3, Number.NaN, 7, 5]))
      assert.deepStrictEqual(
        mean.map((one) => one.value),
        [2, 2, 5, 6, 6]
      )
    })
  )
})
