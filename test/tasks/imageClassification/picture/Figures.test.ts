import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ClassificationMetric from "../../../../src/tasks/imageClassification/metric/ClassificationMetric.ts"
import type { SampleResult } from "../../../../src/tasks/imageClassification/metric/ClassificationResult.ts"
import * as Figures from "../../../../src/tasks/imageClassification/picture/Figures.ts"
import { services } from "../Files.ts"

const classes = ["cat", "dog"]

const sample = (name: string, label: number, cat: number): SampleResult => ({
  name,
  label,
  probabilities: Float32Array.of(cat, 1 - cat),
  predicted: cat >= 0.5 ? 0 : 1,
  picture: { width: 8, height: 8, channels: 3, data: new Uint8Array(192).fill(label === 0 ? 200 : 20) }
})

const evaluated = (samples: ReadonlyArray<SampleResult>, images = 4) => {
  const metric = ClassificationMetric.make(2, true)
  return {
    kind: "test",
    state: metric.update(metric.initial, { classes, samples }),
    outputs: [],
    images
  } as const
}

describe("Figures", () => {
  it.effect("draws who was taken for whom, and the worst mistakes", () =>
    Effect.gen(function* () {
      const figures = Figures.figures(
        evaluated([sample("a", 0, 0.9), sample("b", 0, 0.1), sample("c", 1, 0.8)])
      )
      assert.deepStrictEqual(
        figures.map(({ name }) => name),
        ["confusion_matrix", "worst_mistakes"]
      )
      for (const { draw } of figures) {
        const { width, height, rgb } = yield* draw
        assert.strictEqual(rgb.length, width * height * 3)
        assert.isTrue(rgb.some((value) => value !== 255))
      }
      const [matrix, grid] = yield* Effect.forEach(figures, ({ draw }) => draw)
      // Both pictures are in the grid in their own grey, and only there.
      const has = (image: typeof grid, grey: number) =>
        image?.rgb.some(
          (value, i, all) => i % 3 === 0 && value === grey && all[i + 1] === grey && all[i + 2] === grey
        )
      assert.isTrue(has(grid, 200) && has(grid, 20))
      assert.isFalse(has(matrix, 20))
    }).pipe(Effect.provide(services))
  )

  it("draws no mistakes where none was made, or none are asked for", () => {
    const names = (samples: ReadonlyArray<SampleResult>, images: number) =>
      Figures.figures(evaluated(samples, images)).map(({ name }) => name)
    assert.deepStrictEqual(names([sample("a", 0, 0.9)], 4), ["confusion_matrix"])
    assert.deepStrictEqual(names([sample("a", 0, 0.1)], 0), ["confusion_matrix"])
  })
})
