import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import * as ConfusionMatrix from "../../../src/pipeline/picture/ConfusionMatrix.ts"
import type { RgbImage } from "../../../src/pipeline/picture/Images.ts"
import * as Metric from "../../../src/pipeline/task/Metric.ts"
import { area, at, blue } from "./pixels.ts"

const side = 52

/** A corner of each cell, where no number stands; cells of up to ten classes. */
const cells = (image: RgbImage, classes: number) => {
  const { left, top } = area(image, (red, green, shade) => red === 37 && green === 99 && shade === 235)
  return Array.from({ length: classes }, (_, row) =>
    Array.from({ length: classes }, (__, column) => at(image, left + column * side + 2, top + row * side + 2))
  )
}

/** How far a colour is from white. */
const strength = (colour: string) =>
  [1, 3, 5].reduce((sum, i) => sum + 255 - Number.parseInt(colour.slice(i, i + 2), 16), 0)

layer(CanvasLayer.layer)("a confusion matrix", (it) => {
  it.effect("is shaded by the part of each class, blue where it is right", () =>
    Effect.gen(function* () {
      const image = yield* ConfusionMatrix.draw({
        title: "Confusion",
        classes: ["a", "b", "c"],
        counts: [
          [10, 0, 0],
          [20, 60, 20],
          [500, 0, 500]
        ]
      })
      const [first = [], second = [], third = []] = cells(image, 3)
      assert.strictEqual(first[0], "#2563eb")
      assert.strictEqual(first[1], "#f8f9fb")
      // A fifth of a class is less than a half of one, however many samples there are.
      assert.isBelow(strength(second[0] ?? ""), strength(third[0] ?? ""))
      assert.strictEqual(second[0], second[2])
      assert.isBelow(strength(third[2] ?? ""), strength(second[1] ?? ""))
      const [red, , shade] = [1, 3, 5].map((i) => Number.parseInt(third[0]?.slice(i, i + 2) ?? "", 16))
      assert.isAbove(red ?? 0, shade ?? 0)
    })
  )

  it.effect("has the counts in its cells, and no 0", () =>
    Effect.gen(function* () {
      const draw = (counts: ReadonlyArray<ReadonlyArray<number>>) =>
        ConfusionMatrix.draw({ title: "C", subtitle: "s", classes: ["a", "b"], counts })
      const inked = (image: RgbImage) => area(image, (red, green, shade) => red + green + shade < 240).count
      const none = inked(yield* draw([[8880, 0]]))
      const wrong = inked(yield* draw([[8880, 888]]))
      assert.isAbove(wrong, none + 60)
      // On the colour itself the number is white.
      const right = yield* draw([[888]])
      const { left, top } = area(right, (red, green, shade) => red === 37 && green === 99 && shade === 235)
      const inside = { width: side - 2, height: side - 2 }
      let white = 0
      for (let i = 0; i < inside.width * inside.height; i++)
        if (at(right, left + (i % inside.width), top + Math.floor(i / inside.width)) === "#ffffff") white++
      assert.isAbove(white, 20)
    })
  )

  it.effect("is drawn of what the metric keeps", () =>
    Effect.gen(function* () {
      const metric = Metric.confusion(["cat", "dog"])
      const state = metric.update(metric.initial, { labels: [0, 1, 1], predictions: [0, 1, 0] })
      const image = yield* ConfusionMatrix.draw({ title: "Confusion", ...state })
      const [, [mistaken] = []] = cells(image, 2)
      assert.notStrictEqual(mistaken, "#f8f9fb")
    })
  )

  it.effect("grows to 20 classes, and no further than a screen", () =>
    Effect.gen(function* () {
      const sizeOf = (count: number) =>
        Effect.map(
          ConfusionMatrix.draw({
            title: "Confusion",
            classes: Array.from({ length: count }, (_, i) => `${i}`),
            counts: Array.from({ length: count }, (_, i) =>
              Array.from({ length: count }, (__, j) => (i === j ? 9 : 1))
            )
          }),
          ({ width, height }) => Math.max(width, height)
        )
      const [ten, twenty, fifty, many] = yield* Effect.all([sizeOf(10), sizeOf(20), sizeOf(50), sizeOf(300)])
      assert.isBelow(ten, twenty)
      for (const size of [twenty, fifty, many]) assert.isBelow(size, 1100)
    })
  )

  it.effect("cuts long names, and gives them room", () =>
    Effect.gen(function* () {
      const draw = (name: string) =>
        ConfusionMatrix.draw({
          title: "C",
          classes: [name, "b"],
          counts: [
            [3, 1],
            [1, 3]
          ]
        })
      const [short, long, longer] = yield* Effect.all([
        draw("a"),
        draw("n".repeat(14)),
        draw("n".repeat(200))
      ])
      assert.isBelow(short.height, long.height)
      assert.isBelow(longer.height, 150 + short.height)
      const edge = area(longer, (red, green, shade) => red + green + shade < 600)
      assert.isAtLeast(edge.left, 18)
      assert.isBelow(edge.right, longer.width - 10)
    })
  )

  it.effect("is drawn of no samples, and of no classes", () =>
    Effect.gen(function* () {
      const none = yield* ConfusionMatrix.draw({ title: "C", classes: ["a", "b"], counts: [] })
      const below = area(none, blue)
      // Only the scale at the foot is blue.
      assert.isAbove(below.top, none.height - 60)
      assert.isAbove((yield* ConfusionMatrix.draw({ title: "C", classes: [], counts: [] })).height, 0)
    })
  )
})
