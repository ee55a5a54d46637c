/**
 * Puts every gradient into TensorFlow.js' registry. tfjs-core for Node has none; the union package that would
 * register them adds 220 MB and 60 ms of start-up.
 */
import type { Tf } from "../../../pipeline/device/Device.ts"
import { binaries } from "./Binary.ts"
import { convolutions } from "./Convolution.ts"
import { toConfig } from "./Gradient.ts"
import { layouts } from "./Layout.ts"
import { pools } from "./Pooling.ts"
import { products } from "./Product.ts"
import { reductions } from "./Reduction.ts"
import { selections } from "./Selection.ts"
import { unary } from "./Unary.ts"

export const gradients = [
  ...unary,
  ...binaries,
  ...reductions,
  ...layouts,
  ...selections,
  ...convolutions,
  ...pools,
  ...products
]

export const registerGradients = (tf: Tf): void => {
  for (const gradient of gradients) tf.registerGradient(toConfig(tf, gradient))
}

/**
 * Keeps the gradients of an engine that is open: called before tensors are computed, it registers them again if another
 * module has replaced them. `@tensorflow/tfjs-layers` does so when it is loaded.
 */
export const keeping = (tf: Tf): (() => void) => {
  const own = gradients.flatMap(({ kernel }) => tf.getGradient(kernel) ?? [])
  // Every step asks, so one of them answers for all: who replaces gradients replaces that of a ReLU.
  const sample = own.find(({ kernelName }) => kernelName === "Relu")
  return () => {
    if (tf.getGradient("Relu") === sample) return
    for (const gradient of own) tf.registerGradient(gradient)
  }
}
