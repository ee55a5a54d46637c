/** A task from scratch: pictures into classes by a net of two layers. Everything that training needs to know of it. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "anneal/HostTensor"
import type { Metric } from "anneal/Metric"
import * as Model from "anneal/Model"
import type { Random } from "anneal/Random"
import type { Task } from "anneal/Task"
import type { TinyData } from "anneal/testing"

export interface Options {
  /** Pixels of a side, units of the hidden layer, classes. */
  readonly side: number
  readonly hidden: number
  readonly classes: number
}

/** How many of how many pictures were put into their class. */
export interface Right {
  readonly right: number
  readonly seen: number
}

/** He et al., 2015: variance 2 / inputs. */
const he = (inputs: number, count: number) => (random: Random) =>
  Float32Array.from({ length: count }, () => random.normal() * Math.sqrt(2 / inputs))

const model = ({ side, hidden, classes }: Options): Model.Model => {
  const layer = (name: string, inputs: number, outputs: number) => [
    {
      name: `${name}.weight`,
      shape: [inputs, outputs],
      trainable: true,
      decay: true,
      init: he(inputs, inputs * outputs)
    },
    {
      name: `${name}.bias`,
      shape: [outputs],
      trainable: true,
      decay: false,
      init: () => new Float32Array(outputs)
    }
  ]
  return {
    name: "two layers",
    parameters: [...layer("hidden", side * side, hidden), ...layer("out", hidden, classes)]
  }
}

/** `[batch, inputs]` to `[batch, outputs]`. */
const dense = (tf: typeof TF, { params }: Model.Variables, name: string, x: TF.Tensor): TF.Tensor => {
  const weight = Model.variable(params, `${name}.weight`, 2)
  return tf.add(tf.matMul(x, weight), Model.variable(params, `${name}.bias`, 1))
}

/** Logits `[batch, classes]`. */
const forward = (
  tf: typeof TF,
  variables: Model.Variables,
  { images }: TinyData.LabelledImages
): TF.Tensor => {
  const [batch = 0, height = 0, width = 0] = images.shape
  const x = tf.reshape(HostTensor.upload(tf, images), [batch, height * width])
  return dense(tf, variables, "out", tf.relu(dense(tf, variables, "hidden", x)))
}

const accuracy: Metric<Right, Right> = {
  initial: { right: 0, seen: 0 },
  update: (state, { right, seen }) => ({ right: state.right + right, seen: state.seen + seen }),
  result: ({ right, seen }) => ({ accuracy: right / Math.max(1, seen) })
}

/** Metric `val/accuracy`, higher is better. */
export const make = (options: Options): Task<TinyData.LabelledImages, Right, Right> => ({
  name: "classification",
  model: model(options),
  sizeOf: ({ labels }) => labels.data.length,
  metric: accuracy,
  loss: ({ tf }, variables, batch) => {
    const logits = forward(tf, variables, batch)
    const truth = tf.oneHot(tf.cast(HostTensor.upload(tf, batch.labels), "int32"), options.classes)
    // Cross entropy: log of the sum of exponentials, minus the logit of the truth.
    const loss = tf.mean<TF.Scalar>(tf.sub(tf.logSumExp(logits, 1), tf.sum(tf.mul(logits, truth), 1)))
    return { loss, parts: {}, buffers: {} }
  },
  forward: ({ tf }, variables, batch) => ({ classes: tf.argMax(forward(tf, variables, batch), 1) }),
  interpret: ({ classes }, { labels }) => ({
    right: Array.from(labels.data).filter((label, i) => label === classes?.data[i]).length,
    seen: labels.data.length
  })
})
