/** Gradients of kernels that pick elements by index or condition. */
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Attributes from "../internal/Attributes.ts"
import { size } from "../internal/Shape.ts"
import type { Gradient, Step } from "./Gradient.ts"

/**
 * Rows picked several times add up. With x as [batch, outer, dim, inner] and dy as [batch, outer, picked, inner],
 * every batch gets its own range of segments, so that one segment sum suffices.
 */
const gather = ({ tf, dy, saved, attrs }: Step): Tensor => {
  const x = saved(0)
  const batchDims = Attributes.number(attrs, "batchDims", 0)
  const [axis = 0] = tf.util.parseAxisParam(Attributes.number(attrs, "axis"), x.shape)
  const batch = size(x.shape.slice(0, batchDims))
  const outer = size(x.shape.slice(batchDims, axis))
  const dim = x.shape[axis] ?? 1
  const inner = size(x.shape.slice(axis + 1))
  const picked = saved(1).size / batch
  const rows = tf.transpose(tf.reshape(dy, [batch, outer, picked, inner]), [0, 2, 1, 3])
  const shift = tf.mul(tf.range(0, batch, 1, "int32"), tf.scalar(dim, "int32"))
  const ids = tf.add(tf.reshape(saved(1), [batch, picked]), tf.reshape(shift, [batch, 1]))
  const summed = tf.unsortedSegmentSum(
    tf.reshape(rows, [batch * picked, outer * inner]),
    tf.reshape(tf.cast(ids, "int32"), [batch * picked]),
    batch * dim
  )
  return tf.reshape(tf.transpose(tf.reshape(summed, [batch, dim, outer, inner]), [0, 2, 1, 3]), x.shape)
}

/** A segment's derivative goes to each of its members; members without a segment get 0. */
const segmentSum = ({ tf, dy, saved }: Step): Tensor => {
  const ids = saved(0)
  const gathered = tf.gather(dy, tf.maximum(ids, tf.zerosLike(ids)))
  const trailing = gathered.shape.slice(ids.rank).map(() => 1)
  const member = tf.reshape(tf.cast(tf.greaterEqual(ids, tf.scalar(0, "int32")), "float32"), [
    ...ids.shape,
    ...trailing
  ])
  return tf.mul(gathered, member)
}

export const selections: ReadonlyArray<Gradient> = [
  {
    kernel: "GatherV2",
    inputs: ["x", "indices"],
    derive: (step) => ({
      x: () => gather(step),
      indices: () => step.tf.zeros(step.saved(1).shape)
    })
  },
  {
    kernel: "GatherNd",
    inputs: ["params", "indices"],
    derive: ({ tf, dy, saved }) => ({
      params: () => tf.scatterND(saved(1), dy, saved(0).shape),
      indices: () => tf.zeros(saved(1).shape)
    })
  },
  { kernel: "UnsortedSegmentSum", inputs: ["segmentIds"], derive: (step) => ({ x: () => segmentSum(step) }) },
  {
    kernel: "Select",
    inputs: ["condition"],
    derive: ({ tf, dy, saved }) => ({
      condition: () => tf.zeros(saved(0).shape),
      t: () => tf.mul(dy, tf.cast(saved(0), "float32")),
      e: () => tf.mul(dy, tf.cast(tf.logicalNot(saved(0)), "float32"))
    })
  }
]
