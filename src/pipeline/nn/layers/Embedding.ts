/** A table of vectors, picked by whole numbers: words, classes, places. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../HostTensor.ts"
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import type { Module } from "../Module.ts"
import { labelOf, type Pass, parameter, refuse, visit } from "../Pass.ts"

export interface EmbeddingOptions {
  /** Rows of the table: indices are 0 … count - 1. */
  readonly count: number
  /** Values of each row. */
  readonly width: number
  /** The index that stands for nothing: its row begins as zeros and is not trained. Default none. */
  readonly padding?: number
  /** First values of `weight`. Default normal of deviation 1. */
  readonly init?: Initial.Initial
}

const KIND = "embedding"

const spec = ({ count, width, padding, init = Initial.normal(1) }: EmbeddingOptions): ParameterSpec => {
  const shape = [count, width]
  const first = init({ shape, fanIn: count, fanOut: width })
  const blank = (table: Float32Array) =>
    padding === undefined ? table : table.fill(0, padding * width, (padding + 1) * width)
  return { name: "weight", shape, trainable: true, decay: true, init: (random) => blank(first(random)) }
}

/** `rows` as they are, with no gradient to those whose index is `padding`. */
const untrained = (tf: typeof TF, rows: TF.Tensor2D, ids: TF.Tensor1D, padding: number): TF.Tensor2D => {
  const hold = tf.customGrad((...args) => {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- customGrad's type omits its arguments
    const [picked, save] = args as [TF.Tensor2D, (tensors: Array<TF.Tensor>) => void]
    save([tf.cast(tf.notEqual(ids, tf.scalar(padding, "int32")), "float32")])
    const gradFunc = (dy: TF.Tensor, [trained]: Array<TF.Tensor>) =>
      tf.mul(dy, tf.reshape(trained ?? dy, [-1, 1]))
    return { value: tf.clone(picked), gradFunc }
  })
  return HostTensor.ranked(hold(rows), 2, "the picked rows")
}

const compute = (pass: Pass, indices: TF.Tensor, { width, padding }: EmbeddingOptions): TF.Tensor => {
  const { tf } = pass
  if (indices.dtype !== "int32")
    refuse(
      labelOf(pass, KIND),
      `was given ${indices.dtype} values, but takes int32 indices`,
      'Make them with the dtype "int32".'
    )
  const ids = tf.reshape<TF.Rank.R1>(indices, [indices.size])
  const picked = tf.gather(parameter(pass, "weight", 2), ids)
  const rows = padding === undefined ? picked : untrained(tf, picked, ids, padding)
  const y = tf.reshape<TF.Rank>(rows, [...indices.shape, width])
  visit(pass, KIND, indices, y)
  return y
}

/**
 * The row of each index: `[batch, time]`, int32, to `[batch, time, width]`, with `weight` `[count, width]`, as
 * PyTorch's `Embedding`. Indices of another rank give one axis more all the same, which the types leave out. Indices
 * outside of the table are not looked for: that would read every batch back.
 */
export const embedding = (options: EmbeddingOptions): Module<TF.Tensor2D, TF.Tensor3D> => {
  const { count, width, padding = 0 } = options
  if (!Number.isInteger(padding) || padding < 0 || padding >= count)
    refuse(KIND, `has the padding index ${padding}, but ${count} rows`, `Use one of 0 … ${count - 1}.`)
  return {
    kind: KIND,
    outputs: width,
    parameters: [spec(options)],
    // oxlint-disable-next-line typescript/consistent-type-assertions -- one axis more than the indices have
    apply: (pass, x) => compute(pass, x, options) as TF.Tensor3D
  }
}
