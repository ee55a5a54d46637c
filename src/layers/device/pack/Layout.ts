/**
 * Slices, reversed axes and axes in another order, as copies of the kernel pack: the stock kernels copy a whole tensor
 * out of the engine's memory for each slice of it, or move one value at a time.
 */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { size } from "../internal/Shape.ts"
import type { Pack } from "./Pack.ts"

/** Words from one place of each axis to the next. */
const stridesOf = (shape: ReadonlyArray<number>): ReadonlyArray<number> =>
  shape.map((_, axis) => size(shape.slice(axis + 1)))

interface Axis {
  readonly length: number
  /** In words of the source. */
  readonly stride: number
}

/** Whether the words are of four bytes, and there are some. */
export const isCopied = ({ dtype, shape }: TensorInfo): boolean =>
  (dtype === "float32" || dtype === "int32") && !shape.includes(0)

/** The words from `begin` on, by the axes of the result. */
const copy = (pack: Pack, x: TensorInfo, begin: number, axes: ReadonlyArray<Axis>): TensorInfo => {
  const { memory } = pack
  const y = memory.output(
    axes.map(({ length }) => length),
    x.dtype
  )
  const outer = axes.filter(({ length }) => length !== 1)
  let run = 1
  // The last axes that lie in the result as in the source.
  for (let last = outer.at(-1); last !== undefined && last.stride === run; last = outer.at(-1)) {
    run *= last.length
    outer.pop()
  }
  const all = outer.length === 0 ? [{ length: 1, stride: 0 }] : outer
  const bytes = 4 * all.length
  const [lengths = 0, strides = 0] = memory.scratch([bytes, bytes])
  memory.write(
    lengths,
    all.map(({ length }) => length)
  )
  memory.write(
    strides,
    all.map(({ stride }) => stride)
  )
  pack.call("copy", memory.at(x) + 4 * begin, memory.at(y), lengths, strides, all.length, run)
  return y
}

const axesOf = (lengths: ReadonlyArray<number>, strides: ReadonlyArray<number>): ReadonlyArray<Axis> =>
  lengths.map((length, axis) => ({ length, stride: strides[axis] ?? 1 }))

/** `lengths` values of each axis from `begin` on. */
export const slice = (
  pack: Pack,
  x: TensorInfo,
  begin: ReadonlyArray<number>,
  lengths: ReadonlyArray<number>
): TensorInfo => {
  const strides = stridesOf(x.shape)
  const first = begin.reduce((all, at, axis) => all + at * (strides[axis] ?? 1), 0)
  return copy(pack, x, first, axesOf(lengths, strides))
}

/** Parts of an axis, of these lengths. */
export const split = (
  pack: Pack,
  x: TensorInfo,
  axis: number,
  lengths: ReadonlyArray<number>
): Array<TensorInfo> => {
  let at = 0
  return lengths.map((length) => {
    const begin = x.shape.map((_, other) => (other === axis ? at : 0))
    at += length
    return slice(
      pack,
      x,
      begin,
      x.shape.map((all, other) => (other === axis ? length : all))
    )
  })
}

/** Each place of an axis, which is left out. */
export const unpack = (pack: Pack, x: TensorInfo, axis: number): Array<TensorInfo> =>
  split(pack, x, axis, Array<number>(x.shape[axis] ?? 0).fill(1)).map((part) => ({
    ...part,
    shape: x.shape.toSpliced(axis, 1)
  }))

/** These axes from their last place to their first. */
export const reverse = (pack: Pack, x: TensorInfo, axes: ReadonlyArray<number>): TensorInfo => {
  const strides = stridesOf(x.shape)
  const turned = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
  const first = axes.reduce((all, axis) => all + ((x.shape[axis] ?? 1) - 1) * (strides[axis] ?? 1), 0)
  return copy(pack, x, first, axesOf(x.shape, turned))
}

/** The axes in this order. */
export const transpose = (pack: Pack, x: TensorInfo, order: ReadonlyArray<number>): TensorInfo => {
  const strides = stridesOf(x.shape)
  return copy(
    pack,
    x,
    0,
    order.map((axis) => ({ length: x.shape[axis] ?? 1, stride: strides[axis] ?? 1 }))
  )
}
