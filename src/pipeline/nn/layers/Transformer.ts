/** The encoder of a Transformer (Vaswani et al., 2017): attention and a small net at each place, with norms. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Initial from "../Initial.ts"
import { type Module, prefixed, type Same, struct } from "../Module.ts"
import { inside } from "../Pass.ts"
import { type Activation, relu } from "./Activation.ts"
import { type AttentionOptions, type Masks, multiHeadAttention } from "./Attention.ts"
import { dense } from "./Dense.ts"
import { dropout } from "./Dropout.ts"
import { layerNorm } from "./LayerNorm.ts"

export interface TransformerOptions extends Pick<AttentionOptions, "width" | "heads" | "causal" | "rotary"> {
  /** Values of the hidden layer at each place. Default 4 · width. */
  readonly hidden?: number
  /** Of attention's weights, of the hidden layer and of what is added to the input. Default 0.1. */
  readonly dropout?: number
  /** Default relu. */
  readonly activation?: Activation
  /**
   * Whether norms come before attention and the small net (Xiong et al., 2020), which trains more steadily, or after the
   * sums, as in the paper. Default `post`, as PyTorch's.
   */
  readonly norm?: "pre" | "post"
  /** Of the norms. Default 1e-5. */
  readonly epsilon?: number
}

/** `[batch, places, width]`, with masks. */
export interface Masked extends Masks {
  readonly x: TF.Tensor3D
}

type Input = TF.Tensor3D | Masked

const isTensor = (input: Input): input is TF.Tensor3D => "dataId" in input

const masked = (input: Input): Masked => (isTensor(input) ? { x: input } : input)

/**
 * PyTorch's `TransformerEncoderLayer` with `batch_first`: `[batch, places, width]`, or that with masks, to the same
 * shape. Its parts are `self_attn`, `linear1`, `linear2`, `norm1` and `norm2`.
 */
export const transformerEncoderLayer = (options: TransformerOptions): Module<Input, TF.Tensor3D> => {
  const { width, heads, causal = false, rotary = false, hidden = 4 * width } = options
  const { activation = relu, norm = "post", epsilon = 1e-5, dropout: p = 0.1 } = options
  const linear = (inputs: number, outputs: number): Same =>
    dense({ inputs, outputs, init: Initial.torchDefault, biasInit: Initial.torchDefault })
  const module = struct(
    {
      self_attn: multiHeadAttention({ width, heads, causal, rotary, dropout: p }),
      linear1: linear(width, hidden),
      activation,
      dropout: dropout(p),
      linear2: linear(hidden, width),
      norm1: layerNorm(width, { epsilon }),
      norm2: layerNorm(width, { epsilon }),
      dropout1: dropout(p),
      dropout2: dropout(p)
    },
    (net, input: Input, { tf }) => {
      const { x, ...masks } = masked(input)
      const attention = (y: TF.Tensor3D) => net.dropout1(net.self_attn({ query: y, ...masks }))
      const feed = (y: TF.Tensor3D) => net.dropout2(net.linear2(net.dropout(net.activation(net.linear1(y)))))
      if (norm === "post") {
        const y = net.norm1(tf.add<TF.Tensor3D>(x, attention(x)))
        return net.norm2(tf.add<TF.Tensor3D>(y, feed(y)))
      }
      const y = tf.add<TF.Tensor3D>(x, attention(net.norm1(x)))
      return tf.add<TF.Tensor3D>(y, feed(net.norm2(y)))
    }
  )
  return { ...module, inputs: width, outputs: width }
}

export interface TransformerEncoderOptions extends TransformerOptions {
  readonly layers: number
  /** Whether a last norm, called `norm`, follows. Default where the layers norm before: `norm: "pre"`. */
  readonly finalNorm?: boolean
}

/**
 * PyTorch's `TransformerEncoder`: `layers.0`, `layers.1`, …, each with the same masks, then `norm` if there is one.
 * `[batch, places, width]`, or that with masks, to the same shape.
 */
export const transformerEncoder = (options: TransformerEncoderOptions): Module<Input, TF.Tensor3D> => {
  const { layers, width, finalNorm = options.norm === "pre", epsilon = 1e-5 } = options
  const stack = Array.from({ length: layers }, () => transformerEncoderLayer(options))
  const norm = finalNorm ? layerNorm(width, { epsilon }) : undefined
  return {
    inputs: width,
    outputs: width,
    parameters: [
      ...stack.flatMap((layer, i) => prefixed(`layers.${i}`, layer)),
      ...(norm === undefined ? [] : prefixed("norm", norm))
    ],
    apply: (pass, input) => {
      const { x, ...masks } = masked(input)
      const y = stack.reduce(
        (seen, layer, i) => layer.apply(inside(pass, `layers.${i}`), { x: seen, ...masks }),
        x
      )
      return norm === undefined ? y : norm.apply(inside(pass, "norm"), y)
    }
  }
}
