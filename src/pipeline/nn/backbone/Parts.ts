/** What backbones have in common: their options, and the features that detectors take from them. */
import type * as TF from "@tensorflow/tfjs-core"
import type * as Nn from "../layers/Nn.ts"

export interface BackboneOptions {
  /** Channels of pictures. Default 3. */
  readonly channels?: number
  /** Values of the last layer. Default 1000, ImageNet's. */
  readonly classes?: number
  /** Part of the last features that a training step leaves out, in [0, 1). */
  readonly dropout?: number
}

/**
 * Pictures `[batch, height, width, channels]` to features `[batch, height / stride, width / stride, channels]` at
 * growing strides, each rounded up; the parameters are those of the backbone but for its classifier.
 */
export interface Features extends Nn.Module<TF.Tensor4D, ReadonlyArray<TF.Tensor4D>> {
  readonly channels: ReadonlyArray<number>
  /** Pixels of the picture from one value of a feature to the next. */
  readonly strides: ReadonlyArray<number>
}

/** Pictures `[batch, height, width, channels]` to logits `[batch, classes]`. */
export interface Backbone extends Nn.Module<TF.Tensor4D, TF.Tensor2D> {
  /** What it sees of a picture at the end of each stage, for detectors and segmenters. */
  readonly features: Features
}
