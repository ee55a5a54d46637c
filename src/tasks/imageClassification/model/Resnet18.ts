/**
 * ResNet-18 (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016), parameter for parameter as
 * torchvision's: the same names, filters as `[height, width, inputs, outputs]` and `fc.weight` as `[inputs, outputs]`.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import * as Layers from "../../../pipeline/nn/Layers.ts"
import { Decay, field } from "../../../pipeline/plan/Plan.ts"
import * as Net from "./Net.ts"

export const Resnet18Options = Schema.Struct({
  kind: Schema.tag("resnet18"),
  stem: field(
    Schema.Literals(["imagenet", "small"]),
    "imagenet",
    "imagenet begins with a 7×7 convolution and a pool, to a quarter of the side; small with a 3×3 convolution at full size, for pictures of about 32 pixels."
  ),
  dropout: field(Decay, 0, "Part of the last features that a training step leaves out.")
})
export type Resnet18Options = typeof Resnet18Options.Type

const WIDTHS = [64, 128, 256, 512] as const
const BLOCKS = 2

export const make = (
  { stem, dropout }: Omit<Resnet18Options, "kind">,
  { channels, classes }: { readonly channels: number; readonly classes: number }
): Net.Net => {
  const stages = WIDTHS.map((outputs, i) =>
    stage(`layer${i + 1}`, WIDTHS[i - 1] ?? 64, outputs, i === 0 ? 1 : 2)
  )
  const first = stem === "small" ? smallStem(channels) : largeStem(channels)
  return Net.make({
    name: "resnet18",
    features: Layers.chain([first, ...stages]),
    width: 512,
    classes,
    dropout
  })
}

const begin = (inputs: number, kernel: number, stride: number): Layers.Layer =>
  Layers.normalisedConvolution(Layers.pairNames("conv1", "bn1"), {
    kernel,
    inputs,
    outputs: 64,
    stride,
    padding: "both"
  })

/** For pictures of CIFAR's size (section 4.2 of the paper, with the widths of ImageNet's nets). */
const smallStem = (channels: number): Layers.Layer => begin(channels, 3, 1)

const largeStem = (channels: number): Layers.Layer => {
  const convolution = begin(channels, 7, 2)
  return {
    parameters: convolution.parameters,
    apply: (pass, x) => pool(pass.tf, convolution.apply(pass, x))
  }
}

/** The greatest of 3×3 pixels, every second one. Zeros around do what nothing around does: all of x is 0 or more. */
const pool = (tf: typeof TF, x: TF.Tensor4D): TF.Tensor4D =>
  tf.maxPool(Layers.padEvenly(tf, x, 1), 3, 2, "valid")

const stage = (name: string, inputs: number, outputs: number, stride: number): Layers.Layer =>
  Layers.chain(
    Array.from({ length: BLOCKS }, (_, i) =>
      i === 0 ? block(`${name}.0`, inputs, outputs, stride) : block(`${name}.${i}`, outputs, outputs, 1)
    )
  )

/** Two 3×3 convolutions beside a shortcut, which a 1×1 convolution widens and strides where it must. */
const block = (name: string, inputs: number, outputs: number, stride: number): Layers.Layer => {
  const names = (i: number) => Layers.pairNames(`${name}.conv${i}`, `${name}.bn${i}`)
  const first = Layers.normalisedConvolution(names(1), {
    kernel: 3,
    inputs,
    outputs,
    stride,
    padding: "both"
  })
  const second = Layers.normalisedConvolution(names(2), {
    kernel: 3,
    inputs: outputs,
    outputs,
    linear: true
  })
  const shortcut =
    stride === 1 && inputs === outputs
      ? undefined
      : Layers.normalisedConvolution(Layers.pairNames(`${name}.downsample.0`, `${name}.downsample.1`), {
          kernel: 1,
          inputs,
          outputs,
          stride,
          linear: true
        })
  return {
    parameters: [...first.parameters, ...second.parameters, ...(shortcut?.parameters ?? [])],
    apply: (pass, x) => {
      const beside = shortcut === undefined ? x : shortcut.apply(pass, x)
      return pass.tf.relu(pass.tf.add<TF.Tensor4D>(second.apply(pass, first.apply(pass, x)), beside))
    }
  }
}
