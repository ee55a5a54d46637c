/** Zeros around a picture, as convolutions and pools ask for them. */
import type * as TF from "@tensorflow/tfjs-core"

type Pair = readonly [before: number, after: number]

/**
 * `same` is TensorFlow's SAME: as many outputs as inputs, over the stride, with the odd zero at the end. `valid` adds
 * none. A number adds as many on every side, as PyTorch's nets do; `[rows, columns]` above and below, left and right;
 * two pairs all four: `[[top, bottom], [left, right]]`.
 */
export type Padding = "same" | "valid" | number | readonly [number, number] | readonly [Pair, Pair]

export interface Window {
  /** `[height, width]` of each. */
  readonly kernel: Pair
  readonly stride: Pair
  readonly dilation: Pair
  readonly padding: Padding
}

export const pairOf = (value: number | Pair): Pair => (typeof value === "number" ? [value, value] : value)

const sidesOf = (
  padding: number | readonly [number, number] | readonly [Pair, Pair]
): readonly [Pair, Pair] => {
  if (typeof padding === "number")
    return [
      [padding, padding],
      [padding, padding]
    ]
  const [rows, columns] = padding
  return [pairOf(rows), pairOf(columns)]
}

/** What SAME adds to an axis of `length`. */
const sameSides = (length: number, kernel: number, stride: number, dilation: number): Pair => {
  const reach = (kernel - 1) * dilation + 1
  const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length)
  const before = Math.floor(total / 2)
  return [before, total - before]
}

const equals = (a: Pair, b: Pair): boolean => a[0] === b[0] && a[1] === b[1]

export interface Padded {
  readonly x: TF.Tensor4D
  readonly pad: "same" | "valid"
}

/** The picture with explicit zeros, unless SAME would add the same ones: not every engine knows explicit padding. */
export const pad = (tf: typeof TF, x: TF.Tensor4D, window: Window, value = 0): Padded => {
  const { padding, kernel, stride, dilation } = window
  if (padding === "same" || padding === "valid") return { x, pad: padding }
  const [rows, columns] = sidesOf(padding)
  const same = (axis: 0 | 1) => sameSides(x.shape[axis + 1] ?? 0, kernel[axis], stride[axis], dilation[axis])
  if (equals(rows, same(0)) && equals(columns, same(1))) return { x, pad: "same" }
  if ([...rows, ...columns].every((side) => side === 0)) return { x, pad: "valid" }
  return { x: tf.pad4d(x, [[0, 0], [...rows], [...columns], [0, 0]], value), pad: "valid" }
}
