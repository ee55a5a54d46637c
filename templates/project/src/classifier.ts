/** The task: a classifier of points, with its net, its loss and its metric. */
import type * as TF from "@tensorflow/tfjs-core"
import { Device } from "anneal/Device"
import * as HostTensor from "anneal/HostTensor"
import type { Metric } from "anneal/Metric"
import * as Model from "anneal/Model"
import type { Task } from "anneal/Task"
import * as Effect from "effect/Effect"
import type { Batch } from "./points.ts"

const classes = 2

/** Inputs, two hidden layers, a logit for each class. */
const widths = [2, 32, 32, classes] as const

/** Weights drawn with variance 2 / inputs (He et al., 2015), biases from zero. */
const layer = (index: number, inputs: number, outputs: number): ReadonlyArray<Model.ParameterSpec> => [
  {
    name: `layer${index}.weight`,
    shape: [inputs, outputs],
    trainable: true,
    decay: true,
    init: (random) =>
      Float32Array.from({ length: inputs * outputs }, () => random.normal() * Math.sqrt(2 / inputs))
  },
  {
    name: `layer${index}.bias`,
    shape: [outputs],
    trainable: true,
    decay: false,
    init: () => new Float32Array(outputs)
  }
]

const model: Model.Model = {
  name: "three layers",
  parameters: widths.slice(1).flatMap((outputs, index) => layer(index, widths[index] ?? 0, outputs))
}

const depth = widths.length - 1

/** Logits `[batch, classes]`. */
const forward = (tf: typeof TF, params: Model.Params, { points }: Batch): TF.Tensor => {
  let x = HostTensor.upload(tf, points)
  for (let index = 0; index < depth; index++) {
    const weight = Model.variable(params, `layer${index}.weight`, 2)
    x = tf.add(tf.matMul(x, weight), Model.variable(params, `layer${index}.bias`, 1))
    if (index < depth - 1) x = tf.relu(x)
  }
  return x
}

/** How many points were classified correctly, and how many there were. */
export interface Right {
  readonly right: number
  readonly seen: number
}

/** Reported as `val/accuracy`, in [0, 1], higher is better. */
const accuracy: Metric<Right, Right> = {
  initial: { right: 0, seen: 0 },
  update: (state, { right, seen }) => ({ right: state.right + right, seen: state.seen + seen }),
  result: ({ right, seen }) => ({ accuracy: right / Math.max(1, seen) })
}

/** The class with the highest logit. */
const best = (logits: ReadonlyArray<number>): number => logits.indexOf(Math.max(...logits))

export const task: Task<Batch, Right, Right> = {
  name: "points",
  model,
  sizeOf: ({ labels }) => labels.data.length,
  metric: accuracy,
  loss: ({ tf }, { params }, batch) => {
    const logits = forward(tf, params, batch)
    const truth = tf.oneHot(tf.cast(HostTensor.upload(tf, batch.labels), "int32"), classes)
    // Cross entropy: log of the sum of exponentials, minus the logit of the truth.
    const loss = tf.mean<TF.Scalar>(tf.sub(tf.logSumExp(logits, 1), tf.sum(tf.mul(logits, truth), 1)))
    return { loss, parts: {}, buffers: {} }
  },
  evaluate: Effect.fnUntraced(function* ({ params }, batch) {
    const device = yield* Device
    const logits = yield* device.run("classify", (tf) => forward(tf, params, batch))
    const values = Array.from(yield* device.read(logits))
    logits.dispose()
    const right = Array.from(batch.labels.data).filter(
      (label, i) => label === best(values.slice(i * classes, (i + 1) * classes))
    ).length
    return { right, seen: batch.labels.data.length }
  })
}
