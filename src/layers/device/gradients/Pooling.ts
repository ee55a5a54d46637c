/** Gradients of pools, local response normalisation and image resizing: each is a separate kernel. */
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Window from "../internal/Window.ts"
import { type Gradient, run, type Step } from "./Gradient.ts"

const maxPool = (kernel: string): Gradient => ({
  kernel,
  inputs: ["x"],
  outputs: [true],
  derive: (step) => ({
    x: () =>
      run(
        step,
        `${kernel}Grad`,
        { dy: step.dy, input: step.saved(0), output: step.saved(1) },
        { ...step.attrs }
      )
  })
})

/** How many pixels of the picture each window along one axis covers. */
const covered = (windows: number, taps: number, stride: number, before: number, length: number) =>
  Array.from({ length: windows }, (_, index) => {
    const start = index * stride - before
    return Math.min(length, start + taps) - Math.max(0, start)
  })

/**
 * Average pools divide by the pixels inside the picture, their gradient kernels by the whole window; at padded
 * borders dy is scaled to compensate.
 */
const averagePool = (step: Step): Tensor => {
  const { tf, dy, attrs } = step
  const x = step.saved(0)
  const info = Window.pool(tf, x.shape, attrs)
  const { padInfo, filterHeight, filterWidth } = info
  const kernel = (gradient: Tensor): Tensor =>
    run(step, "AvgPoolGrad", { dy: gradient, input: x }, { ...attrs })
  if (padInfo.top + padInfo.bottom + padInfo.left + padInfo.right === 0) return kernel(dy)
  const rows = covered(info.outHeight, filterHeight, info.strideHeight, padInfo.top, info.inHeight)
  const columns = covered(info.outWidth, filterWidth, info.strideWidth, padInfo.left, info.inWidth)
  const share = (counts: ReadonlyArray<number>, taps: number) => counts.map((count) => taps / count)
  const byRow = tf.tensor4d(share(rows, filterHeight), [1, info.outHeight, 1, 1])
  const byColumn = tf.tensor4d(share(columns, filterWidth), [1, 1, info.outWidth, 1])
  return kernel(tf.mul(dy, tf.mul(byRow, byColumn)))
}

const averagePool3d = (step: Step): Tensor => {
  if (step.attrs?.pad !== "valid" && step.attrs?.pad !== 0) {
    throw new TypeError("the gradient of a padded avgPool3d is not supported")
  }
  return run(step, "AvgPool3DGrad", { dy: step.dy, input: step.saved(0) }, { ...step.attrs })
}

/** The kernel gets all attributes: sampling at pixel centres changes the derivative too. */
const resize = (kernel: string): Gradient => ({
  kernel,
  inputs: ["images"],
  derive: (step) => ({
    images: () => run(step, `${kernel}Grad`, { images: step.saved(0), dy: step.dy }, { ...step.attrs })
  })
})

export const pools: ReadonlyArray<Gradient> = [
  maxPool("MaxPool"),
  maxPool("MaxPool3D"),
  { kernel: "AvgPool", inputs: ["x"], derive: (step) => ({ x: () => averagePool(step) }) },
  { kernel: "AvgPool3D", inputs: ["x"], derive: (step) => ({ x: () => averagePool3d(step) }) },
  resize("ResizeBilinear"),
  resize("ResizeNearestNeighbor"),
  {
    kernel: "LRN",
    inputs: ["x"],
    outputs: [true],
    derive: (step) => ({
      x: () => run(step, "LRNGrad", { x: step.saved(0), y: step.saved(1), dy: step.dy }, { ...step.attrs })
    })
  }
]
