/** Image classification: a net, its loss, and how its probabilities become classes, counts and the worst mistakes. */
import type { HostTensors } from "../../pipeline/nn/HostTensor.ts"
import * as HostTensor from "../../pipeline/nn/HostTensor.ts"
import type { Task } from "../../pipeline/task/Task.ts"
import type { ClassificationPlan } from "./ClassificationPlan.ts"
import * as Augment from "./data/Augment.ts"
import { type ClassificationBatch, pixelsOf } from "./data/Batch.ts"
import * as ClassificationSource from "./data/ClassificationSource.ts"
import { channelsOf, countOf } from "./data/DataPlan.ts"
import * as ClassificationMetric from "./metric/ClassificationMetric.ts"
import type { ClassificationResult } from "./metric/ClassificationResult.ts"
import * as Loss from "./model/Loss.ts"
import * as Net from "./model/Net.ts"

export type ImageClassification = Task<ClassificationBatch, ClassificationResult, ClassificationMetric.State>

/** What a net makes of a batch: `logits` and `probabilities`, `[batch, classes]`, float32. */
export const make = (plan: ClassificationPlan): ImageClassification => {
  const classes = countOf(plan.data)
  const input = ClassificationSource.inputOf(plan.data)
  const model = Net.make(plan.model, { channels: channelsOf(plan.data), classes }, input)
  return {
    name: "image_classification",
    model,
    sizeOf: (batch) => batch.names.length,
    loss: (context, variables, batch) => {
      const { tf } = context
      const images = HostTensor.upload(tf, batch.images, 4)
      const { output: logits, buffers } = model.train(context, variables, images)
      const mixed = batch.mixed && { labels: batch.mixed.labels.data, part: batch.mixed.part }
      const labels = { labels: batch.labels.data, mixed }
      return { loss: Loss.make(tf, logits, labels, plan.loss), parts: {}, buffers }
    },
    forward: (context, variables, batch) => {
      const { tf } = context
      const logits = model.evaluate(context, variables, HostTensor.upload(tf, batch.images, 4))
      return { logits, probabilities: tf.softmax(logits) }
    },
    interpret: (read, batch) => interpret(read, batch, input, classes),
    metric: ClassificationMetric.make(classes, plan.metrics.per_class)
  }
}

const interpret = (
  read: HostTensors,
  batch: ClassificationBatch,
  input: Augment.Input,
  classes: number
): ClassificationResult => {
  const all = read["probabilities"]?.data ?? new Float32Array()
  return {
    classes: batch.classes,
    samples: batch.names.map((name, i) => {
      const probabilities = Float32Array.from(all.subarray(i * classes, (i + 1) * classes))
      return {
        name,
        label: batch.labels.data[i] ?? -1,
        probabilities,
        predicted: ClassificationMetric.likeliest(probabilities),
        picture: {
          width: input.width,
          height: input.height,
          channels: input.channels,
          data: Augment.toBytes(pixelsOf(batch, i), input)
        }
      }
    })
  }
}
