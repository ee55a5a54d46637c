/** The gradients of a depthwise convolution: per tap for the filter, as a depthwise convolution for the input. */
import type { Tensor4D } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import { four } from "../internal/Shape.ts"
import type { Geometry } from "../internal/Window.ts"
import { spread } from "./Convolution.ts"

/** dw, [height, width, in, multiplier]; dy has in * multiplier channels, those of one input side by side. */
export const filterGradient = (
  tf: Tf,
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: ReadonlyArray<number>,
  { strides, dilations, before }: Geometry
): Tensor4D => {
  const [rows, columns, channels, multiplier] = four(filterShape)
  const [batch, outRows, outColumns] = dy.shape
  const extent = (axis: 0 | 1, taps: number, out: number): [number, number] => {
    const needed = (taps - 1) * dilations[axis] + (out - 1) * strides[axis] + 1
    return [before[axis], Math.max(0, needed - (x.shape[axis + 1] ?? 0) - before[axis])]
  }
  const padded = tf.pad4d(x, [[0, 0], extent(0, rows, outRows), extent(1, columns, outColumns), [0, 0]])
  const wanted = tf.reshape(dy, [batch, outRows, outColumns, channels, multiplier])
  const tap = (row: number, column: number) => {
    const begin = [0, row * dilations[0], column * dilations[1], 0]
    const end = [
      batch,
      row * dilations[0] + (outRows - 1) * strides[0] + 1,
      column * dilations[1] + (outColumns - 1) * strides[1] + 1,
      channels
    ]
    const seen = tf.stridedSlice(padded, begin, end, [1, strides[0], strides[1], 1])
    const matched = tf.mul(tf.reshape(seen, [batch, outRows, outColumns, channels, 1]), wanted)
    return tf.sum(matched, [0, 1, 2])
  }
  const taps = Array.from({ length: rows * columns }, (_, index) =>
    tap(Math.floor(index / columns), index % columns)
  )
  return tf.reshape(tf.stack(taps), [rows, columns, channels, multiplier])
}

/** dx, NHWC, from dy and the filter [height, width, in, multiplier]. */
export const inputGradient = (
  tf: Tf,
  dy: Tensor4D,
  filter: Tensor4D,
  inputShape: ReadonlyArray<number>,
  geometry: Geometry
): Tensor4D => {
  const [rows, columns, channels, multiplier] = filter.shape
  const [batch, height, width] = four(inputShape)
  const reversed = tf.reshape(tf.reverse4d(filter, [0, 1]), [rows, columns, channels * multiplier, 1])
  const field = spread(tf, dy, four(inputShape), filter.shape, geometry)
  const [dilationRows, dilationColumns] = geometry.dilations
  const each = tf.depthwiseConv2d(
    field,
    tf.reshape(reversed, [rows, columns, channels * multiplier, 1]),
    1,
    "valid",
    "NHWC",
    [dilationRows, dilationColumns]
  )
  if (multiplier === 1) return each
  return tf.reshape(tf.sum(tf.reshape(each, [batch, height, width, channels, multiplier]), 4), [
    batch,
    height,
    width,
    channels
  ])
}
