/**
 * The task: which of two spirals a point lies on. Its default export declares to `anneal` what is learnt: the keys of the
 * plan, the data, the net with its loss, and what it is measured by.
 */
import * as ConfusionMatrix from "anneal/ConfusionMatrix"
import * as Dataset from "anneal/Dataset"
import * as HostTensor from "anneal/HostTensor"
import * as Loss from "anneal/Loss"
import * as Metric from "anneal/Metric"
import * as Nn from "anneal/Nn"
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

const netOf = (hidden: number) =>
  Nn.model(
    "three layers",
    Nn.sequential({
      first: Nn.dense({ inputs: 2, outputs: hidden }),
      relu1: Nn.relu,
      second: Nn.dense({ inputs: hidden, outputs: hidden }),
      relu2: Nn.relu,
      out: Nn.dense({ inputs: hidden, outputs: classes.length })
    }),
    { input: [2] }
  )

/** The scores of a batch without points. */
const none = HostTensor.make(new Float32Array(0), [0, classes.length])

export const task = (hidden: number) => {
  const net = netOf(hidden)
  return Task.make({
    name: "spirals",
    model: net,
    sizeOf: ({ labels }: Points.Batch) => labels.data.length,
    loss: (context, variables, { points, labels }) => {
      const { tf } = context
      const { output, buffers } = net.train(context, variables, HostTensor.upload(tf, points, 2))
      return { loss: Loss.crossEntropy(tf, output, labels.data), parts: {}, buffers }
    },
    forward: (context, variables, { points }) => ({
      scores: net.evaluate(context, variables, HostTensor.upload(context.tf, points, 2))
    }),
    interpret: ({ scores = none }, { labels }) => ({ scores, labels: labels.data }),
    metric: Metric.combine({ accuracy: Metric.accuracy, confusion: Metric.confusion(classes) })
  })
}

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
