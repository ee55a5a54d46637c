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
import * as Nn from "../../../pipeline/nn/layers/Nn.ts"
import { type DbnetOptions, multipleOf } from "./DbnetOptions.ts"

export * from "./DbnetOptions.ts"

/** Both maps `[batch, height, width, 1]`, float32, before their sigmoids. */
export interface Maps {
  readonly probability: TF.Tensor4D
  readonly threshold: TF.Tensor4D
}

/**
 * Of `images` `[batch, height, width, 3]`, any number type, RGB in [0, 255]: the net normalises them itself, so that
 * callers cannot forget it.
 */
export interface Dbnet extends Nn.Net<TF.Tensor4D, Maps> {
  /** Both sides of every input are multiples of this, in pixels. */
  readonly multiple: number
  /** Evaluates only the probability map: `[batch, height, width, 1]`, in [0, 1]. */
  readonly probability: Nn.Net<TF.Tensor4D, TF.Tensor4D>["evaluate"]
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

interface Sizes {
  readonly inputs: number
  readonly outputs: number
  /** Pixels between outputs. Default 1. */
  readonly stride?: number
}

/** What checkpoints call the parameters of a convolution and its norm. */
const names = {
  "conv.weight": "weight",
  "conv.bias": "bias",
  "norm.weight": "gamma",
  "norm.bias": "beta",
  "norm.running_mean": "mean",
  "norm.running_var": "variance"
}

/** A convolution, its norm and perhaps a ReLU. Running variances divide by n, as in all checkpoints of this net. */
const convolution = (kernel: number, sizes: Sizes, activation = Nn.identity) =>
  Nn.rename(
    Nn.sequential({
      conv: Nn.conv2d({ ...sizes, kernel, bias: false }),
      norm: Nn.batchNorm(sizes.outputs, { unbiased: false }),
      activation
    }),
    names
  )

/** Two 3×3 convolutions beside a shortcut, to which a 1×1 convolution is applied if width or stride change. */
const residual = (sizes: Sizes) => {
  const { inputs, outputs, stride } = sizes
  const body = Nn.sequential({
    first: convolution(3, sizes, Nn.relu),
    second: convolution(3, { inputs: outputs, outputs })
  })
  const changes = stride !== undefined || inputs !== outputs
  const shortcut = changes ? { shortcut: convolution(1, sizes) } : {}
  return Nn.residual(body, { shortcut, activation: Nn.relu })
}

/** `name1`, `name2`, … */
const numbered = <A>(name: string, items: ReadonlyArray<A>): { readonly [key: string]: A } =>
  Object.fromEntries(items.map((item, i) => [`${name}${i + 1}`, item]))

const stage = (inputs: number, outputs: number, blocks: number) => {
  const rest = Array.from({ length: blocks - 1 }, () => residual({ inputs: outputs, outputs }))
  return Nn.sequential(numbered("block", [residual({ inputs, outputs, stride: 2 }), ...rest]))
}

/** As a batch normalisation with ImageNet's statistics: one pass, whereas broadcasting takes two slow ones. */
const normalise = (tf: typeof TF, images: TF.Tensor4D): TF.Tensor4D => {
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

/** Pictures to their features at 1/4, 1/8, …. */
const encoder = ({ stem: width, widths, blocks }: DbnetOptions) => {
  const stem = convolution(3, { inputs: 3, outputs: width, stride: 2 }, Nn.relu)
  const stages = widths.map((outputs, i) => stage(widths[i - 1] ?? width, outputs, blocks))
  return Nn.struct({ stem, ...numbered("stage", stages) }, (parts, images: TF.Tensor4D, { tf }) => {
    let x = normalise(tf, images)
    const [, ...features] = Object.values(parts).map((part) => (x = part(x)))
    return features
  })
}

/** All features at 1/4, each added to those above it. */
const neck = ({ widths, neck: outputs }: DbnetOptions) => {
  const laterals = widths.map((inputs) => convolution(1, { inputs, outputs }))
  const twice = Nn.upsample()
  return Nn.struct(numbered("lateral", laterals), (parts, features: ReadonlyArray<TF.Tensor4D>, pass) => {
    const sides = features.map((feature, i) => parts[`lateral${i + 1}`]?.(feature) ?? feature)
    const merged = sides.reduceRight((coarse, fine) =>
      pass.tf.add<TF.Tensor4D>(fine, twice.apply(pass, coarse))
    )
    return pass.tf.relu(merged)
  })
}

/** Logits of a map, one for each pixel of the block that a feature covers. */
const output = (inputs: number, bias: number) =>
  Nn.rename(
    Nn.sequential({
      conv: Nn.conv2d({
        kernel: 1,
        inputs,
        outputs: block * block,
        init: Nn.Initial.normal(0.01),
        biasInit: Nn.Initial.constant(bias)
      }),
      spread: Nn.depthToSpace(block)
    }),
    names
  )

/** `side`, height and width of the pictures that it trains on in pixels, is for the summary. */
export const make = (name: string, options: DbnetOptions, side?: number): Dbnet => {
  const features = { encoder: encoder(options), neck: neck(options) }
  const hidden = convolution(3, { inputs: options.neck, outputs: options.head }, Nn.relu)
  const probability = output(options.head, Math.log(prior / (1 - prior)))
  const threshold = output(options.head, 0)

  const net = <Out>(head: Nn.Module<TF.Tensor4D, Out>) =>
    Nn.model(
      name,
      Nn.struct({ ...features, head }, ({ encoder, neck, head }, images: TF.Tensor4D) =>
        head(neck(encoder(images)))
      ),
      { input: side === undefined ? undefined : [side, side, 3] }
    )
  const maps = Nn.struct({ hidden, probability, threshold }, (head, x: TF.Tensor4D): Maps => {
    const y = head.hidden(x)
    return { probability: head.probability(y), threshold: head.threshold(y) }
  })
  return {
    ...net(maps),
    multiple: multipleOf(options),
    probability: net(Nn.sequential({ hidden, probability, sigmoid: Nn.sigmoid })).evaluate
  }
}
