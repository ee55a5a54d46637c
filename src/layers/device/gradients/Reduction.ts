/** Gradients of reductions and scans along axes. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { keepDims, size } from "../internal/Shape.ts"
import type { Gradient, Step } from "./Gradient.ts"

const axesOf = (tf: Tf, attrs: Attributes.Attributes, name: string, x: Tensor): Array<number> =>
  attrs?.[name] === undefined || attrs[name] === null
    ? x.shape.map((_, axis) => axis)
    : tf.util.parseAxisParam(Attributes.numbers(attrs, name), x.shape)

/** `dy` of a reduction, broadcast over the reduced axes. */
const spread = (tf: Tf, dy: Tensor, x: Tensor, axes: ReadonlyArray<number>): Tensor =>
  tf.broadcastTo(tf.reshape(dy, keepDims(x.shape, axes)), x.shape)

/** Every element that equals the extreme receives the whole of `dy`, as in TensorFlow.js. */
const extreme = (kernel: string, axes: string): Gradient => ({
  kernel,
  inputs: ["x"],
  outputs: [true],
  derive: ({ tf, dy, saved, attrs }) => ({
    x: () => {
      const x = saved(0)
      const kept = keepDims(x.shape, axesOf(tf, attrs, axes, x))
      const reached = tf.cast(tf.equal(x, tf.reshape(saved(1), kept)), "float32")
      return tf.mul(tf.reshape(dy, kept), reached)
    }
  })
})

/** The product of all others along the last axis, without dividing: zeros are allowed. */
const productOfOthers = (tf: Tf, x: Tensor): Tensor => {
  const last = x.rank - 1
  return tf.mul(tf.cumprod(x, last, true, false), tf.cumprod(x, last, true, true))
}

const prod = ({ tf, dy, saved, attrs }: Step): Tensor => {
  const x = saved(0)
  const axes = axesOf(tf, attrs, "axis", x)
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const order = [...others, ...axes]
  const moved = tf.transpose(x, order)
  const kept = others.map((axis) => x.shape[axis] ?? 1)
  const flat = tf.reshape(moved, [...kept, size(x.shape) / size(kept)])
  const derivative = tf.reshape(productOfOthers(tf, flat), moved.shape)
  const back = order.map((_, axis) => order.indexOf(axis))
  return tf.mul(tf.transpose(derivative, back), tf.reshape(dy, keepDims(x.shape, axes)))
}

export const reductions: ReadonlyArray<Gradient> = [
  {
    kernel: "Sum",
    inputs: ["x"],
    derive: ({ tf, dy, saved, attrs }) => ({
      x: () => spread(tf, dy, saved(0), axesOf(tf, attrs, "axis", saved(0)))
    })
  },
  {
    kernel: "Mean",
    inputs: ["x"],
    derive: ({ tf, dy, saved, attrs }) => ({
      x: () => {
        const axes = axesOf(tf, attrs, "axis", saved(0))
        const count = size(axes.map((axis) => saved(0).shape[axis] ?? 1))
        return spread(tf, tf.div(dy, count), saved(0), axes)
      }
    })
  },
  extreme("Max", "reductionIndices"),
  extreme("Min", "axis"),
  { kernel: "Prod", inputs: ["x"], derive: (step) => ({ x: () => prod(step) }) },
  {
    kernel: "Cumsum",
    derive: ({ tf, dy, attrs }) => ({
      x: () =>
        tf.cumsum(
          dy,
          Attributes.number(attrs, "axis"),
          Attributes.flag(attrs, "exclusive"),
          !Attributes.flag(attrs, "reverse")
        )
    })
  },
  {
    kernel: "Softmax",
    outputs: [true],
    derive: ({ tf, dy, saved, attrs }) => ({
      logits: () => {
        const weighted = tf.mul(dy, saved(0))
        const total = tf.sum(weighted, Attributes.number(attrs, "dim"), true)
        return tf.sub(weighted, tf.mul(total, saved(0)))
      }
    })
  },
  {
    kernel: "LogSoftmax",
    outputs: [true],
    derive: ({ tf, dy, saved, attrs }) => ({
      logits: () => {
        const total = tf.sum(dy, Attributes.number(attrs, "axis"), true)
        return tf.sub(dy, tf.mul(total, tf.exp(saved(0))))
      }
    })
  }
]
