/** What the task needs of a net: logits of each picture, and what training left of the running statistics. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Layers from "../../../pipeline/nn/Layers.ts"
import type { Model, Params, Variables } from "../../../pipeline/nn/Model.ts"
import * as Random from "../../../pipeline/nn/Random.ts"

/** The counters that key dropout; they matter in training only. */
export interface Draw {
  readonly seed: number
  readonly counter: number
}

export interface Classified {
  /** `[batch, classes]`, float32, before their softmax. */
  readonly logits: TF.Tensor2D
  /** Running statistics after a pass in training; empty in evaluation. */
  readonly buffers: Params
}

export interface Net extends Model {
  /**
   * `images` `[batch, height, width, channels]`, float32, normalised. Synchronous tensor code for the step's tidy.
   * With `draw` it trains: batch statistics, and dropout if the net has any.
   */
  readonly apply: (
    context: Layers.ForwardContext,
    variables: Variables,
    images: TF.Tensor4D,
    draw?: Draw
  ) => Classified
}

export interface Parts {
  readonly name: string
  readonly features: Layers.Layer
  /** Channels that `features` gives. */
  readonly width: number
  readonly classes: number
  /** Part of the features that a training step leaves out, in [0, 1). */
  readonly dropout: number
}

/** A net of features, their mean over the picture, and one linear layer `fc` (Lin et al., 2013). */
export const make = ({ name, features, width, classes, dropout }: Parts): Net => {
  const head = Layers.dense("fc", { inputs: width, outputs: classes })
  return {
    name,
    parameters: [...features.parameters, ...head.parameters],
    apply: (context, variables, images, draw) => {
      const pass = Layers.beginPass(context, variables, draw === undefined ? "evaluate" : "train")
      const pooled = Layers.spatialMean(pass, features.apply(pass, images))
      const kept = draw === undefined ? pooled : dropped(pass, pooled, dropout, draw)
      return { logits: head.apply(pass, kept), buffers: Layers.updatedBuffers(pass) }
    }
  }
}

/** Leaves features out and scales the others up to the same mean (Srivastava et al., 2014), drawn on the host. */
const dropped = ({ tf }: Layers.Pass, x: TF.Tensor2D, rate: number, { seed, counter }: Draw): TF.Tensor2D => {
  if (rate === 0) return x
  const random = Random.make(seed, counter, Random.keyOf("dropout"))
  const kept = 1 / (1 - rate)
  const mask = Float32Array.from({ length: x.size }, () => (random.chance(rate) ? 0 : kept))
  return tf.mul<TF.Tensor2D>(x, tf.tensor2d(mask, x.shape))
}
