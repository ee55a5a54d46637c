/** Pools whose outputs have one size, whatever the picture's: global ones have a single output a channel. */
import type * as TF from "@tensorflow/tfjs-core"
import { alongAxis } from "../AlongAxis.ts"
import type { Module } from "../Module.ts"
import { expect, type Pass, visit } from "../Pass.ts"
import * as Padding from "./Padding.ts"

const TAKES = ["batch", "height", "width", "channels"]

const pool = <Out extends TF.Tensor>(
  kind: string,
  compute: (pass: Pass, x: TF.Tensor4D) => Out
): Module<TF.Tensor4D, Out> => ({
  kind,
  parameters: [],
  apply: (pass, x) => {
    expect(pass, kind, x, TAKES)
    const y = compute(pass, x)
    visit(pass, kind, x, y)
    return y
  }
})

/** The mean of each channel over the picture: `[batch, height, width, channels]` to `[batch, channels]`. */
export const globalAveragePool: Module<TF.Tensor4D, TF.Tensor2D> = pool("globalAveragePool", ({ tf }, x) =>
  tf.mean<TF.Tensor2D>(x, [1, 2])
)

/** The largest value of each channel over the picture: `[batch, height, width, channels]` to `[batch, channels]`. */
export const globalMaxPool: Module<TF.Tensor4D, TF.Tensor2D> = pool("globalMaxPool", ({ tf }, x) =>
  tf.max<TF.Tensor2D>(x, [1, 2])
)

/** `[to, from]`: row i has the mean of the inputs from `floor(i · from / to)` up to `ceil((i + 1) · from / to)`. */
const means = (from: number, to: number): Float32Array => {
  const weights = new Float32Array(to * from)
  for (let i = 0; i < to; i++) {
    const start = Math.floor((i * from) / to)
    const end = Math.ceil(((i + 1) * from) / to)
    weights.fill(1 / (end - start), i * from + start, i * from + end)
  }
  return weights
}

const average = ({ tf }: Pass, x: TF.Tensor4D, [height, width]: readonly [number, number]): TF.Tensor4D => {
  const [, rows, columns] = x.shape
  if (height === 1 && width === 1) return tf.mean<TF.Tensor4D>(x, [1, 2], true)
  if (rows % height === 0 && columns % width === 0) {
    const window: [number, number] = [rows / height, columns / width]
    return tf.avgPool(x, window, window, "valid")
  }
  const fewer = alongAxis(tf, x, 1, means(rows, height), height)
  return alongAxis(tf, fewer, 2, means(columns, width), width)
}

/**
 * Means over `[height, width]` windows, which overlap where the picture's sides are no multiples, as PyTorch's
 * `AdaptiveAvgPool2d`: `[batch, any, any, channels]` to `[batch, height, width, channels]`.
 */
export const adaptiveAveragePool = (
  size: number | readonly [number, number]
): Module<TF.Tensor4D, TF.Tensor4D> => {
  const pair = Padding.pairOf(size)
  Padding.checkWhole("adaptiveAveragePool", "size", pair, 1)
  return pool("adaptiveAveragePool", (pass, x) => average(pass, x, pair))
}
