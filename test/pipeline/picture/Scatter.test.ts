import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Scatter from "../../../src/pipeline/picture/Scatter.ts"
import { area, at, blue } from "./pixels.ts"

layer(CanvasLayer.layer)("a scatter plot", (it) => {
  it.effect("puts truth to the right and predictions upwards, on one scale", () =>
    Effect.gen(function* () {
      // Points in two corners hold the scale: from -0.4 to 10.4.
      const image = yield* Scatter.draw({ title: "S", truth: [0, 10, 2], predictions: [0, 10, 8] })
      const place = (truth: number, prediction: number) =>
        [76 + (420 * (truth + 0.4)) / 10.8, 64 + 22 + 420 - (420 * (prediction + 0.4)) / 10.8].map(Math.round)
      const colourAt = (truth: number, prediction: number) => {
        const [x = 0, y = 0] = place(truth, prediction)
        return at(image, x, y)
      }
      // Three quarters of our blue on white, however the engine rounds.
      assert.match(colourAt(2, 8), /^#5[bc]8[9a]f0$/)
      assert.strictEqual(colourAt(8, 2), "#ffffff")
      const { left, right, top, bottom } = area(image, blue)
      assert.approximately(right - left, bottom - top, 2)
    })
  )

  it.effect("is the figure it was, whatever is not finite or missing", () =>
    Effect.gen(function* () {
      const whole = yield* Scatter.draw({
        title: "S",
        subtitle: "s",
        truth: [1, 2, 3],
        predictions: [1, 3, 2]
      })
      const holes = yield* Scatter.draw({
        title: "S",
        subtitle: "s",
        truth: [1, 2, Number.NaN, 3, 4, 5],
        predictions: Float32Array.of(1, 3, 7, 2, Number.POSITIVE_INFINITY)
      })
      assert.deepStrictEqual(holes.rgb, whole.rgb)
    })
  )

  it.effect("draws few points as dots, many as a cloud, and none as a sentence", () =>
    Effect.gen(function* () {
      const random = Random.make(1)
      const values = Float32Array.from({ length: 120_000 }, () => random.normal())
      const cloud = yield* Scatter.draw({ title: "S", truth: values, predictions: values.toReversed() })
      const { count } = area(cloud, blue)
      assert.isAbove(count, 10_000)
      assert.isBelow(count, 0.7 * 420 * 420)
      const none = yield* Scatter.draw({ title: "S", truth: [], predictions: [] })
      assert.strictEqual(area(none, blue).count, 0)
      const one = yield* Scatter.draw({ title: "S", truth: [3], predictions: [3] })
      assert.isAbove(area(one, (red, _, shade) => shade > 200 && red < 240 && shade > red + 10).count, 5)
    })
  )
})
