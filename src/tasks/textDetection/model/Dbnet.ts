/**
 * DBNet, a text detector that learns its own binarisation threshold: Liao et al., "Real-time Scene Text Detection
 * with Differentiable Binarization", AAAI 2020, in a size that can be trained on a CPU.
 *
 * A residual encoder produces features at 1/4, 1/8, 1/16, … of the input; a top-down pyramid (Lin et al., 2017) adds
 * them at 1/4; the head predicts, for each of the 4×4 pixels that a feature covers, a probability and a threshold
 * (sub-pixel convolution; Shi et al., 2016), so both maps have the input's own resolution while nearly all
 * arithmetic happens at 1/4 and below.
 */
import type * as TF from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import * as Layers from "../../../pipeline/nn/Layers.ts"
import type { Model, Params, Variables } from "../../../pipeline/nn/Model.ts"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4096 }))
/**
 * Each stage halves the resolution, and both sides of an input are multiples of 2 to the power of their number plus
 * one.
 */
const Stages = Schema.NonEmptyArray(Count).check(Schema.isMaxLength(8))

/** About 0.30 million parameters; for real receipts. */
export const dbnet = { stem: 16, widths: [32, 48, 64, 96] as const, blocks: 1, neck: 48, head: 48 }

/** Sizes of the net; left out, they are those of `dbnet`. Channels are fastest in multiples of 8. */
export const DbnetOptions = Schema.Struct({
  /** Channels of the first convolution, at 1/2 of the input. */
  stem: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.stem))),
  /** Channels of the encoder's stages, at 1/4, 1/8, … of the input. */
  widths: Stages.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.widths))),
  /** Residual blocks in each stage. */
  blocks: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.blocks))),
  /** Channels of the feature pyramid. */
  neck: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.neck))),
  /** Channels of the head's hidden layer. */
  head: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.head)))
})
export type DbnetOptions = typeof DbnetOptions.Type

/** About 0.08 million parameters, half the time; for a first look at synthetic receipts. */
export const dbnetTiny: DbnetOptions = { stem: 8, widths: [16, 24, 32, 48], blocks: 1, neck: 24, head: 24 }

/**
 * Memory per pixel of an input, in bytes, of everything that a pass holds at the same time. The part that depends on
 * the net counts its channels at their resolutions; the factors were measured on the wasm engine.
 */
export const bytesPerPixel = (options: DbnetOptions, mode: Layers.Mode): number => {
  const encoder = options.widths.reduce((sum, width, i) => sum + (width * options.blocks) / 4 ** (i + 2), 0)
  const rest = options.stem / 4 + (options.neck * 4) / 3 / 16 + options.head / 16
  return mode === "train" ? 260 + 26 * (encoder + rest) : 90 + 10 * (encoder + rest)
}

/** Both maps `[batch, height, width, 1]`, float32, before their sigmoids. */
export interface DbnetOutput {
  readonly probability: TF.Tensor4D
  readonly threshold: TF.Tensor4D
  /** Running statistics after a pass in training; empty in evaluation. */
  readonly buffers: Params
}

export interface Dbnet extends Model {
  /** Both sides of every input are multiples of this, in pixels. */
  readonly multiple: number
  /**
   * `images` `[batch, height, width, 3]`, any number type, RGB in [0, 255]: the model normalises them itself, so that
   * callers cannot forget it. Synchronous tensor code for the step's tidy.
   */
  readonly forward: (
    context: Layers.ForwardContext,
    variables: Variables,
    images: TF.Tensor4D,
    mode: Layers.Mode
  ) => DbnetOutput
  /** Evaluates only the probability map: `[batch, height, width, 1]`, in [0, 1]. */
  readonly probability: (
    context: Layers.ForwardContext,
    variables: Variables,
    images: TF.Tensor4D
  ) => TF.Tensor4D
}

/** Mean and deviation of ImageNet's pixels, the usual constants of normalisation, per RGB channel in [0, 255]. */
export const normalisation = { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] } as const

/**
 * Fraction of pixels that the untrained net classifies as text: small, or the first steps would have to undo a full
 * page.
 */
const prior = 0.05

/** Sides of the block of pixels that one feature at 1/4 predicts. */
const block = 4

export const make = (name: string, options: DbnetOptions): Dbnet => {
  const stem = Layers.normalisedConvolution("encoder.stem", {
    kernel: 3,
    inputs: 3,
    outputs: options.stem,
    stride: 2
  })
  const stages = options.widths.map((outputs, i) =>
    stage(`encoder.stage${i + 1}`, options.widths[i - 1] ?? options.stem, outputs, options.blocks)
  )
  const laterals = options.widths.map((inputs, i) =>
    Layers.normalisedConvolution(`neck.lateral${i + 1}`, {
      kernel: 1,
      inputs,
      outputs: options.neck,
      linear: true
    })
  )
  const hidden = Layers.normalisedConvolution("head.hidden", {
    kernel: 3,
    inputs: options.neck,
    outputs: options.head
  })
  const probability = output("head.probability", options.head, Math.log(prior / (1 - prior)))
  const threshold = output("head.threshold", options.head, 0)

  const features = (pass: Layers.Pass, images: TF.Tensor4D): TF.Tensor4D => {
    const pyramid: Array<TF.Tensor4D> = []
    let x = stem.apply(pass, normalise(pass, images))
    for (const [i, each] of stages.entries()) {
      x = each.apply(pass, x)
      pyramid.push(laterals[i]?.apply(pass, x) ?? x)
    }
    const merged = pyramid.reduceRight((coarse, fine) =>
      pass.tf.add<TF.Tensor4D>(fine, Layers.repeatPixels(pass.tf, coarse))
    )
    return hidden.apply(pass, pass.tf.relu(merged))
  }

  return {
    name,
    multiple: 2 ** (options.widths.length + 1),
    parameters: [stem, ...stages, ...laterals, hidden, probability, threshold].flatMap(
      (layer) => layer.parameters
    ),
    forward: (context, variables, images, mode) => {
      const pass = Layers.beginPass(context, variables, mode)
      const x = features(pass, images)
      return {
        probability: Layers.depthToSpace(pass.tf, probability.apply(pass, x), block),
        threshold: Layers.depthToSpace(pass.tf, threshold.apply(pass, x), block),
        buffers: Layers.updatedBuffers(pass)
      }
    },
    probability: (context, variables, images) => {
      const pass = Layers.beginPass(context, variables, "evaluate")
      const logits = probability.apply(pass, features(pass, images))
      return pass.tf.sigmoid(Layers.depthToSpace(pass.tf, logits, block))
    }
  }
}

/** As a batch normalisation with ImageNet's statistics: one pass, whereas broadcasting takes two slow ones. */
const normalise = (pass: Layers.Pass, images: TF.Tensor4D): TF.Tensor4D => {
  const { tf } = pass
  const variance = normalisation.deviation.map((deviation) => deviation * deviation)
  return tf.batchNorm4d(
    tf.cast(images, "float32"),
    tf.tensor1d([...normalisation.mean]),
    tf.tensor1d(variance),
    tf.tensor1d([0, 0, 0]),
    tf.tensor1d([1, 1, 1]),
    0
  )
}

const stage = (name: string, inputs: number, outputs: number, blocks: number): Layers.Layer => {
  const parts = Array.from({ length: blocks }, (_, i) =>
    Layers.residual(
      `${name}.block${i + 1}`,
      i === 0 ? { inputs, outputs, stride: 2 } : { inputs: outputs, outputs }
    )
  )
  return {
    parameters: parts.flatMap((part) => part.parameters),
    apply: (pass, x) => parts.reduce((y, part) => part.apply(pass, y), x)
  }
}

/** Logits of a map, one for each pixel of the block that a feature covers. */
const output = (name: string, inputs: number, bias: number): Layers.Layer =>
  Layers.convolution(name, {
    kernel: 1,
    inputs,
    outputs: block * block,
    deviation: 0.01,
    bias: new Float32Array(block * block).fill(bias)
  })
