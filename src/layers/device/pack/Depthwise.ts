/** The gradients of a depthwise convolution by the kernel pack; NHWC, float32. */
import type { backend_util, TensorInfo } from "@tensorflow/tfjs-core"
import { four } from "../internal/Shape.ts"
import { shapeOf, windowWords } from "./Convolution.ts"
import { type Pack, shares, worthwhile } from "./Pack.ts"

/** Products that one thread sums in a microsecond. */
const productsPerMicrosecond = 4000

const threadsOf = (pack: Pack, info: backend_util.Conv2DInfo): number => {
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info
  const products = batchSize * outHeight * outWidth * outChannels * filterHeight * filterWidth
  return worthwhile(pack, products / productsPerMicrosecond)
}

/** dx of `info.inShape` from dy and the filter [height, width, in, multiplier]. */
export const inputGradient = (
  pack: Pack,
  dy: TensorInfo,
  filter: TensorInfo,
  info: backend_util.Conv2DInfo
): TensorInfo => {
  const { at, output } = pack.memory
  const dx = output(info.inShape)
  const [, , , multiplier] = four(filter.shape)
  const words = [...windowWords(shapeOf(info), 0, 0, 0, 0), at(filter), at(dy), at(dx), multiplier]
  pack.parallel(
    "depthwise_input_gradient",
    shares(info.batchSize * info.inHeight, threadsOf(pack, info)).map((rows) => [...words, ...rows])
  )
  return dx
}

/** Channels that stay in registers together; threads share such groups. */
const group = 16

/** dw of `filterShape`, [height, width, in, multiplier], from x and dy. */
export const filterGradient = (
  pack: Pack,
  x: TensorInfo,
  dy: TensorInfo,
  filterShape: ReadonlyArray<number>,
  info: backend_util.Conv2DInfo
): TensorInfo => {
  const { at, zeros } = pack.memory
  const dw = zeros(filterShape)
  const [, , channels, multiplier] = four(filterShape)
  const words = [...windowWords(shapeOf(info), 0, 0, 0, 0), at(x), at(dy), at(dw), multiplier]
  pack.parallel(
    "depthwise_filter_gradient",
    shares(Math.ceil(channels / group), threadsOf(pack, info)).map(([begin, end]) => [
      ...words,
      group * begin,
      Math.min(channels, group * end)
    ])
  )
  return dw
}
