/** Batch normalisation without scale or offset, which tfjs-layers cannot train: it reads weights that are not there. */
import type * as TF from "@tensorflow/tfjs-core"
import { classOf, field, isObject } from "./Package.ts"
import { passOf, type Recording } from "./Recording.ts"

const parts = [
  { has: "scale", weight: "gamma", value: 1 },
  { has: "center", weight: "beta", value: 0 }
]

const constant = (tf: typeof TF, channels: number, value: number): TF.Tensor =>
  value === 0 ? tf.zeros([channels]) : tf.ones([channels])

/** Gives the layer constants in their place. */
export const complete = (recording: Recording, layer: object): void => {
  const mean = field(layer, "movingMean")
  if (classOf(layer) !== "BatchNormalization" || !isObject(mean)) return
  const [channels = 0] = [field(mean, "shape")].flat().map(Number)
  for (const { has, weight, value } of parts) {
    if (field(layer, has) !== false) continue
    Reflect.set(layer, weight, { read: () => constant(passOf(recording).tf, channels, value) })
  }
}
