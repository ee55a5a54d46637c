/**
 * The gradients of a 2-D convolution, written as convolutions, for engines that lack the kernels and for dilated
 * ones. With stride s, dilation d, padding p (Dumoulin & Visin 2016, "A guide to convolution arithmetic", §4):
 *   y[i]  = sum_k x[i s + k d - p] w[k]
 *   dw[k] = sum_i x[i s + k d - p] dy[i]     a convolution of x by dy, its dilation s and its stride d
 *   dx[j] = sum_k up(dy)[j + p - k d] w[k]   a convolution of dy, zeros between, by the reversed w
 */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import { four } from "../internal/Shape.ts"
import type { Geometry } from "../internal/Window.ts"

type Pad = [[number, number], [number, number], [number, number], [number, number]]

/** Pads the two middle axes; a negative amount cuts. */
export const padOrCrop = (
  tf: Tf,
  x: Tensor4D,
  rows: readonly [number, number],
  columns: readonly [number, number]
) => {
  const cut = ([before, after]: readonly [number, number], length: number): [number, number] => {
    const begin = Math.max(0, -before)
    return [begin, length - begin - Math.max(0, -after)]
  }
  const [batch, height, width, channels] = x.shape
  const [top, keptRows] = cut(rows, height)
  const [left, keptColumns] = cut(columns, width)
  const kept =
    keptRows === height && keptColumns === width
      ? x
      : tf.slice(x, [0, top, left, 0], [batch, keptRows, keptColumns, channels])
  const padding: Pad = [
    [0, 0],
    [Math.max(0, rows[0]), Math.max(0, rows[1])],
    [Math.max(0, columns[0]), Math.max(0, columns[1])],
    [0, 0]
  ]
  return padding.some(([before, after]) => before + after > 0) ? tf.pad4d(kept, padding) : kept
}

const transpose4 = (tf: Tf, x: Tensor4D, perm: [number, number, number, number]): Tensor4D =>
  tf.transpose(x, perm)

/** dw of a 1x1 convolution that reads every pixel: one matrix product. */
const pointwiseFilter = (tf: Tf, x: Tensor4D, dy: Tensor4D): Tensor4D => {
  const [inputs, outputs] = [x.shape[3], dy.shape[3]]
  const rows = tf.reshape(x, [x.size / inputs, inputs])
  const product = tf.matMul(tf.transpose(rows), tf.reshape(dy, [dy.size / outputs, outputs]))
  return tf.reshape(product, [1, 1, inputs, outputs])
}

/** dw, [height, width, in, out], from x and dy, both NHWC. */
export const filterGradient = (
  tf: Tf,
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: ReadonlyArray<number>,
  geometry: Geometry
): Tensor4D => {
  const [rows, columns] = four(filterShape)
  const [strideRows, strideColumns] = geometry.strides
  const [dilationRows, dilationColumns] = geometry.dilations
  const [top, left] = geometry.before
  const whole = x.shape[1] === dy.shape[1] && x.shape[2] === dy.shape[2]
  if (rows === 1 && columns === 1 && whole && top === 0 && left === 0) return pointwiseFilter(tf, x, dy)
  const bottom = (rows - 1) * dilationRows + (dy.shape[1] - 1) * strideRows + 1 - x.shape[1] - top
  const right = (columns - 1) * dilationColumns + (dy.shape[2] - 1) * strideColumns + 1 - x.shape[2] - left
  const fitted = padOrCrop(tf, x, [top, bottom], [left, right])
  const gradient = tf.conv2d(
    transpose4(tf, fitted, [3, 1, 2, 0]),
    transpose4(tf, dy, [1, 2, 0, 3]),
    [dilationRows, dilationColumns],
    "valid",
    "NHWC",
    [strideRows, strideColumns]
  )
  return transpose4(tf, gradient, [1, 2, 0, 3])
}

/** Inserts `stride - 1` zero rows and columns after every row and column. */
export const stuff = (
  tf: Tf,
  dy: Tensor4D,
  [strideRows, strideColumns]: readonly [number, number]
): Tensor4D => {
  const [batch, height, width, channels] = dy.shape
  if (strideRows === 1 && strideColumns === 1) return dy
  const columns = tf.pad(tf.reshape(dy, [batch * height * width, 1, channels]), [
    [0, 0],
    [0, strideColumns - 1],
    [0, 0]
  ])
  const rows = tf.pad(tf.reshape(columns, [batch * height, 1, width * strideColumns * channels]), [
    [0, 0],
    [0, strideRows - 1],
    [0, 0]
  ])
  return tf.reshape(rows, [batch, height * strideRows, width * strideColumns, channels])
}

/** dy with zeros between and around its values, so that a plain convolution with stride 1 over it has the size of x. */
export const spread = (
  tf: Tf,
  dy: Tensor4D,
  inputShape: readonly [number, number, number, number],
  filterShape: ReadonlyArray<number>,
  { strides, dilations, before }: Geometry
): Tensor4D => {
  const stuffed = stuff(tf, dy, strides)
  const around = (axis: 0 | 1): [number, number] => {
    const reach = ((filterShape[axis] ?? 1) - 1) * dilations[axis]
    const first = reach - before[axis]
    return [first, (inputShape[axis + 1] ?? 0) + reach - first - (stuffed.shape[axis + 1] ?? 0)]
  }
  return padOrCrop(tf, stuffed, around(0), around(1))
}

/** dx, NHWC, from dy and the filter [height, width, in, out]. */
export const inputGradient = (
  tf: Tf,
  dy: Tensor4D,
  filter: Tensor4D,
  inputShape: ReadonlyArray<number>,
  geometry: Geometry
): Tensor4D => {
  const [dilationRows, dilationColumns] = geometry.dilations
  const reversed = transpose4(tf, tf.reverse4d(filter, [0, 1]), [0, 1, 3, 2])
  const field = spread(tf, dy, four(inputShape), filter.shape, geometry)
  return tf.conv2d(field, reversed, 1, "valid", "NHWC", [dilationRows, dilationColumns])
}

/** A tensor as rank 4; throws for another rank. */
export const rank4 = (tf: Tf, x: Tensor): Tensor4D => tf.reshape(x, four(x.shape))
