/** Layers that draw random numbers, made to draw them from the pass: keyed, so that a resumed run draws the same. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Placed } from "./Names.ts"
import { classOf, field, isObject } from "./Package.ts"
import type { Pass, Recording } from "./Recording.ts"
import { passOf } from "./Recording.ts"

type Noise = (tf: typeof TF, x: TF.Tensor, level: number, seed: number) => TF.Tensor

const gaussianNoise: Noise = (tf, x, deviation, seed) =>
  tf.add(x, tf.randomNormal(x.shape, 0, deviation, "float32", seed))

/** Srivastava et al., 2014, section 10. */
const gaussianDropout: Noise = (tf, x, rate, seed) =>
  tf.mul(x, tf.randomNormal(x.shape, 1, Math.sqrt(rate / (1 - rate)), "float32", seed))

/** What SELU tends to far below zero: minus its scale times its alpha (Klambauer et al., 2017). */
const saturation = -1.0507009873554805 * 1.6732632423543772

/** Klambauer et al., 2017: what is dropped saturates, and an affine map restores mean 0 and variance 1. */
const alphaDropout: Noise = (tf, x, rate, seed) => {
  const kept = tf.cast(tf.greaterEqual(tf.randomUniform(x.shape, 0, 1, "float32", seed), rate), "float32")
  const dropped = tf.add(tf.mul(x, kept), tf.mul(tf.sub(1, kept), saturation))
  const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * saturation ** 2))
  return tf.add(tf.mul(dropped, scale), -scale * rate * saturation)
}

/** Layers whose draws take no seed, and the field with their level. */
const unseeded: Readonly<Record<string, { readonly noise: Noise; readonly level: string }>> = {
  GaussianNoise: { noise: gaussianNoise, level: "stddev" },
  GaussianDropout: { noise: gaussianDropout, level: "rate" },
  AlphaDropout: { noise: alphaDropout, level: "rate" }
}

type Draw = () => { readonly tf: Pass["tf"]; readonly seed: number }

const first = (inputs: TF.Tensor | ReadonlyArray<TF.Tensor>): TF.Tensor | undefined =>
  "shape" in inputs ? inputs : inputs[0]

/** Gives a layer a `call` of ours: noise in training, nothing in evaluation or without a level. */
const replaceCall = (layer: object, draw: Draw): void => {
  const kind = unseeded[classOf(layer)]
  if (kind === undefined) return
  const level = Number(field(layer, kind.level))
  const call = (inputs: TF.Tensor | ReadonlyArray<TF.Tensor>, options: { readonly training?: boolean }) => {
    const x = first(inputs)
    if (x === undefined || options.training !== true || level <= 0) return inputs
    const { tf, seed } = draw()
    return tf.tidy(() => kind.noise(tf, x, level, seed))
  }
  Reflect.set(layer, "call", call)
}

/** Makes all of a layer's randomness depend on `pass.draw` with the layer's name. */
export const key = (recording: Recording, { layer, path }: Placed): void => {
  const draw: Draw = () => {
    const pass = passOf(recording)
    return { tf: pass.tf, seed: pass.draw(path.join(".")) }
  }
  replaceCall(layer, draw)
  // Dropout, and whatever else takes a seed: read once for each draw.
  if ("seed" in layer) Object.defineProperty(layer, "seed", { get: () => draw().seed })
  const generator = field(layer, "randomGenerator")
  if (isObject(generator)) Reflect.set(generator, "next", () => draw().seed)
  // Cells of recurrent layers.
  if ("dropoutFunc" in layer) {
    const dropout = (ones: TF.Tensor, rate: number) => {
      const { tf, seed } = draw()
      return tf.dropout(ones, rate, undefined, seed)
    }
    Reflect.set(layer, "dropoutFunc", dropout)
  }
}

const isTensor = (value: unknown): value is TF.Tensor => isObject(value) && "dataId" in value

/** Recurrent cells keep their masks for the next step of the sequence, and after the last. */
export const clearMasks = ({ layer }: Placed): void => {
  for (const name of ["dropoutMask", "recurrentDropoutMask"]) {
    const masks = field(layer, name)
    if (!isObject(masks)) continue
    for (const mask of Array.isArray(masks) ? masks : [masks]) if (isTensor(mask)) mask.dispose()
    Reflect.set(layer, name, null)
  }
}
