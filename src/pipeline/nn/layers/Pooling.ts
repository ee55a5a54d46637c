/** Pools over windows of a picture: the largest value, or the mean, of each channel. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Module } from "../Module.ts"
import { expect, type Pass, refuse, visit } from "../Pass.ts"
import * as Padding from "./Padding.ts"

export interface MaxPoolOptions {
  /** Height and width of the window, one number for both. */
  readonly kernel: number | readonly [number, number]
  /** Pixels between outputs. Default the kernel: windows side by side. */
  readonly stride?: number | readonly [number, number]
  /** Default `valid`. */
  readonly padding?: Padding.Padding
}

export interface AveragePoolOptions extends MaxPoolOptions {
  /**
   * Whether zeros of an explicit padding count in the mean, PyTorch's `count_include_pad`. Default true. `same` never
   * counts them, as in TensorFlow.
   */
  readonly countPadding?: boolean
}

type Compute = (pass: Pass, x: TF.Tensor4D, window: Padding.Window) => TF.Tensor4D

/** PyTorch's bound: more would leave windows without a pixel. */
const checkPadding = (kind: string, { kernel, padding }: Padding.Window): void => {
  if (typeof padding === "string") return
  const [rows, columns] = Padding.sides([], { kernel, padding, stride: [1, 1], dilation: [1, 1] })
  if (Math.max(...rows) > kernel[0] / 2 || Math.max(...columns) > kernel[1] / 2)
    refuse(
      kind,
      `pads ${[...rows, ...columns].join(", ")} pixels around a window of ${kernel.join(" x ")}`,
      "Pad at most half the window."
    )
}

const pool = (kind: string, options: MaxPoolOptions, compute: Compute): Module<TF.Tensor4D, TF.Tensor4D> => {
  const { kernel, stride = kernel, padding = "valid" } = options
  const window = Padding.windowOf(kind, { kernel, stride, padding })
  checkPadding(kind, window)
  return {
    kind,
    parameters: [],
    apply: (pass, x) => {
      expect(pass, kind, x, ["batch", "height", "width", "channels"])
      const y = compute(pass, x, window)
      visit(pass, kind, x, y)
      return y
    }
  }
}

/** The least float32, in place of -infinity, which not every graphics card computes with. */
const LEAST = -3.4028234663852886e38

/**
 * The largest value of each window: `[batch, height, width, channels]` to `[batch, height', width', channels]`, with
 * `height' = floor((height + padding - kernel) / stride) + 1`. Padding never is the largest.
 */
export const maxPool = (options: MaxPoolOptions): Module<TF.Tensor4D, TF.Tensor4D> =>
  pool("maxPool", options, ({ tf }, picture, window) => {
    const { x, pad } = Padding.pad(tf, picture, window, LEAST)
    return tf.maxPool(x, [...window.kernel], [...window.stride], pad)
  })

/** How many pixels of the picture each window along one axis covers. */
const covered = (
  windows: number,
  length: number,
  kernel: number,
  stride: number,
  before: number
): ReadonlyArray<number> =>
  Array.from({ length: windows }, (_, i) => {
    const start = i * stride - before
    return Math.min(length, start + kernel) - Math.max(0, start)
  })

/** What turns means over whole windows into means over their pixels of the picture, `[1, height', width', 1]`. */
const corrections = (
  tf: typeof TF,
  x: TF.Tensor4D,
  y: TF.Tensor4D,
  { kernel, stride }: Padding.Window,
  sides: Padding.Sides
): TF.Tensor4D => {
  const counts = (axis: 0 | 1) =>
    covered(y.shape[axis + 1] ?? 0, x.shape[axis + 1] ?? 0, kernel[axis], stride[axis], sides[axis][0])
  const columns = counts(1)
  const whole = kernel[0] * kernel[1]
  const factors = counts(0).flatMap((rows) => columns.map((count) => whole / (rows * count)))
  return tf.tensor4d(factors, [1, y.shape[1], y.shape[2], 1])
}

const average = (
  { tf }: Pass,
  picture: TF.Tensor4D,
  window: Padding.Window,
  countPadding: boolean
): TF.Tensor4D => {
  const mean = (x: TF.Tensor4D, pad: "same" | "valid") =>
    tf.avgPool(x, [...window.kernel], [...window.stride], pad)
  if (window.padding === "same") return mean(picture, "same")
  const sides = Padding.sides(picture.shape, window)
  const y = mean(Padding.surround(tf, picture, sides), "valid")
  return countPadding || sides.flat().every((side) => side === 0)
    ? y
    : tf.mul(y, corrections(tf, picture, y, window, sides))
}

/** The mean of each window: `[batch, height, width, channels]` to `[batch, height', width', channels]`, as `maxPool`. */
export const averagePool = (options: AveragePoolOptions): Module<TF.Tensor4D, TF.Tensor4D> => {
  const { countPadding = options.padding !== "same" } = options
  if (countPadding && options.padding === "same")
    refuse("averagePool", "counts the padding of `same`", "Give the padding in pixels, or leave it out.")
  return pool("averagePool", options, (pass, x, window) => average(pass, x, window, countPadding))
}
