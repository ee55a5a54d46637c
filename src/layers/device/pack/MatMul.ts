/**
 * Matrix products by the convolution kernels: a b is a 1x1 convolution whose pixels are the rows of a, and a' b is the
 * filter gradient of one. The remaining case, a' b', uses the stock kernel.
 */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { size } from "../internal/Shape.ts"
import { productsPerMicrosecond, type Shape, windowWords } from "./Convolution.ts"
import { type Pack, shares, worthwhile } from "./Pack.ts"

export interface Product {
  readonly rows: number
  readonly inner: number
  readonly cols: number
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/** Rows per tile of the kernels; threads get whole tiles. */
const tile = 6

const line = (pixels: number, inChannels: number, outChannels: number): Shape => ({
  batch: 1,
  inRows: 1,
  inCols: pixels,
  inChannels,
  outRows: 1,
  outCols: pixels,
  outChannels,
  kernelRows: 1,
  kernelCols: 1,
  strideRows: 1,
  strideCols: 1,
  dilationRows: 1,
  dilationCols: 1,
  padTop: 0,
  padLeft: 0
})

const threadsOf = (pack: Pack, { rows, inner, cols }: Product): number =>
  worthwhile(pack, (rows * inner * cols) / productsPerMicrosecond)

/** What is done to each sum before it is stored. */
interface Epilogue {
  /** Address of `cols` values that are added, or 0. */
  readonly bias: number
  readonly relu: boolean
}

const plain: Epilogue = { bias: 0, relu: false }

const byRows = (
  pack: Pack,
  a: number,
  b: number,
  y: number,
  product: Product,
  { bias, relu }: Epilogue = plain
): void => {
  const { rows, inner, cols, transposeB } = product
  const [filter = 0] = pack.memory.scratch([4 * inner * (cols + 7)])
  if (transposeB) pack.run("pack_filter_transposed", [b, filter, 1, cols, inner, 0, 1, 1, 0, 1, 1])
  else pack.call("pack_filter", b, filter, inner, cols)
  const parts = shares(Math.ceil(rows / tile), threadsOf(pack, product))
  pack.parallel(
    "conv",
    parts.map(([begin, end]) => {
      const first = begin * tile
      const window = windowWords(
        line(Math.min(rows, end * tile) - first, inner, cols),
        a + 4 * first * inner,
        0,
        0,
        1
      )
      return [...window, filter, bias, y + 4 * first * cols, 0, 0, cols, relu ? 1 : 0, 0, 1]
    })
  )
}

const byUnits = (pack: Pack, a: number, b: number, y: number, product: Product): void => {
  const { rows, inner, cols } = product
  const parts = shares(Math.ceil(cols / 8), threadsOf(pack, product))
  const panels = pack.memory.scratch(parts.map(() => 32 * inner))
  pack.memory.fillZero(y, 4 * rows * cols)
  pack.parallel(
    "filter_gradient",
    parts.map(([begin, end], index) => [
      ...windowWords(line(inner, rows, cols), a, 0, 0, 1),
      b,
      panels[index] ?? 0,
      y,
      1,
      begin,
      end
    ])
  )
}

/** a [...batch, rows, inner] times b [...batch, inner, cols], each optionally stored transposed; not both. */
export const matMul = (
  pack: Pack,
  a: TensorInfo,
  b: TensorInfo,
  product: Product,
  batch: ReadonlyArray<number>
): TensorInfo => {
  const { rows, inner, cols, transposeA } = product
  const y = pack.memory.output([...batch, rows, cols])
  const { at } = pack.memory
  const multiply = transposeA ? byUnits : byRows
  const stepOf = (operand: TensorInfo, matrix: number) => (size(operand.shape) === matrix ? 0 : 4 * matrix)
  const [stepA, stepB] = [stepOf(a, rows * inner), stepOf(b, inner * cols)]
  for (let index = 0; index < size(batch); index++) {
    multiply(pack, at(a) + index * stepA, at(b) + index * stepB, at(y) + 4 * index * rows * cols, product)
  }
  return y
}

/** x [rows, inner] times weight [inner, cols], plus bias [cols], and its positive part if `relu`. */
export const dense = (
  pack: Pack,
  x: TensorInfo,
  weight: TensorInfo,
  bias: TensorInfo,
  relu: boolean
): TensorInfo => {
  const [rows = 0, inner = 0] = x.shape
  const [, cols = 0] = weight.shape
  const y = pack.memory.output([rows, cols])
  const { at } = pack.memory
  const product = { rows, inner, cols, transposeA: false, transposeB: false }
  byRows(pack, at(x), at(weight), at(y), product, { bias: at(bias), relu })
  return y
}
