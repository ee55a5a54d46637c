import { assert, describe, it } from "vitest"
import * as ClassificationMetric from "../../../../src/tasks/imageClassification/metric/ClassificationMetric.ts"
import type { SampleResult } from "../../../../src/tasks/imageClassification/metric/ClassificationResult.ts"

const picture = { width: 1, height: 1, channels: 1, data: Uint8Array.of(0) } as const

const sample = (name: string, label: number, probabilities: ReadonlyArray<number>): SampleResult => ({
  name,
  label,
  probabilities: Float32Array.from(probabilities),
  predicted: ClassificationMetric.likeliest(Float32Array.from(probabilities)),
  picture
})

const classes = ["cat", "dog", "owl"]

const measure = (
  metric: ReturnType<typeof ClassificationMetric.make>,
  ...batches: Array<Array<SampleResult>>
) => batches.reduce((state, samples) => metric.update(state, { classes, samples }), metric.initial)

/**
 * scikit-learn 1.9.1 of truth [0, 0, 1, 1, 2] and prediction [0, 1, 1, 1, 0]: accuracy_score 0.6; precision_score,
 * recall_score and f1_score (average=None, zero_division=0) [0.5, 2/3, 0], [0.5, 1, 0], [0.5, 0.8, 0], f1_score with
 * average="macro" 0.43333333333333335; log_loss of the probabilities 1.371793022962541.
 */
const seen = [
  [sample("a", 0, [0.7, 0.2, 0.1]), sample("b", 0, [0.1, 0.8, 0.1]), sample("c", 1, [0.2, 0.5, 0.3])],
  [sample("d", 1, [0.1, 0.6, 0.3]), sample("e", 2, [0.9, 0.05, 0.05])]
]

describe("ClassificationMetric", () => {
  it("reports accuracy, means over classes, and each class by its name", () => {
    const metric = ClassificationMetric.make(3, true)
    const metrics = metric.result(measure(metric, ...seen))
    const wanted = {
      accuracy: 0.6,
      precision: (0.5 + 2 / 3) / 3,
      recall: 0.5,
      f1: 0.43333333333333335,
      loss: 1.371793022962541,
      "precision/cat": 0.5,
      "precision/dog": 2 / 3,
      "precision/owl": 0,
      "recall/cat": 0.5,
      "recall/dog": 1,
      "recall/owl": 0
    }
    assert.deepStrictEqual(Object.keys(metrics), Object.keys(wanted))
    for (const [name, value] of Object.entries(wanted)) {
      assert.closeTo(metrics[name] ?? Number.NaN, value, 1e-6, name)
    }
  })

  it("leaves the classes out where nobody asked for them", () => {
    const metric = ClassificationMetric.make(3, false)
    assert.deepStrictEqual(Object.keys(metric.result(measure(metric, ...seen))).sort(), [
      "accuracy",
      "f1",
      "loss",
      "precision",
      "recall"
    ])
  })

  it("reports top5 of more than five classes", () => {
    const metric = ClassificationMetric.make(6, false)
    const rising = [0.01, 0.09, 0.1, 0.2, 0.25, 0.35]
    const state = metric.update(metric.initial, {
      classes: [...classes, "x", "y", "z"],
      samples: [sample("a", 0, rising), sample("b", 1, rising)]
    })
    assert.deepInclude(metric.result(state), { top5: 0.5, accuracy: 0 })
  })

  it("keeps who was taken for whom and the worst mistakes, the worst first", () => {
    const metric = ClassificationMetric.make(3, true)
    const state = measure(metric, ...seen)
    assert.deepStrictEqual(ClassificationMetric.confusion(state), {
      classes,
      counts: [
        [1, 1, 0],
        [0, 2, 0],
        [1, 0, 0]
      ],
      undecided: 0
    })
    assert.deepStrictEqual(
      state.worst.map(({ name }) => name),
      ["e", "b"]
    )
    const many = Array.from({ length: 40 }, (_, i) =>
      sample(String(i), 0, [0.01 * (40 - i), 1 - 0.01 * (40 - i), 0])
    )
    const kept = measure(metric, many, seen[1] ?? []).worst
    assert.strictEqual(kept.length, ClassificationMetric.KEPT)
    assert.deepStrictEqual(
      kept.slice(0, 6).map(({ name }) => name),
      ["39", "38", "37", "36", "35", "e"]
    )
  })

  it("counts no sample whose class nobody knows, and reports NaN of none", () => {
    const metric = ClassificationMetric.make(3, false)
    const state = measure(metric, [sample("a", -1, [0.1, 0.2, 0.7])])
    for (const value of Object.values(metric.result(state))) assert.isNaN(value)
    assert.deepStrictEqual(state.worst, [])
  })

  it("keeps the loss finite where a class was ruled out, and shows a net that is not a number", () => {
    const metric = ClassificationMetric.make(3, false)
    const sure = metric.result(measure(metric, [sample("a", 0, [0, 1, 0])]))
    assert.closeTo(sure["loss"] ?? 0, 126 * Math.LN2, 1e-9)
    const lost = measure(metric, [sample("a", 0, [Number.NaN, Number.NaN, Number.NaN])])
    assert.isNaN(metric.result(lost)["loss"])
    assert.strictEqual(metric.result(lost)["accuracy"], 0)
    assert.strictEqual(ClassificationMetric.confusion(lost).undecided, 1)
  })
})
