// Run: npx anneal train task=examples/own-task/digits.ts data.root=<folder with MNIST's four files>
// Its groups are configs/data (mnist) and configs/model (small, large): model=large, or -m model=small,large.
import { gunzipSync } from "node:zlib"
import * as ConfusionMatrix from "anneal/ConfusionMatrix"
import * as Dataset from "anneal/Dataset"
import type { Tf } from "anneal/Device"
import * as HostTensor from "anneal/HostTensor"
import * as Loss from "anneal/Loss"
import * as Metric from "anneal/Metric"
import * as Nn from "anneal/Nn"
import { Count, field, required } from "anneal/Plan"
import * as Task from "anneal/Task"
import * as TaskModule from "anneal/TaskModule"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"

const side = 28
const classes = 10

const plan = Schema.Struct({
  data: Schema.Struct({
    root: required(Schema.NonEmptyString, "Folder with MNIST's four files."),
    batch_size: field(Count, 32, "Pictures in a batch.")
  }),
  model: field(
    Schema.Struct({ hidden: field(Count, 64, "Units of the hidden layer.") }),
    {},
    "The net: two layers."
  )
})

/** A file of MNIST: numbers, and how many a picture has. IDX: the dimensions as big-endian words after a magic one. */
const idx = Effect.fn("digits.idx")(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* fs.readFile(path).pipe(
    Effect.flatMap((packed) => Effect.try(() => gunzipSync(packed))),
    Effect.mapError(
      ({ message }) =>
        new Dataset.DataError({ where: path, problem: message, cure: "Name the folder with it: data.root=…" })
    )
  )
  return new Uint8Array(bytes.subarray(4 + 4 * bytes.readUInt8(3)))
})

const digits = Effect.fn("digits")(function* (root: string, name: string) {
  const images = yield* idx(`${root}/${name}-images-idx3-ubyte.gz`)
  const labels = yield* idx(`${root}/${name}-labels-idx1-ubyte.gz`)
  return Dataset.fromArrays(
    {
      images: HostTensor.make(images, [labels.length, side * side]),
      labels: HostTensor.make(Int32Array.from(labels), [labels.length])
    },
    { name }
  )
})

interface Batch {
  /** `[batch, 784]`, 0 to 255. */
  readonly images: HostTensor.HostTensor
  /** `[batch]`, 0 to 9. */
  readonly labels: HostTensor.HostTensor
}

const netOf = (hidden: number) =>
  Nn.model(
    "two layers",
    Nn.sequential({
      hidden: Nn.dense({ inputs: side * side, outputs: hidden }),
      relu: Nn.relu,
      out: Nn.dense({ inputs: hidden, outputs: classes })
    }),
    { input: [side * side] }
  )

/** `[batch, 784]`, 0 to 1. */
const pixels = (tf: Tf, { images }: Batch) =>
  tf.div(tf.cast(HostTensor.upload(tf, images, 2), "float32"), 255)

export default TaskModule.make({
  name: "digits",
  plan,
  objective: { metric: "accuracy", mode: "max" },
  configs: new URL("./configs/", import.meta.url),
  task: ({ model: { hidden } }) => {
    const net = netOf(hidden)
    return Task.make({
      name: "digits",
      model: net,
      sizeOf: ({ labels }: Batch) => labels.data.length,
      loss: (context, variables, batch) => {
        const { output, buffers } = net.train(context, variables, pixels(context.tf, batch))
        return { loss: Loss.crossEntropy(context.tf, output, batch.labels.data), parts: {}, buffers }
      },
      forward: (context, variables, batch) => ({
        scores: net.evaluate(context, variables, pixels(context.tf, batch))
      }),
      interpret: ({ scores }, { labels }) => ({ scores, labels: labels.data }),
      metric: Metric.combine({ accuracy: Metric.accuracy, confusion: Metric.confusion(classes) })
    })
  },
  data: Effect.fn("digits.data")(function* ({ data }, { seed }) {
    const [train, val] = (yield* digits(data.root, "train")).pipe(Dataset.split([0.9, 0.1], 0))
    return {
      train: train.pipe(Dataset.shuffle(seed), Dataset.batch(data.batch_size, { dropLast: true })),
      val: val.pipe(Dataset.batch(256)),
      test: (yield* digits(data.root, "t10k")).pipe(Dataset.batch(256))
    }
  }),
  figures: ({ state, kind }) => [
    { name: "confusion", draw: ConfusionMatrix.draw({ title: `Digits, ${kind}`, ...state.confusion }) }
  ]
})
