/**
 * Convolutions and pools on TensorFlow, NHWC. tfjs-node's own kernels refuse numeric padding in every gradient and in
 * every pool; TensorFlow accepts it in convolutions, and pools run on a padded picture.
 */
import type { backend_util, Tensor, Tensor4D } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import { four } from "../internal/Shape.ts"
import type { Backend } from "./Addon.ts"
import * as Operation from "./Operation.ts"

type Info = backend_util.Conv2DInfo

const isPadded = ({ padInfo }: Info): boolean => padInfo.type === "EXPLICIT" || padInfo.type === "NUMBER"

/** TensorFlow rounds down; with tfjs' other roundings the shape would differ. */
const checkRounding = (out: number, length: number, taps: number, stride: number): void => {
  if (Math.floor((length - taps) / stride) + 1 === out) return
  throw new TypeError("TensorFlow rounds the size of a convolution's output down: use dimRoundingMode floor")
}

const window = (info: Info): Operation.Attributes => {
  const { padInfo, strideHeight, strideWidth, dilationHeight, dilationWidth } = info
  const common = {
    strides: [1, strideHeight, strideWidth, 1],
    dilations: [1, dilationHeight, dilationWidth, 1],
    data_format: "NHWC"
  }
  if (!isPadded(info)) return { ...common, padding: padInfo.type }
  const { top, bottom, left, right } = padInfo
  checkRounding(info.outHeight, info.inHeight + top + bottom, info.effectiveFilterHeight, strideHeight)
  checkRounding(info.outWidth, info.inWidth + left + right, info.effectiveFilterWidth, strideWidth)
  return { ...common, padding: "EXPLICIT", explicit_paddings: [0, 0, top, bottom, left, right, 0, 0] }
}

const names = {
  plain: ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"],
  depthwise: [
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter"
  ]
} as const

export interface Convolution {
  readonly tf: Tf
  readonly backend: Backend
  readonly info: Info
  readonly depthwise: boolean
}

const nameOf = ({ depthwise }: Convolution, index: 0 | 1 | 2): string =>
  (depthwise ? names.depthwise : names.plain)[index]

/** The filter with zeros between its taps. */
const spread = ({ tf, info }: Convolution, filter: Tensor): Tensor => {
  const [rows, columns, inputs, multiplier] = four(filter.shape)
  const { dilationHeight: down, dilationWidth: right } = info
  const taps = tf.reshape(filter, [rows, 1, columns, 1, inputs * multiplier])
  const around: Array<[number, number]> = [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, right - 1],
    [0, 0]
  ]
  const apart = tf.reshape(tf.pad(taps, around), [rows * down, columns * right, inputs, multiplier])
  return tf.slice(apart, 0, [(rows - 1) * down + 1, (columns - 1) * right + 1, inputs, multiplier])
}

/** TensorFlow's depthwise convolution knows no dilation: there the filter is spread instead. */
export const convolve = (of: Convolution, x: Tensor, filter: Tensor): Tensor => {
  const spreads = of.depthwise && of.info.dilationHeight * of.info.dilationWidth > 1
  const attributes = window(of.info)
  return Operation.run(of.backend, {
    name: nameOf(of, 0),
    inputs: [x, spreads ? spread(of, filter) : filter],
    attributes: spreads ? { ...attributes, dilations: [1, 1, 1, 1] } : attributes
  })
}

export const inputGradient = (of: Convolution, dy: Tensor, filter: Tensor, shape: Array<number>): Tensor =>
  Operation.run(of.backend, {
    name: nameOf(of, 1),
    inputs: [of.tf.tensor1d(shape, "int32"), filter, dy],
    attributes: window(of.info)
  })

/** The number of channels that fill a block of oneDNN's on any processor: 8 with AVX2, 16 with AVX-512. */
const widestBlock = 16

/**
 * Whether oneDNN would compute the gradient by `jit_1x1` with a stride. That code copies the pixels that the stride
 * selects into a workspace, and writes past its end if the channels fill no block (uxlfoundation/oneDNN#6035).
 */
const overruns = ({ info, depthwise }: Convolution): boolean =>
  !depthwise &&
  info.filterHeight * info.filterWidth === 1 &&
  info.strideHeight * info.strideWidth > 1 &&
  info.inChannels < widestBlock &&
  info.outHeight * info.strideHeight === info.inHeight &&
  info.outWidth * info.strideWidth === info.inWidth

/** A filter of one tap reads only these pixels, so its gradient is that of a convolution of them without strides. */
const seen = ({ tf, info }: Convolution, x: Tensor): Tensor => {
  const { batchSize, outHeight, outWidth, inChannels, strideHeight, strideWidth } = info
  const rows = batchSize * outHeight
  const cells = tf.reshape(x, [rows, strideHeight, outWidth, strideWidth * inChannels])
  const first = tf.slice(cells, [0, 0, 0, 0], [rows, 1, outWidth, inChannels])
  return tf.reshape(first, [batchSize, outHeight, outWidth, inChannels])
}

export const filterGradient = (of: Convolution, x: Tensor, dy: Tensor, shape: Array<number>): Tensor => {
  const [picture, attributes] = overruns(of)
    ? [seen(of, x), { ...window(of.info), strides: [1, 1, 1, 1] }]
    : [x, window(of.info)]
  return Operation.run(of.backend, {
    name: nameOf(of, 2),
    inputs: [picture, of.tf.tensor1d(shape, "int32"), dy],
    attributes
  })
}

export interface Pool {
  readonly tf: Tf
  readonly backend: Backend
  readonly info: Info
}

const pooling = ({ info }: Pool, padding: string): Operation.Attributes => ({
  ksize: [1, info.filterHeight, info.filterWidth, 1],
  strides: [1, info.strideHeight, info.strideWidth, 1],
  padding,
  data_format: "NHWC"
})

/** The picture that contains all windows: with what `same` or numeric padding adds on each side, and no more. */
const padded = ({ tf, info }: Pool, x: Tensor, value: number): Tensor4D => {
  const [batch, height, width, channels] = four(x.shape)
  const { top, left } = info.padInfo
  const rows = Math.max(0, (info.outHeight - 1) * info.strideHeight + info.filterHeight - height - top)
  const columns = Math.max(0, (info.outWidth - 1) * info.strideWidth + info.filterWidth - width - left)
  return tf.pad4d(
    tf.reshape(x, [batch, height, width, channels]),
    [
      [0, 0],
      [top, rows],
      [left, columns],
      [0, 0]
    ],
    value
  )
}

const cropped = ({ tf, info }: Pool, dx: Tensor, shape: Array<number>): Tensor => {
  const { top, left } = info.padInfo
  return tf.slice(dx, [0, top, left, 0], shape)
}

export const maxPool = (of: Pool, x: Tensor): Tensor => {
  const numbers = isPadded(of.info)
  return Operation.run(of.backend, {
    name: "MaxPool",
    inputs: [numbers ? padded(of, x, Number.NEGATIVE_INFINITY) : x],
    attributes: pooling(of, numbers ? "VALID" : of.info.padInfo.type)
  })
}

export const maxPoolGradient = (of: Pool, dy: Tensor, x: Tensor, y: Tensor): Tensor => {
  const numbers = isPadded(of.info)
  const dx = Operation.run(of.backend, {
    name: "MaxPoolGrad",
    inputs: [numbers ? padded(of, x, Number.NEGATIVE_INFINITY) : x, y, dy],
    attributes: pooling(of, numbers ? "VALID" : of.info.padInfo.type)
  })
  return numbers ? cropped(of, dx, x.shape) : dx
}

const validAverage = (of: Pool, x: Tensor): Tensor =>
  Operation.run(of.backend, { name: "AvgPool", inputs: [x], attributes: pooling(of, "VALID") })

/** Divides by the number of pixels inside the picture, as `same` does. */
export const averagePool = (of: Pool, x: Tensor): Tensor => {
  const { tf, backend, info } = of
  if (!isPadded(info)) {
    return Operation.run(backend, {
      name: "AvgPool",
      inputs: [x],
      attributes: pooling(of, info.padInfo.type)
    })
  }
  const inside = validAverage(of, padded(of, tf.ones([1, info.inHeight, info.inWidth, 1]), 0))
  return tf.div(validAverage(of, padded(of, x, 0)), inside)
}

/** Divides by the size of the window, as the gradient kernels of all engines do; the gradient scales `dy` before. */
export const averagePoolGradient = (of: Pool, dy: Tensor, x: Tensor): Tensor => {
  const { tf, backend, info } = of
  const whole = info.padInfo.type === "VALID" ? x : padded(of, tf.zeros(x.shape), 0)
  const dx = Operation.run(backend, {
    name: "AvgPoolGrad",
    inputs: [tf.tensor1d(whole.shape, "int32"), dy],
    attributes: pooling(of, "VALID")
  })
  return whole === x ? dx : cropped(of, dx, x.shape)
}
