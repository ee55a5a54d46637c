/** From the axes of PyTorch's parameters to those of this library's: a transposition for each kind of parameter. */
import * as HostTensor from "../nn/HostTensor.ts"
import type { ParameterLayout, ParameterSpec } from "../nn/Model.ts"

const byRank: ReadonlyArray<ParameterLayout> = ["plain", "plain", "dense", "convolution", "convolution"]

/** The layout that a parameter declares, or that its rank suggests. */
export const of = ({ layout, shape }: Pick<ParameterSpec, "layout" | "shape">): ParameterLayout =>
  layout ?? byRank[shape.length] ?? "plain"

/** PyTorch's axes in the order in which they lie here. */
const orders: Readonly<Record<ParameterLayout, (rank: number) => ReadonlyArray<number>>> = {
  dense: () => [1, 0],
  convolution: (rank) => [...windowOf(rank), 1, 0],
  depthwise: (rank) => [...windowOf(rank), 0, 1],
  // `[inputs, outputs, ...window]` becomes `[...window, outputs, inputs]`: the same order as a convolution's.
  transposedConvolution: (rank) => [...windowOf(rank), 1, 0],
  plain: (rank) => Array.from({ length: rank }, (_, axis) => axis)
}

const windowOf = (rank: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, rank - 2) }, (_, i) => i + 2)

const side = (shape: ReadonlyArray<number>, axis: number): number => shape[axis] ?? 1

/**
 * A depthwise filter `[channels * multiplier, 1, ...window]` as `[channels, multiplier, ...window]`: the filters of a
 * channel lie next to each other in PyTorch, so that no value moves.
 */
const split = (shape: ReadonlyArray<number>, wanted: ReadonlyArray<number>): ReadonlyArray<number> => {
  const [channels = 1, multiplier = 1] = wanted.slice(-2)
  const fits = side(shape, 0) === channels * multiplier && side(shape, 1) === 1
  return fits ? [channels, multiplier, ...shape.slice(2)] : shape
}

/** A convolution with a filter of one pixel, `[outputs, inputs, 1, 1]`, is a dense layer. */
const squeeze = (shape: ReadonlyArray<number>): ReadonlyArray<number> =>
  shape.slice(2).every((length) => length === 1) ? shape.slice(0, 2) : shape

/** PyTorch's shape, with the axes that a layout speaks of. */
const axesOf = (
  layout: ParameterLayout,
  shape: ReadonlyArray<number>,
  wanted: ReadonlyArray<number>
): ReadonlyArray<number> => {
  if (layout === "depthwise") return split(shape, wanted)
  return layout === "dense" ? squeeze(shape) : shape
}

const transposes = (
  layout: ParameterLayout,
  { shape }: Pick<ParameterSpec, "shape">,
  { length }: ReadonlyArray<number>
) => layout !== "plain" && length >= 2 && length === shape.length

/** The shape that a parameter of PyTorch's has here; one of another rank than the parameter's is not touched. */
export const shapeFrom = (
  found: ReadonlyArray<number>,
  spec: Pick<ParameterSpec, "layout" | "shape">
): ReadonlyArray<number> => {
  const layout = of(spec)
  const axes = axesOf(layout, found, spec.shape)
  if (!transposes(layout, spec, axes)) return found
  return orders[layout](axes.length).map((axis) => side(axes, axis))
}

/** Row-major distances between neighbours along each axis. */
const stridesOf = (shape: ReadonlyArray<number>): ReadonlyArray<number> =>
  shape.map((_, axis) => HostTensor.sizeOf(shape.slice(axis + 1)))

/** The values in the order of the permuted axes. */
const permuted = (
  data: Float32Array,
  shape: ReadonlyArray<number>,
  order: ReadonlyArray<number>
): Float32Array => {
  const strides = stridesOf(shape)
  const axes = order.map((axis) => ({ sides: side(shape, axis), step: side(strides, axis) }))
  const made = new Float32Array(data.length)
  let to = 0
  const copy = (depth: number, from: number): void => {
    const { sides = 1, step = 0 } = axes[depth] ?? {}
    const isInnermost = depth >= axes.length - 1
    for (let i = 0; i < sides; i++) {
      if (isInnermost) made[to++] = data[from + i * step] ?? 0
      else copy(depth + 1, from + i * step)
    }
  }
  copy(0, 0)
  return made
}

/** The values of a parameter of PyTorch's as they lie here; its shape is then `shapeFrom`. */
export const valuesFrom = (
  data: Float32Array,
  found: ReadonlyArray<number>,
  spec: Pick<ParameterSpec, "layout" | "shape">
): Float32Array => {
  const layout = of(spec)
  const axes = axesOf(layout, found, spec.shape)
  if (!transposes(layout, spec, axes)) return data
  return permuted(data, axes, orders[layout](axes.length))
}

/** Where each of an order's axes goes back to. */
const inverse = (order: ReadonlyArray<number>): ReadonlyArray<number> =>
  order.map((_, axis) => order.indexOf(axis))

/** A depthwise filter's `[channels, multiplier, ...window]` as PyTorch's `[channels * multiplier, 1, ...window]`. */
const joined = ([channels = 1, multiplier = 1, ...window]: ReadonlyArray<number>): ReadonlyArray<number> => [
  channels * multiplier,
  1,
  ...window
]

/** A parameter of this library's as PyTorch has it: what `shapeFrom` and `valuesFrom` are the inverse of. */
export const toTorch = (
  data: Float32Array,
  spec: Pick<ParameterSpec, "layout" | "shape">
): { readonly data: Float32Array; readonly shape: ReadonlyArray<number> } => {
  const layout = of(spec)
  if (layout === "plain" || spec.shape.length < 2) return { data, shape: spec.shape }
  const back = inverse(orders[layout](spec.shape.length))
  const shape = back.map((axis) => side(spec.shape, axis))
  return {
    data: permuted(data, spec.shape, back),
    shape: layout === "depthwise" ? joined(shape) : shape
  }
}
