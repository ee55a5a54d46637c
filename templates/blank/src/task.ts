/**
 * The task: which of two spirals a point lies on. Its default export declares to `anneal` what is learnt: the keys of the
 * plan, the data, the net with its loss, and what it is measured by.
 */
import * as ConfusionMatrix from "anneal/ConfusionMatrix"
import * as Dataset from "anneal/Dataset"
import type { Tf } from "anneal/Device"
import * as HostTensor from "anneal/HostTensor"
import * as Metric from "anneal/Metric"
import * as Model from "anneal/Model"
import { field, Positive } from "anneal/Plan"
import { RunDirectory } from "anneal/RunDirectory"
import * as Task from "anneal/Task"
import * as TaskModule from "anneal/TaskModule"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Points from "./points.ts"

const classes = ["first", "second"] as const

/** Keys of the task's own: they stand at the root of a config, beside `trainer`, `optimizer` and what every run has. */
export const Plan = Schema.Struct({
  data: field(
    Schema.Struct({
      points: field(Positive, 1600, "Points to learn from; a quarter as many validate, and as many test."),
      batch_size: field(Positive, 32, "Points in a batch.")
    }),
    {},
    "The spirals."
  ),
  model: field(Schema.Struct({ hidden: field(Positive, 32, "Units of a hidden layer.") }), {}, "The net.")
})

/** Weights drawn with variance 2 / inputs (He et al., 2015), biases from zero. */
const layer = (name: string, inputs: number, outputs: number): ReadonlyArray<Model.ParameterSpec> => [
  {
    name: `${name}.weight`,
    shape: [inputs, outputs],
    trainable: true,
    decay: true,
    init: (random) =>
      Float32Array.from({ length: inputs * outputs }, () => random.normal() * Math.sqrt(2 / inputs))
  },
  {
    name: `${name}.bias`,
    shape: [outputs],
    trainable: true,
    decay: false,
    init: () => new Float32Array(outputs)
  }
]

/** Logits `[batch, classes]`. */
const logits = (tf: Tf, { params }: Model.Variables, points: HostTensor.HostTensor) => {
  const dense = (name: string, x: Parameters<Tf["matMul"]>[0]) =>
    tf.add(
      tf.matMul(x, Model.variable(params, `${name}.weight`, 2)),
      Model.variable(params, `${name}.bias`, 1)
    )
  const first = tf.relu(dense("first", HostTensor.upload(tf, points, 2)))
  return dense("out", tf.relu(dense("second", first)))
}

/** The scores of a batch without points. */
const none = HostTensor.make(new Float32Array(0), [0, classes.length])

export const task = (hidden: number) =>
  Task.make({
    name: "spirals",
    model: {
      name: "three layers",
      parameters: [
        ...layer("first", 2, hidden),
        ...layer("second", hidden, hidden),
        ...layer("out", hidden, classes.length)
      ]
    },
    sizeOf: ({ labels }: Points.Batch) => labels.data.length,
    loss: ({ tf }, variables, { points, labels }) => {
      const truth = tf.oneHot(HostTensor.upload(tf, labels, 1), classes.length)
      const loss = tf.losses.softmaxCrossEntropy(truth, logits(tf, variables, points))
      return { loss: HostTensor.ranked(loss, 0, "the loss"), parts: {}, buffers: {} }
    },
    forward: ({ tf }, variables, { points }) => ({ scores: logits(tf, variables, points) }),
    interpret: ({ scores = none }, { labels }) => ({ scores, labels: labels.data }),
    metric: Metric.combine({ accuracy: Metric.accuracy, confusion: Metric.confusion(classes) })
  })

export default TaskModule.make({
  name: "spirals",
  plan: Plan,
  objective: { metric: "accuracy", mode: "max" },
  task: ({ model }) => task(model.hidden),
  data: ({ data }, { seed }) => {
    const some = Math.ceil(data.points / 4)
    return Effect.succeed({
      train: Points.drawn("train", data.points, seed).pipe(
        Dataset.shuffle(seed),
        Dataset.batch(data.batch_size)
      ),
      val: Points.drawn("val", some, seed).pipe(Dataset.batch(256)),
      test: Points.drawn("test", some, seed).pipe(Dataset.batch(256))
    })
  },
  figures: ({ state, kind }) => [
    { name: "confusion", draw: ConfusionMatrix.draw({ title: `Spirals, ${kind}`, ...state.confusion }) }
  ],
  predictPlan: Schema.Struct({
    points: field(Schema.NonEmptyString, "points.csv", "CSV file with columns x and y.")
  }),
  predict: Effect.fn("spirals.predict")(function* (_, asked) {
    const points = yield* Points.read(asked.points)
    const labels = new Int32Array(points.length)
    return {
      inputs: Dataset.fromArrays({ points, labels }, { name: asked.points }).pipe(Dataset.batch(256)),
      write: (outputs) =>
        Effect.gen(function* () {
          const directory = yield* RunDirectory
          const all = yield* Stream.runCollect(outputs)
          const chosen = all.flatMap(({ scores }) => [...Metric.argmax(scores)])
          const rows = points.map((point, i) => [...point, classes[chosen[i] ?? 0]].join(","))
          yield* directory.write("predictions.csv", ["x,y,class", ...rows, ""].join("\n"))
          return {
            summary: `${rows.length} points`,
            samples: rows.length,
            places: [{ what: "csv", path: "predictions.csv" }],
            skipped: []
          }
        })
    }
  })
})
