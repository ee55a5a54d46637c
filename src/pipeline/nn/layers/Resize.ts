/** Pictures in another size, by the sampling of PyTorch's `interpolate`. */
import type * as TF from "@tensorflow/tfjs-core"
import { alongAxis } from "../AlongAxis.ts"
import type { Module } from "../Module.ts"
import { expect, refuse, visit } from "../Pass.ts"
import * as Padding from "./Padding.ts"

export interface Sampling {
  /**
   * `bilinear` mixes four pixels; `nearest` takes the pixel at or before `index · ratio`, `nearestExact` the one whose
   * centre is nearest. Default `bilinear`.
   */
  readonly method?: "bilinear" | "nearest" | "nearestExact"
  /** For `bilinear`: whether the centres of corner pixels stay in place, or the picture's corners (the default). */
  readonly alignCorners?: boolean
}

export interface ResizeOptions extends Sampling {
  /** `[height, width]` of the result, one number for both. Either this or `scale`. */
  readonly size?: number | readonly [number, number]
  /** What both sides are multiplied by, and rounded down: `[rows, columns]`, or one number. */
  readonly scale?: number | readonly [number, number]
}

const KIND = "resize"

/** Two input pixels, and the weight of the second. */
type Sample = readonly [low: number, high: number, weight: number]

/** Where output pixel `i` reads an axis of `from` pixels; `step` is the input pixels from one output to the next. */
const sample = (i: number, from: number, step: number, { method, alignCorners }: Sampling): Sample => {
  const last = from - 1
  if (method === "nearest" || method === "nearestExact") {
    const at = Math.min(last, Math.floor(method === "nearest" ? i * step : (i + 0.5) * step))
    return [at, at, 0]
  }
  const at = alignCorners === true ? i * step : Math.max(0, (i + 0.5) * step - 0.5)
  const low = Math.min(last, Math.floor(at))
  return [low, Math.min(last, low + 1), at - low]
}

/** `[to, from]` weights of an axis. */
const weights = (from: number, to: number, step: number, sampling: Sampling): Float32Array => {
  const matrix = new Float32Array(to * from)
  for (let i = 0; i < to; i++) {
    const [low, high, weight] = sample(i, from, step, sampling)
    matrix[i * from + low] = 1 - weight
    if (weight > 0) matrix[i * from + high] = (matrix[i * from + high] ?? 0) + weight
  }
  return matrix
}

/** As two products, for ratios that are not those of the sizes. */
const byProducts = (
  tf: typeof TF,
  x: TF.Tensor4D,
  [height, width]: readonly [number, number],
  steps: readonly [number, number],
  sampling: Sampling
): TF.Tensor4D => {
  const [, rows, columns] = x.shape
  const tall = alongAxis(tf, x, 1, weights(rows, height, steps[0], sampling), height)
  return alongAxis(tf, tall, 2, weights(columns, width, steps[1], sampling), width)
}

/** `x` `[batch, height, width, channels]` in the size `[height, width]`. */
export const resizeTo = (
  tf: typeof TF,
  x: TF.Tensor4D,
  size: readonly [number, number],
  { method = "bilinear", alignCorners = false }: Sampling = {}
): TF.Tensor4D => {
  if (size[0] === x.shape[1] && size[1] === x.shape[2]) return x
  return method === "bilinear"
    ? tf.image.resizeBilinear(x, [...size], alignCorners, !alignCorners)
    : tf.image.resizeNearestNeighbor(x, [...size], false, method === "nearestExact")
}

const scaled = (
  tf: typeof TF,
  x: TF.Tensor4D,
  [down, right]: readonly [number, number],
  sampling: Sampling
): TF.Tensor4D => {
  const [, rows, columns] = x.shape
  const size = [Math.floor(rows * down), Math.floor(columns * right)] as const
  const exact = size[0] === rows * down && size[1] === columns * right
  return exact || sampling.alignCorners === true
    ? resizeTo(tf, x, size, sampling)
    : byProducts(tf, x, size, [1 / down, 1 / right], sampling)
}

const checkSize = ({ size, scale }: ResizeOptions): void => {
  if ((size === undefined) === (scale === undefined))
    refuse(KIND, "needs either a size or a scale", "Give one of both.")
  if (size !== undefined) Padding.checkWhole(KIND, "size", Padding.pairOf(size), 1)
  if (scale !== undefined && !Padding.pairOf(scale).every((factor) => factor > 0))
    refuse(KIND, `has the scale ${String(scale)}`, "Use numbers above 0.")
}

/**
 * `[batch, height, width, channels]` to `[batch, height', width', channels]`, by a fixed size or a scale: with a scale,
 * samples lie `1 / scale` apart, as in PyTorch, even where the result's size is rounded. In a `struct`, `resizeTo`
 * makes a picture as large as another.
 */
export const resize = (options: ResizeOptions): Module<TF.Tensor4D, TF.Tensor4D> => {
  checkSize(options)
  const { size, scale = 1, method = "bilinear", alignCorners = false } = options
  if (alignCorners && method !== "bilinear")
    refuse(KIND, `aligns corners of ${method} sampling`, "Leave `alignCorners` out, or sample bilinearly.")
  return {
    kind: KIND,
    parameters: [],
    apply: (pass, x) => {
      expect(pass, KIND, x, ["batch", "height", "width", "channels"])
      const y =
        size === undefined
          ? scaled(pass.tf, x, Padding.pairOf(scale), options)
          : resizeTo(pass.tf, x, Padding.pairOf(size), options)
      visit(pass, KIND, x, y)
      return y
    }
  }
}

/**
 * Repeats pixels: `[batch, height, width, channels]` to `[batch, factor·height, factor·width, channels]`, PyTorch's
 * `Upsample` with its nearest mode. Default twice.
 */
export const upsample = (factor = 2): Module<TF.Tensor4D, TF.Tensor4D> => {
  Padding.checkWhole("upsample", "factor", [factor], 1)
  return resize({ scale: factor, method: "nearest" })
}
