/** Max-pool and resize gradients, resizing itself, and segment sums, by the kernel pack. */
import type { backend_util, TensorInfo } from "@tensorflow/tfjs-core"
import { size } from "../internal/Shape.ts"
import { type Mode, sample } from "../kernels/Resize.ts"
import { shapeOf, windowWords } from "./Convolution.ts"
import { bits } from "./Memory.ts"
import { type Pack, shares, worthwhile } from "./Pack.ts"

/** Elements that one thread does in a microsecond. */
const elementsPerMicrosecond = 300

export const maxPoolGradient = (
  pack: Pack,
  dy: TensorInfo,
  x: TensorInfo,
  y: TensorInfo,
  info: backend_util.Conv2DInfo
): TensorInfo => {
  const { memory } = pack
  const dx = memory.output(x.shape)
  const threads = worthwhile(pack, size(x.shape) / elementsPerMicrosecond)
  const window = windowWords(shapeOf(info), memory.at(x), 0, 0, 0)
  pack.parallel(
    "max_pool_gradient",
    shares(info.batchSize, threads).map(([begin, end]) => [
      ...window,
      memory.at(y),
      memory.at(dy),
      memory.at(dx),
      begin,
      end
    ])
  )
  return dx
}

/** The C structures `Sample` of one axis, as words. */
const samples = (from: number, to: number, mode: Mode): ReadonlyArray<number> =>
  Array.from({ length: to }, (_, index) => sample(index, from, to, mode)).flatMap(([low, high, weight]) => [
    low,
    high,
    bits(weight)
  ])

type Picture = readonly [batch: number, rows: number, cols: number, channels: number]

// oxlint-disable-next-line max-params -- a kernel's operands, all of which it needs
const run = (
  pack: Pack,
  kernel: "resize" | "resize_gradient",
  from: TensorInfo,
  to: TensorInfo,
  input: Picture,
  output: Picture,
  mode: Mode
): void => {
  const { memory } = pack
  const rows = samples(input[1], output[1], mode)
  const cols = samples(input[2], output[2], mode)
  const [rowTable = 0, colTable = 0] = memory.scratch([4 * rows.length, 4 * cols.length])
  memory.write(rowTable, rows)
  memory.write(colTable, cols)
  const words = [
    memory.at(from),
    memory.at(to),
    rowTable,
    colTable,
    input[1],
    input[2],
    output[1],
    output[2],
    input[3],
    mode.nearest ? 1 : 0
  ]
  const threads = worthwhile(pack, size(output) / elementsPerMicrosecond)
  const count = kernel === "resize" ? output[0] * output[1] : output[0]
  pack.parallel(
    kernel,
    shares(count, threads).map(([begin, end]) => [...words, begin, end])
  )
}

export const resize = (
  pack: Pack,
  images: TensorInfo,
  shape: Picture,
  [rows, cols]: readonly [number, number],
  mode: Mode
): TensorInfo => {
  const output: Picture = [shape[0], rows, cols, shape[3]]
  const y = pack.memory.output(output)
  run(pack, "resize", images, y, shape, output, mode)
  return y
}

export const resizeGradient = (
  pack: Pack,
  dy: TensorInfo,
  dyShape: Picture,
  shape: Picture,
  mode: Mode
): TensorInfo => {
  const dx = pack.memory.output(shape)
  run(pack, "resize_gradient", dy, dx, shape, dyShape, mode)
  return dx
}

/** x is [rows, ...rest], ids [rows]; the result [segments, ...rest]. */
export const segmentSum = (pack: Pack, x: TensorInfo, ids: TensorInfo, segments: number): TensorInfo => {
  const { memory } = pack
  const rest = x.shape.slice(ids.shape.length)
  const sums = memory.zeros([segments, ...rest])
  pack.call(
    "segment_sum",
    memory.at(x),
    memory.at(ids),
    memory.at(sums),
    size(ids.shape),
    size(rest),
    segments
  )
  return sums
}
