/** A task from scratch: a net of two layers that classifies pictures, with everything that training needs. */
import type * as TF from "@tensorflow/tfjs-core"
import { Device } from "anneal/Device"
import * as HostTensor from "anneal/HostTensor"
import type { Metric } from "anneal/Metric"
import * as Model from "anneal/Model"
import type { Random } from "anneal/Random"
import type { Task } from "anneal/Task"
import type { TinyData } from "anneal/testing"
import * as Effect from "effect/Effect"

export interface Options {
  /** Pixels of a side, units of the hidden layer, classes. */
  readonly side: number
  readonly hidden: number
  readonly classes: number
}

/** How many pictures were classified correctly, and how many there were. */
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
  evaluate: Effect.fnUntraced(function* (variables, batch) {
    const device = yield* Device
    const classes = yield* device.run("classify", (tf) => tf.argMax(forward(tf, variables, batch), 1))
    const found = yield* device.read(classes)
    classes.dispose()
    const right = Array.from(batch.labels.data).filter((label, i) => label === found[i]).length
    return { right, seen: found.length }
  })
})
