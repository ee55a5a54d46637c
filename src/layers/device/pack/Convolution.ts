/** Convolutions by the kernel pack: forward with bias and ReLU, by the input, by the filter. All NHWC, float32. */
import type { backend_util, TensorInfo } from "@tensorflow/tfjs-core"
import { type Pack, shares, worthwhile } from "./Pack.ts"

/** The numbers of a convolution over `x`, without addresses. */
export interface Shape {
  readonly batch: number
  readonly inRows: number
  readonly inCols: number
  readonly inChannels: number
  readonly outRows: number
  readonly outCols: number
  readonly outChannels: number
  readonly kernelRows: number
  readonly kernelCols: number
  readonly strideRows: number
  readonly strideCols: number
  readonly dilationRows: number
  readonly dilationCols: number
  readonly padTop: number
  readonly padLeft: number
}

export const shapeOf = (info: backend_util.Conv2DInfo): Shape => ({
  batch: info.batchSize,
  inRows: info.inHeight,
  inCols: info.inWidth,
  inChannels: info.inChannels,
  outRows: info.outHeight,
  outCols: info.outWidth,
  outChannels: info.outChannels,
  kernelRows: info.filterHeight,
  kernelCols: info.filterWidth,
  strideRows: info.strideHeight,
  strideCols: info.strideWidth,
  dilationRows: info.dilationHeight,
  dilationCols: info.dilationWidth,
  padTop: info.padInfo.top,
  padLeft: info.padInfo.left
})

/** Bytes of `rows` padded input rows. */
const ringBytes = (s: Shape, rows: number): number =>
  4 * rows * s.inChannels * ((s.outCols - 1) * s.strideCols + (s.kernelCols - 1) * s.dilationCols + 1)

/** How many input rows `outRows` adjacent output rows read. */
const rowsRead = (s: Shape, outRows: number): number =>
  (outRows - 1) * s.strideRows + (s.kernelRows - 1) * s.dilationRows + 1

/** The C structure `Window`. */
export const windowWords = (s: Shape, x: number, ring: number, tags: number, ringRows: number) => [
  s.batch,
  s.inRows,
  s.inCols,
  s.inChannels,
  s.outRows,
  s.outCols,
  s.outChannels,
  s.kernelRows,
  s.kernelCols,
  s.strideRows,
  s.strideCols,
  s.dilationRows,
  s.dilationCols,
  s.padTop,
  s.padLeft,
  x,
  ring,
  tags,
  ringRows
]

/** Where the result goes, in floats from one picture, row and pixel to the next. */
interface Target {
  readonly address: number
  readonly batch: number
  readonly row: number
  readonly col: number
}

/** Channels in the layout of the packed filter. */
const packedChannels = (channels: number): number => {
  const rest = channels % 8
  if (rest === 0) return channels
  return channels - rest + (rest > 4 ? 8 : 4)
}

const filterBytes = (s: Shape): number =>
  4 * s.kernelRows * s.kernelCols * s.inChannels * packedChannels(s.outChannels)

/** Products that one thread sums in a microsecond. */
export const productsPerMicrosecond = 20_000

const threadsOf = (pack: Pack, s: Shape): number => {
  const taps = s.kernelRows * s.kernelCols * s.inChannels
  return worthwhile(pack, (s.batch * s.outRows * s.outCols * s.outChannels * taps) / productsPerMicrosecond)
}

/** Scratch of a convolution: the packed filter, then a ring and its tags for each thread. */
const areas = (pack: Pack, s: Shape) => {
  const parts = shares(s.batch * s.outRows, threadsOf(pack, s))
  const ringRows = rowsRead(s, 1)
  const [filter = 0, ...rings] = pack.memory.scratch([
    filterBytes(s),
    ...parts.flatMap(() => [ringBytes(s, ringRows), 4 * ringRows])
  ])
  return { parts, ringRows, filter, rings }
}

interface Epilogue {
  /** Address of the bias, or 0. */
  readonly bias: number
  readonly relu: boolean
}

const convolve = (
  pack: Pack,
  s: Shape,
  x: number,
  target: Target,
  epilogue: Epilogue,
  packFilter: (to: number) => void
): void => {
  const { parts, ringRows, filter, rings } = areas(pack, s)
  packFilter(filter)
  pack.parallel(
    "conv",
    parts.map(([begin, end], index) => [
      ...windowWords(s, x, rings[2 * index] ?? 0, rings[2 * index + 1] ?? 0, ringRows),
      filter,
      epilogue.bias,
      target.address,
      target.batch,
      target.row,
      target.col,
      epilogue.relu ? 1 : 0,
      begin,
      end
    ])
  )
}

export const forward = (
  pack: Pack,
  x: TensorInfo,
  filter: TensorInfo,
  info: backend_util.Conv2DInfo,
  bias?: TensorInfo,
  relu = false
): TensorInfo => {
  const s = shapeOf(info)
  const y = pack.memory.output(info.outShape)
  const target = {
    address: pack.memory.at(y),
    batch: s.outRows * s.outCols * s.outChannels,
    row: s.outCols * s.outChannels,
    col: s.outChannels
  }
  const epilogue = { bias: bias === undefined ? 0 : pack.memory.at(bias), relu }
  const taps = s.kernelRows * s.kernelCols * s.inChannels
  convolve(pack, s, pack.memory.at(x), target, epilogue, (to) =>
    pack.call("pack_filter", pack.memory.at(filter), to, taps, s.outChannels)
  )
  return y
}

/**
 * One axis of the input gradient, for inputs `residue`, `residue + stride`, …: which taps reach them and from where.
 */
const residueOf = (
  residue: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
  inputs: number
) => {
  const first = stride === 1 ? 0 : (residue + pad) % stride
  const count = stride === 1 ? kernel : Math.max(0, Math.ceil((kernel - first) / stride))
  const shift = stride === 1 ? pad : Math.floor((residue + pad) / stride)
  return {
    residue,
    first,
    count,
    pad: (count - 1) * dilation - shift,
    inputs: Math.max(0, Math.ceil((inputs - residue) / stride))
  }
}

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

/** Where the pixels of one residue of the strides are in dx, at `address`. */
const residueTarget = (s: Shape, address: number, row: number, col: number): Target => {
  const pixel = s.inChannels
  const line = s.inCols * pixel
  return {
    address: address + 4 * (row * line + col * pixel),
    batch: s.inRows * line,
    row: s.strideRows * line,
    col: s.strideCols * pixel
  }
}

/** dx of `info.inShape` from dy: for each residue of the strides a convolution of dy by the taps that reach it. */
export const inputGradient = (
  pack: Pack,
  dy: TensorInfo,
  filter: TensorInfo,
  info: backend_util.Conv2DInfo
): TensorInfo => {
  const s = shapeOf(info)
  const rows = range(s.strideRows).map((r) =>
    residueOf(r, s.kernelRows, s.strideRows, s.dilationRows, s.padTop, s.inRows)
  )
  const cols = range(s.strideCols).map((c) =>
    residueOf(c, s.kernelCols, s.strideCols, s.dilationCols, s.padLeft, s.inCols)
  )
  const untouched = [...rows, ...cols].some(({ count }) => count === 0)
  const dx = untouched ? pack.memory.zeros(info.inShape) : pack.memory.output(info.inShape)
  for (const row of rows.filter(({ count, inputs }) => count > 0 && inputs > 0)) {
    for (const col of cols.filter(({ count, inputs }) => count > 0 && inputs > 0)) {
      const part: Shape = {
        batch: s.batch,
        inRows: s.outRows,
        inCols: s.outCols,
        inChannels: s.outChannels,
        outRows: row.inputs,
        outCols: col.inputs,
        outChannels: s.inChannels,
        kernelRows: row.count,
        kernelCols: col.count,
        strideRows: 1,
        strideCols: 1,
        dilationRows: s.dilationRows,
        dilationCols: s.dilationCols,
        padTop: row.pad,
        padLeft: col.pad
      }
      const target = residueTarget(s, pack.memory.at(dx), row.residue, col.residue)
      convolve(pack, part, pack.memory.at(dy), target, { bias: 0, relu: false }, (to) =>
        pack.run("pack_filter_transposed", [
          pack.memory.at(filter),
          to,
          s.kernelCols,
          s.inChannels,
          s.outChannels,
          row.first,
          s.strideRows,
          row.count,
          col.first,
          s.strideCols,
          col.count
        ])
      )
    }
  }
  return dx
}

/** Pixels per block of the filter gradient: enough to outweigh loading and storing the sums. */
const blockPixels = 128
const mostBlockRows = 32

/** dw of `info.filterShape` from x and dy. */
export const filterGradient = (
  pack: Pack,
  x: TensorInfo,
  dy: TensorInfo,
  info: backend_util.Conv2DInfo
): TensorInfo => {
  const s = shapeOf(info)
  const { memory } = pack
  const blockRows = Math.max(1, Math.min(mostBlockRows, s.outRows, Math.ceil(blockPixels / s.outCols)))
  const ringRows = rowsRead(s, blockRows)
  const units = s.kernelRows * Math.ceil(s.outChannels / 8)
  const parts = shares(units, threadsOf(pack, s))
  const areas = memory.scratch(
    parts.flatMap(() => [ringBytes(s, ringRows), 4 * ringRows, 32 * blockRows * s.outCols])
  )
  const dw = memory.zeros(info.filterShape)
  pack.parallel(
    "filter_gradient",
    parts.map(([begin, end], index) => [
      ...windowWords(s, memory.at(x), areas[3 * index] ?? 0, areas[3 * index + 1] ?? 0, ringRows),
      memory.at(dy),
      areas[3 * index + 2] ?? 0,
      memory.at(dw),
      blockRows,
      begin,
      end
    ])
  )
  return dw
}
