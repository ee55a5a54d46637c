/** Reads the window of a convolution or pool from a kernel's attributes: strides, dilations, padding, output size. */
import type { backend_util } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "./Attributes.ts"
import { four } from "./Shape.ts"

type Padding = Parameters<typeof backend_util.computeConv2DInfo>[4]
type Rounding = Parameters<typeof backend_util.computeConv2DInfo>[5]

const isPlain = (pad: unknown): pad is "same" | "valid" | number =>
  pad === "same" || pad === "valid" || typeof pad === "number"

const padding = (attrs: Attributes.Attributes): Padding => {
  const pad: unknown = attrs?.pad
  if (isPlain(pad)) return pad
  const [batch, rows, columns, channels] = Attributes.pairs(attrs, "pad")
  if (batch && rows && columns && channels) return [batch, rows, columns, channels]
  throw new TypeError('attribute "pad" needs four pairs')
}

export const rounding = (attrs: Attributes.Attributes): Rounding => {
  const mode: unknown = attrs?.dimRoundingMode
  return mode === "floor" || mode === "round" || mode === "ceil" ? mode : undefined
}

/** The convolution's numbers, both shapes NHWC. */
export const convolution = (
  tf: Tf,
  inputShape: ReadonlyArray<number>,
  filterShape: ReadonlyArray<number>,
  attrs: Attributes.Attributes,
  depthwise = false
): backend_util.Conv2DInfo =>
  tf.backend_util.computeConv2DInfo(
    four(inputShape),
    four(filterShape),
    Attributes.pair(attrs, "strides"),
    Attributes.pair(attrs, "dilations", 1),
    padding(attrs),
    rounding(attrs),
    depthwise
  )

/** How the window of a convolution moves over its input. */
export interface Geometry {
  /** Height, then width. */
  readonly strides: readonly [number, number]
  readonly dilations: readonly [number, number]
  /** Zeros above and left. */
  readonly before: readonly [number, number]
}

export const geometry = (info: backend_util.Conv2DInfo): Geometry => ({
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
  before: [info.padInfo.top, info.padInfo.left]
})

/** A pool's numbers, NHWC. */
export const pool = (
  tf: Tf,
  inputShape: ReadonlyArray<number>,
  attrs: Attributes.Attributes
): backend_util.Conv2DInfo => {
  const [batch, height, width, channels] = four(inputShape)
  const [rows, columns] = Attributes.pair(attrs, "filterSize")
  const pad = padding(attrs)
  return tf.backend_util.computePool2DInfo(
    [batch, height, width, channels],
    [rows, columns],
    Attributes.pair(attrs, "strides"),
    1,
    pad,
    rounding(attrs)
  )
}
