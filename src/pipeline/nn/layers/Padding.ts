/** Windows that convolutions and pools move over a picture, and what is put around the picture for them. */
import type * as TF from "@tensorflow/tfjs-core"
import { refuse } from "../Pass.ts"

type Pair = readonly [before: number, after: number]

/**
 * `same` is TensorFlow's SAME: as many outputs as inputs, over the stride, with the odd zero at the end. `valid` adds
 * none. A number adds as many on every side, as PyTorch's nets do; `[rows, columns]` above and below, left and right;
 * two pairs all four: `[[top, bottom], [left, right]]`.
 */
export type Padding = "same" | "valid" | number | readonly [number, number] | readonly [Pair, Pair]

export interface WindowOptions {
  readonly kernel: number | Pair
  readonly stride?: number | Pair
  readonly dilation?: number | Pair
  readonly padding?: Padding
}

export interface Window {
  /** `[height, width]` of each. */
  readonly kernel: Pair
  readonly stride: Pair
  readonly dilation: Pair
  readonly padding: Padding
}

export const pairOf = (value: number | Pair): Pair => (typeof value === "number" ? [value, value] : value)

/** The rows above and below, and the columns left and right. */
export type Sides = readonly [Pair, Pair]

const sidesOf = (padding: Exclude<Padding, string>): Sides => {
  const [rows, columns] = typeof padding === "number" ? [padding, padding] : padding
  return [pairOf(rows), pairOf(columns)]
}

/** Throws `NetInvalid` unless all are whole numbers from `least` on. */
export const checkWhole = (
  kind: string,
  what: string,
  numbers: ReadonlyArray<number>,
  least: number
): void => {
  if (!numbers.every((n) => Number.isInteger(n) && n >= least))
    refuse(kind, `has the ${what} ${numbers.join(", ")}`, `Use whole numbers, at least ${least}.`)
}

/** The window that a layer's options ask for, each number checked. */
export const windowOf = (kind: string, options: WindowOptions): Window => {
  const { kernel, stride = 1, dilation = 1, padding = "same" } = options
  const window = { kernel: pairOf(kernel), stride: pairOf(stride), dilation: pairOf(dilation), padding }
  for (const what of ["kernel", "stride", "dilation"] as const) checkWhole(kind, what, window[what], 1)
  if (typeof padding !== "string") checkWhole(kind, "padding", sidesOf(padding).flat(), 0)
  return window
}

/** What SAME adds to an axis of `length`. */
const sameSides = (length: number, kernel: number, stride: number, dilation: number): Pair => {
  const reach = (kernel - 1) * dilation + 1
  const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length)
  const before = Math.floor(total / 2)
  return [before, total - before]
}

/** What is put around a picture of `[batch, height, width, channels]`. */
export const sides = (shape: ReadonlyArray<number>, window: Window): Sides => {
  const { padding, kernel, stride, dilation } = window
  if (padding === "valid") return sidesOf(0)
  if (padding !== "same") return sidesOf(padding)
  const same = (axis: 0 | 1) => sameSides(shape[axis + 1] ?? 0, kernel[axis], stride[axis], dilation[axis])
  return [same(0), same(1)]
}

const equals = (a: Sides, b: Sides): boolean => a.flat().every((side, i) => side === b.flat()[i])

export interface Padded {
  readonly x: TF.Tensor4D
  readonly pad: "same" | "valid"
}

/** The picture with `value` around it: what is asked for, nothing spared. */
export const surround = (tf: typeof TF, x: TF.Tensor4D, [rows, columns]: Sides, value = 0): TF.Tensor4D =>
  [...rows, ...columns].every((side) => side === 0)
    ? x
    : tf.pad4d(x, [[0, 0], [...rows], [...columns], [0, 0]], value)

/** The picture with explicit padding, unless SAME would add the same: not every engine knows explicit padding. */
export const pad = (tf: typeof TF, x: TF.Tensor4D, window: Window, value = 0): Padded => {
  const { padding } = window
  if (padding === "same" || padding === "valid") return { x, pad: padding }
  const asked = sides(x.shape, window)
  const same = sides(x.shape, { ...window, padding: "same" })
  return equals(asked, same) && !equals(asked, sidesOf(0))
    ? { x, pad: "same" }
    : { x: surround(tf, x, asked, value), pad: "valid" }
}
