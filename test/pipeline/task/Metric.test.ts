import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Metric from "../../../src/pipeline/task/Metric.ts"
import { vectors } from "./metricVectors.ts"

const fold = <S, I>(metric: Metric.Metric<S, I>, batches: ReadonlyArray<I>): Metric.Metrics =>
  metric.result(batches.reduce(metric.update, metric.initial))

const close = (seen: number | undefined, wanted: number, what: string) =>
  assert.isTrue(
    Object.is(seen, wanted) ||
      Math.abs((seen ?? Number.NaN) - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
    `${what}: ${seen}, not ${wanted}`
  )

const closeAll = (seen: Metric.Metrics, wanted: Metric.Metrics) => {
  assert.deepStrictEqual(Object.keys(seen), Object.keys(wanted))
  for (const [name, value] of Object.entries(wanted)) close(seen[name], value, name)
}

const scored = (
  labels: ReadonlyArray<number>,
  scores: ReadonlyArray<ReadonlyArray<number>>
): Metric.Scored => ({
  labels,
  scores: HostTensor.make(Float32Array.from(scores.flat()), [scores.length, scores[0]?.length ?? 2])
})

/** Samples of a batch, cut at random places; a cut may give a batch of none. */
const cut = (seen: Metric.Scored, random: Random.Random): ReadonlyArray<Metric.Scored> => {
  const labels = Array.from("data" in seen.labels ? [] : seen.labels)
  const classes = seen.scores.shape[1] ?? 1
  const ends = [
    0,
    ...Array.from({ length: 4 }, () => random.int(labels.length + 1)).sort((a, b) => a - b),
    labels.length
  ]
  return ends.slice(1).map((end, i) => {
    const from = ends[i] ?? 0
    return {
      labels: labels.slice(from, end),
      scores: HostTensor.make(seen.scores.data.subarray(from * classes, end * classes), [end - from, classes])
    }
  })
}

const cases = vectors.classification.map(
  ({ classes, labels, scores, ...wanted }) =>
    [
      wanted.name,
      {
        wanted,
        classes,
        seen: { labels, scores: HostTensor.make(Float32Array.from(scores), [labels.length, classes]) }
      }
    ] as const
)

describe("metrics of classes, as scikit-learn has them", () => {
  it.each(cases)("accuracy, top-k, confusion: %s", (_, { wanted, classes, seen }) => {
    closeAll(fold(Metric.accuracy, [seen]), { accuracy: wanted.accuracy })
    const decided = { labels: seen.labels, predictions: Metric.argmax(seen.scores) }
    closeAll(fold(Metric.accuracy, [decided]), { accuracy: wanted.accuracy })
    for (const [k, value] of Object.entries(wanted.topK ?? {}))
      closeAll(fold(Metric.topK(Number(k)), [seen]), { [`top${k}`]: value })
    const confusion = Metric.confusion(classes)
    assert.deepStrictEqual(confusion.update(confusion.initial, seen).counts, wanted.confusion)
  })

  it.each(cases)("precision, recall, F1: %s", (_, { wanted, classes, seen }) => {
    for (const [name, make] of [
      ["precision", Metric.precision],
      ["recall", Metric.recall],
      ["f1", Metric.f1]
    ] as const) {
      const { macro, micro, classes: single } = wanted[name]
      closeAll(fold(make(classes), [seen]), { [name]: macro })
      closeAll(fold(make(classes, { average: "micro" }), [seen]), { [name]: micro })
      closeAll(fold(make(classes, { perClass: true }), [seen]), {
        [name]: macro,
        ...Object.fromEntries(single.map((value, i) => [`${name}/${i}`, value ?? Number.NaN]))
      })
    }
  })

  it.each(cases)("area under the ROC curve: %s", (_, { wanted, seen }) => {
    closeAll(fold(Metric.auroc, [seen]), { auroc: wanted.auroc })
  })

  it.each(cases)("perplexity: %s", (_, { wanted, classes, seen }) => {
    if (wanted.perplexity === undefined) return
    const nll = seen.labels.reduce(
      (sum, label, i) => sum - Math.log(seen.scores.data[i * classes + label] ?? 0),
      0
    )
    const { perplexity } = fold(Metric.perplexity, [{ nll, count: seen.labels.length }])
    assert.approximately(perplexity ?? 0, wanted.perplexity, 1e-5)
  })

  it.each(cases)("are the same of one batch as of many, in any order: %s", (_, { classes, seen }) => {
    const metric = Metric.combine({
      accuracy: Metric.accuracy,
      top2: Metric.topK(2),
      precision: Metric.precision(classes, { perClass: true }),
      recall: Metric.recall(classes, { average: "micro" }),
      f1: Metric.f1(classes),
      auroc: Metric.auroc
    })
    const confusion = Metric.confusion(classes)
    const whole = fold(metric, [seen])
    for (let seed = 0; seed < 20; seed++) {
      const random = Random.make(seed)
      const batches = cut(seen, random)
      const shuffled = Array.from(Random.permutation(batches.length, seed)).flatMap((i) => batches[i] ?? [])
      assert.deepStrictEqual(fold(metric, shuffled), whole)
      assert.deepStrictEqual(
        shuffled.reduce(confusion.update, confusion.initial),
        confusion.update(confusion.initial, seen)
      )
    }
  })
})

describe("metrics of numbers, as scikit-learn has them", () => {
  const metric = Metric.combine({ mae: Metric.mae, rmse: Metric.rmse, r2: Metric.r2 })

  it.each(vectors.regression)("$name", ({ targets, predictions, mae, rmse, r2 }) => {
    closeAll(fold(metric, [{ targets, predictions }]), { mae, rmse, r2 })
    const tensors = {
      targets: HostTensor.make(Float32Array.from(targets), [targets.length, 1]),
      predictions: Float32Array.from(predictions)
    }
    closeAll(fold(metric, [tensors]), { mae, rmse, r2 })
    for (let size = 1; size < 9; size++) {
      const batches = Array.from({ length: Math.ceil(targets.length / size) }, (_, i) => ({
        targets: targets.slice(i * size, (i + 1) * size),
        predictions: predictions.slice(i * size, (i + 1) * size)
      }))
      closeAll(fold(metric, batches), { mae, rmse, r2 })
      closeAll(fold(metric, batches.toReversed()), { mae, rmse, r2 })
    }
  })

  it("are NaN of nothing and of NaN", () => {
    for (const seen of [[], [{ targets: [1, 2], predictions: [1, Number.NaN] }]])
      assert.deepStrictEqual(fold(metric, seen), { mae: Number.NaN, rmse: Number.NaN, r2: Number.NaN })
    assert.deepStrictEqual(fold(Metric.r2, [{ targets: [3], predictions: [3] }]), { r2: Number.NaN })
  })

  it("explain equal targets wholly or not at all", () => {
    const targets = [0.1, 0.1, 0.1]
    assert.deepStrictEqual(fold(Metric.r2, [{ targets, predictions: targets }]), { r2: 1 })
    assert.deepStrictEqual(fold(Metric.r2, [{ targets, predictions: [0.1, 0.1, 0.2] }]), { r2: 0 })
  })

  it("refuse targets without predictions", () => {
    assert.throws(
      () => fold(Metric.mae, [{ targets: [1, 2], predictions: [1] }]),
      "a metric was given 2 targets and 1 predictions: it needs as many of both"
    )
  })
})

describe("where there is nothing to measure", () => {
  const nan = Number.NaN

  it("no samples are NaN", () => {
    const metric = Metric.combine({
      accuracy: Metric.accuracy,
      top1: Metric.topK(1),
      f1: Metric.f1(2, { perClass: true }),
      micro: Metric.f1(2, { average: "micro" }),
      auroc: Metric.auroc
    })
    const empty = { accuracy: nan, top1: nan, f1: nan, "f1/0": nan, "f1/1": nan, micro: nan, auroc: nan }
    assert.deepStrictEqual(fold(metric, []), empty)
    assert.deepStrictEqual(fold(metric, [scored([], [])]), empty)
    assert.deepStrictEqual(Metric.finite(fold(metric, [])), {})
  })

  it("a class that samples lack is none in the mean, and 0 where it was chosen", () => {
    const seen = { labels: [0, 0, 1], predictions: [0, 2, 1] }
    closeAll(fold(Metric.recall(["a", "b", "c", "d"], { perClass: true }), [seen]), {
      recall: (0.5 + 1 + 0) / 3,
      "recall/a": 0.5,
      "recall/b": 1,
      "recall/c": 0,
      "recall/d": nan
    })
  })

  it("the area is NaN of one class, and leaves out classes without samples", () => {
    assert.deepStrictEqual(fold(Metric.auroc, [{ ...scored([1, 1], [[0.1], [0.7]]) }]), { auroc: nan })
    const three = scored(
      [0, 1, 1],
      [
        [0.8, 0.1, 0.1],
        [0.2, 0.7, 0.1],
        [0.5, 0.4, 0.1]
      ]
    )
    assert.deepStrictEqual(fold(Metric.auroc, [three]), { auroc: 1 })
  })

  it("scores that are all equal order nothing", () => {
    const equal = Array.from({ length: 6 }, () => [0.5])
    assert.deepStrictEqual(fold(Metric.auroc, [scored([0, 1, 1, 0, 1, 1], equal)]), { auroc: 0.5 })
  })
})

describe("scores", () => {
  const nan = Number.NaN
  const broken = scored(
    [0, 1, 0],
    [
      [3, 1],
      [nan, 2],
      [1, nan]
    ]
  )

  it("that are NaN choose no class, and have no order", () => {
    assert.deepStrictEqual(Array.from(Metric.argmax(broken.scores)), [0, -1, -1])
    closeAll(fold(Metric.accuracy, [broken]), { accuracy: 1 / 3 })
    closeAll(fold(Metric.topK(2), [broken]), { top2: 1 / 3 })
    closeAll(fold(Metric.recall(2, { perClass: true }), [broken]), {
      recall: 0.25,
      "recall/0": 0.5,
      "recall/1": 0
    })
    closeAll(fold(Metric.precision(2, { perClass: true }), [broken]), {
      precision: 0.5,
      "precision/0": 1,
      "precision/1": 0
    })
    assert.deepStrictEqual(
      fold(Metric.auroc, [
        scored(
          [0, 1],
          [
            [0, 1],
            [1, 0]
          ]
        ),
        broken
      ]),
      { auroc: nan }
    )
    const confusion = Metric.confusion(["a", "b"])
    assert.deepStrictEqual(confusion.update(confusion.initial, broken), {
      classes: ["a", "b"],
      counts: [
        [1, 0],
        [0, 0]
      ],
      undecided: 2
    })
    assert.deepStrictEqual(fold(confusion, [broken]), {})
  })

  it("that are equal choose the first class", () => {
    const tied = scored(
      [0, 1, 2],
      [
        [1, 1, 0],
        [0, 2, 2],
        [0, 2, 2]
      ]
    )
    assert.deepStrictEqual(Array.from(Metric.argmax(tied.scores)), [0, 1, 1])
    closeAll(fold(Metric.topK(1), [tied]), fold(Metric.combine({ top1: Metric.accuracy }), [tied]))
    closeAll(fold(Metric.topK(2), [tied]), { top2: 1 })
  })

  it("of two classes give one area, as logits and as probabilities", () => {
    const logits = [
      [3, 2.5],
      [-4, 1],
      [0.3, 0.1],
      [1, 5],
      [0, 0.5],
      [7, 1]
    ]
    const labels = [0, 1, 0, 1, 0, 1]
    const likely = logits.map(([a = 0, b = 0]) => [1 / (1 + Math.exp(b - a)), 1 / (1 + Math.exp(a - b))])
    // Of nine pairs, six are in order: the last sample is below all that are not of its class.
    const wanted = { auroc: 6 / 9 }
    closeAll(fold(Metric.auroc, [scored(labels, logits)]), wanted)
    closeAll(fold(Metric.auroc, [scored(labels, likely)]), wanted)
    closeAll(
      fold(Metric.auroc, [
        scored(
          labels,
          likely.map(([, one = 0]) => [one])
        )
      ]),
      wanted
    )
    const row = HostTensor.make(Float32Array.from(likely.map(([, one = 0]) => one)), [6])
    closeAll(fold(Metric.auroc, [{ labels, scores: row }]), wanted)
  })

  it("that are infinite have a place in the order, and in JSON", () => {
    const ends = [[Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY], [0], [-1]]
    const state = Metric.auroc.update(Metric.auroc.initial, scored([0, 1, 0, 1], ends))
    closeAll(Metric.auroc.result(state), { auroc: 3 / 4 })
    assert.deepStrictEqual(JSON.parse(JSON.stringify(state)), state)
  })

  it("are wrong without a class, whatever the label", () => {
    closeAll(fold(Metric.accuracy, [{ labels: [-1, 2], predictions: [-1, 2] }]), { accuracy: 0.5 })
  })

  it("of every pixel count like samples", () => {
    const scores = HostTensor.make(Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1), [1, 2, 2, 2])
    const labels = HostTensor.make(Int32Array.of(0, 1, 1, 1), [1, 2, 2])
    closeAll(fold(Metric.accuracy, [{ labels, scores }]), { accuracy: 0.75 })
  })

  it("are refused in shapes that hold no classes", () => {
    const row = { labels: [0, 1], scores: HostTensor.make(Float32Array.of(0.2, 0.9), [2, 1]) }
    assert.throws(() => fold(Metric.accuracy, [row]), /scores have the shape \[2, 1\].*at least 2 classes/)
    assert.throws(
      () =>
        fold(Metric.topK(1), [
          scored(
            [0],
            [
              [1, 0],
              [0, 1]
            ]
          )
        ]),
      "1 labels and 2 rows of scores"
    )
    assert.throws(
      () => fold(Metric.auroc, [scored([0], [[1]]), scored([0], [[1, 0, 0]])]),
      "scores had 1 columns in earlier batches and have 3 in this one"
    )
  })
})

describe("what is no class", () => {
  it("is refused with its number", () => {
    const seen = { labels: [0, 3], predictions: [0, 1] }
    for (const metric of [Metric.precision(3), Metric.f1(["a", "b", "c"])])
      assert.throws(
        () => fold(metric, [seen]),
        "a label is 3: with 3 classes it must be a whole number from 0 to 2"
      )
    assert.throws(
      () => fold(Metric.confusion(2), [{ labels: [0], predictions: [0.5] }]),
      "a prediction is 0.5: with 2 classes"
    )
    assert.throws(() => fold(Metric.auroc, [scored([2], [[0.5]])]), "a label is 2: with 2 classes")
    assert.throws(() => Metric.topK(0), "topK(0): give a whole number from 1")
    assert.throws(() => Metric.recall(["a", "b", "a"]), 'two classes of a metric are called "a"')
    assert.throws(() => Metric.confusion(0), "at least one class")
  })
})

describe("metrics of a record", () => {
  const seen = {
    ...scored(
      [0, 1, 1],
      [
        [0.9, 0.1],
        [0.2, 0.8],
        [0.7, 0.3]
      ]
    ),
    loss: 0.5,
    count: 3,
    nll: 3 * Math.log(2),
    names: ["a.png", "b.png", "c.png"]
  }

  it("are called as the record says", () => {
    const metric = Metric.combine({
      acc: Metric.accuracy,
      macro: Metric.f1(["cat", "dog"], { perClass: true }),
      confusion: Metric.confusion(2),
      loss: Metric.mean("loss"),
      perplexity: Metric.perplexity,
      second: Metric.combine({ a: Metric.accuracy, b: Metric.topK(2) })
    })
    closeAll(fold(metric, [seen]), {
      acc: 2 / 3,
      macro: 2 / 3,
      "macro/cat": 2 / 3,
      "macro/dog": 2 / 3,
      loss: 0.5,
      perplexity: 2,
      "second/a": 2 / 3,
      "second/b": 1
    })
  })

  it("keep their states apart, as JSON", () => {
    const metric = Metric.combine({ auroc: Metric.auroc, f1: Metric.f1(2), confusion: Metric.confusion(2) })
    const state = metric.update(metric.initial, seen)
    assert.deepStrictEqual(state.confusion.counts, [
      [1, 0],
      [1, 1]
    ])
    assert.deepStrictEqual(JSON.parse(JSON.stringify(state)), state)
  })

  it("of one's own go by the key, with what they report below it", () => {
    const own: Metric.Metric<number, { readonly count: number }> = {
      initial: 0,
      update: (state, { count }) => state + count,
      result: (state) => ({ twice: 2 * state, thrice: 3 * state })
    }
    assert.deepStrictEqual(fold(Metric.combine({ own }), [seen]), { "own/twice": 6, "own/thrice": 9 })
    const single = { ...own, result: (state: number) => ({ twice: 2 * state }) }
    assert.deepStrictEqual(fold(Metric.combine({ single }), [seen]), { single: 6 })
  })

  it("refuse two numbers of one name", () => {
    const metric = Metric.combine({
      f1: Metric.f1(["cat", "dog"], { perClass: true }),
      "f1/cat": Metric.accuracy
    })
    assert.throws(() => fold(metric, [seen]), 'two metrics of a record report "f1/cat": rename a key')
  })
})

describe("a task's metric", () => {
  /** As `TaskModule.make` infers it. */
  const declare = <O, S>(task: { readonly interpret: () => O; readonly metric: Metric.Metric<S, O> }) => task

  it("may see less than what the task makes of a batch", () => {
    const { interpret, metric } = declare({
      interpret: () => ({
        ...scored(
          [0, 1],
          [
            [1, 0],
            [1, 0]
          ]
        ),
        names: ["a.png", "b.png"]
      }),
      metric: Metric.combine({ accuracy: Metric.accuracy, top2: Metric.topK(2) })
    })
    assert.deepStrictEqual(interpret().names, ["a.png", "b.png"])
    assert.deepStrictEqual(fold(metric, [interpret()]), { accuracy: 0.5, top2: 1 })
  })

  it("is refused by the compiler where the task lacks what it needs", () => {
    const wrong = declare({
      // @ts-expect-error -- there are neither scores nor predictions
      interpret: () => ({ labels: [0, 1] }),
      metric: Metric.combine({ accuracy: Metric.accuracy })
    })
    assert.throws(() => fold(wrong.metric, [wrong.interpret()]))
  })
})

describe("a metric of something else", () => {
  it("sees what the function makes of it", () => {
    const words = (text: string) => ({ labels: [0], predictions: [text === "yes" ? 0 : 1] })
    const piped = pipe(Metric.accuracy, Metric.mapInput(words))
    closeAll(fold(piped, ["yes", "no", "yes"]), { accuracy: 2 / 3 })
    closeAll(fold(Metric.combine({ said: Metric.mapInput(Metric.accuracy, words) }), ["yes"]), { said: 1 })
  })
})

describe("a mean", () => {
  it.effect.prop(
    "weighs its numbers by their count, however they come",
    [Schema.Array(Schema.Struct({ loss: Schema.Int, count: Schema.Int }))],
    ([found]) =>
      Effect.sync(() => {
        const batches = found.map(({ loss, count }) => ({ loss: loss % 100, count: Math.abs(count % 50) }))
        const samples = batches.flatMap(({ loss, count }) => Array.from({ length: count }, () => loss))
        const wanted = samples.reduce((sum, value) => sum + value, 0) / samples.length
        closeAll(fold(Metric.mean("loss"), batches), { loss: wanted })
        closeAll(fold(Metric.mean("loss"), batches.toReversed()), { loss: wanted })
      })
  )

  it("ignores the number of an empty batch", () => {
    const batches = [
      { loss: 2, count: 4 },
      { loss: Number.NaN, count: 0 }
    ]
    assert.deepStrictEqual(fold(Metric.mean("loss"), batches), { loss: 2 })
  })
})
