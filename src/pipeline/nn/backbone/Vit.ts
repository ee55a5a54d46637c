/** The vision Transformer (Dosovitskiy et al., 2021), with torchvision's names. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Initial from "../Initial.ts"
import { gelu } from "../layers/Activation.ts"
import { multiHeadAttention } from "../layers/Attention.ts"
import { conv2d } from "../layers/Convolution.ts"
import { dense } from "../layers/Dense.ts"
import { dropout } from "../layers/Dropout.ts"
import { layerNorm } from "../layers/LayerNorm.ts"
import type { ParameterSpec } from "../Model.ts"
import { type Module, prefixed, type Same, sequential, struct } from "../Module.ts"
import { expect, inside, type Pass, parameter, refuse } from "../Pass.ts"

export interface VitOptions {
  /** Height and width of pictures, in pixels. */
  readonly image: number
  /** Height and width of a patch, in pixels; it divides the picture. */
  readonly patch: number
  /** Channels of pictures. Default 3. */
  readonly channels?: number
  /** Values of each patch's vector. */
  readonly width: number
  /** Number of blocks. */
  readonly depth: number
  /** Heads of attention; they divide the width. */
  readonly heads: number
  /** Values of the hidden layer of each block. Default 4 · width. */
  readonly hidden?: number
  readonly classes: number
  /** Of what each part of a block gives. Default 0. */
  readonly dropout?: number
  /** Of attention's weights. Default 0. */
  readonly attentionDropout?: number
}

const KIND = "vit"
const EPSILON = 1e-6

/** A normal distribution that keeps the variance of inputs, as torchvision begins the projection of patches. */
const lecun: Initial.Initial = (sized) => Initial.truncatedNormal(Math.sqrt(1 / sized.fanIn))(sized)

const block = (options: VitOptions): Same | Module<TF.Tensor3D, TF.Tensor3D> => {
  const { width, heads, hidden = 4 * width, dropout: p = 0, attentionDropout = 0 } = options
  const linear = (inputs: number, outputs: number): Same =>
    dense({ inputs, outputs, init: Initial.glorotUniform, biasInit: Initial.normal(1e-6) })
  return struct(
    {
      ln_1: layerNorm(width, { epsilon: EPSILON }),
      self_attention: multiHeadAttention({ width, heads, dropout: attentionDropout }),
      dropout: dropout(p),
      ln_2: layerNorm(width, { epsilon: EPSILON }),
      mlp: sequential([linear(width, hidden), gelu, dropout(p), linear(hidden, width), dropout(p)])
    },
    (net, x: TF.Tensor3D, { tf }) => {
      const y = tf.add<TF.Tensor3D>(x, net.dropout(net.self_attention(net.ln_1(x))))
      return tf.add<TF.Tensor3D>(y, net.mlp(net.ln_2(y)))
    }
  )
}

/** `[patches + 1, width]`, the class first. */
const positions = (side: number, width: number): ParameterSpec => {
  const shape = [1, side * side + 1, width]
  const init = Initial.normal(0.02)({ shape, fanIn: 1, fanOut: width })
  return { name: "pos_embedding", shape, trainable: true, decay: false, init }
}

/** Adds the positions, and applies the blocks and the last norm: `[batch, patches + 1, width]` in and out. */
const encoder = (options: VitOptions, side: number): Module<TF.Tensor3D, TF.Tensor3D> => {
  const { width, depth, dropout: p = 0 } = options
  const blocks = Array.from({ length: depth }, (_, i) => [`encoder_layer_${i}`, block(options)] as const)
  const body = struct(
    {
      dropout: dropout(p),
      layers: sequential(Object.fromEntries(blocks)),
      ln: layerNorm(width, { epsilon: EPSILON })
    },
    (net, x: TF.Tensor3D) => net.ln(net.layers(net.dropout(x)))
  )
  return {
    parameters: [positions(side, width), ...body.parameters],
    apply: (pass, x) => body.apply(pass, pass.tf.add(x, parameter(pass, "pos_embedding", 3)))
  }
}

const sideOf = ({ image, patch }: VitOptions): number =>
  Number.isInteger(image / patch)
    ? image / patch
    : refuse(
        KIND,
        `cuts pictures of ${image} pixels into patches of ${patch}`,
        "Use a size that divides them."
      )

/** The class's vector before those of the patches, `[batch, patches + 1, width]`. */
const tokens = (pass: Pass, patches: TF.Tensor4D): TF.Tensor3D => {
  const { tf } = pass
  const [batch, rows, columns, width] = patches.shape
  const own = tf.tile(parameter(pass, "class_token", 3), [batch, 1, 1])
  return tf.concat([own, tf.reshape<TF.Rank.R3>(patches, [batch, rows * columns, width])], 1)
}

/**
 * torchvision's `VisionTransformer`: `[batch, image, image, channels]` to logits `[batch, classes]`. Parameters:
 * `class_token` `[1, 1, width]`, `conv_proj`, `encoder.pos_embedding` `[1, patches + 1, width]`,
 * `encoder.layers.encoder_layer_0.ln_1`, `.self_attention`, `.ln_2`, `.mlp.0`, `.mlp.3`, …, `encoder.ln`, `heads.head`.
 */
export const vit = (options: VitOptions): Module<TF.Tensor4D, TF.Tensor2D> => {
  const { image, patch, channels = 3, width, classes } = options
  const side = sideOf(options)
  const proj = conv2d({
    inputs: channels,
    outputs: width,
    kernel: patch,
    stride: patch,
    padding: "valid",
    init: lecun
  })
  const body = encoder(options, side)
  const head = dense({ inputs: width, outputs: classes, init: Initial.zeros })
  const shape = [1, 1, width]
  const token = Initial.zeros({ shape, fanIn: 1, fanOut: width })
  return {
    inputs: channels,
    outputs: classes,
    parameters: [
      { name: "class_token", shape, trainable: true, decay: false, init: token },
      ...prefixed("conv_proj", proj),
      ...prefixed("encoder", body),
      ...prefixed("heads.head", head)
    ],
    apply: (pass, x) => {
      const { tf } = pass
      expect(pass, KIND, x, ["batch", image, image, channels])
      const seen = body.apply(inside(pass, "encoder"), tokens(pass, proj.apply(inside(pass, "conv_proj"), x)))
      const first: TF.Tensor2D = tf.reshape(tf.slice(seen, [0, 0, 0], [-1, 1, -1]), [-1, width])
      return head.apply(inside(pass, "heads.head"), first)
    }
  }
}

type Sized = Omit<VitOptions, "width" | "depth" | "heads" | "hidden">

/** The smallest that is in use, 5.7 million parameters at 1,000 classes (Touvron et al., 2021). */
export const vitTiny = (options: Sized): Module<TF.Tensor4D, TF.Tensor2D> =>
  vit({ ...options, width: 192, depth: 12, heads: 3 })

/** ViT-B, 86 million parameters; ViT-B/16 is that with `patch: 16`. */
export const vitBase = (options: Sized): Module<TF.Tensor4D, TF.Tensor2D> =>
  vit({ ...options, width: 768, depth: 12, heads: 12 })
