/** Convolutions of pictures, `[batch, height, width, channels]`, with the norm and the activation that follow them. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../HostTensor.ts"
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import type { Entry, Fused, Module } from "../Module.ts"
import { expect, inside, type Pass, parameter, refuse, visit } from "../Pass.ts"
import { isActivation } from "./Activation.ts"
import { type BatchNorm, folded, isBatchNorm, normalise } from "./BatchNorm.ts"
import * as Padding from "./Padding.ts"

export interface Conv2dOptions {
  readonly inputs: number
  readonly outputs: number
  /** Height and width of the filter, one number for both. */
  readonly kernel: number | readonly [number, number]
  /** Pixels between outputs. Default 1. */
  readonly stride?: number | readonly [number, number]
  /** Pixels between the filter's taps. Default 1. */
  readonly dilation?: number | readonly [number, number]
  /** Default `same`. */
  readonly padding?: Padding.Padding
  /** Parts of the channels that are convolved apart; `inputs` for a depthwise convolution. Default 1. */
  readonly groups?: number
  /** Default true. */
  readonly bias?: boolean
  /** First values of `weight`. Default normal of variance 2 / fan-in (He et al., 2015). */
  readonly init?: Initial.Initial
  /** First values of `bias`. Default zeros. */
  readonly biasInit?: Initial.Initial
}

const KIND = "conv2d"

export interface Settled extends Padding.Window {
  readonly inputs: number
  readonly outputs: number
  readonly groups: number
  readonly depthwise: boolean
  readonly bias: boolean
}

/** The options of a convolution that calls itself `kind`, checked. */
export const settle = (kind: string, options: Conv2dOptions): Settled => {
  const { inputs, outputs, groups = 1, bias = true } = options
  Padding.checkWhole(kind, "inputs, outputs and groups", [inputs, outputs, groups], 1)
  if (inputs % groups !== 0 || outputs % groups !== 0)
    refuse(
      kind,
      `has ${groups} groups, which do not divide ${inputs} inputs and ${outputs} outputs`,
      "Use a number of groups that divides both."
    )
  return {
    inputs,
    outputs,
    groups,
    bias,
    depthwise: groups > 1 && groups === inputs,
    ...Padding.windowOf(kind, options)
  }
}

/** `[height, width, inputs / groups, outputs]`; depthwise `[height, width, inputs, outputs / inputs]`. */
const filterShape = ({ kernel, inputs, outputs, groups, depthwise }: Settled) =>
  depthwise ? [...kernel, inputs, outputs / inputs] : [...kernel, inputs / groups, outputs]

/**
 * `weight` and `bias`. Fans are PyTorch's, whose fan-out is that of all groups together; first values are those of a
 * filter `[height, width, inputs / groups, outputs]`, which a depthwise one has in the same order.
 */
export const specs = (settled: Settled, options: Conv2dOptions): ReadonlyArray<ParameterSpec> => {
  const { init = Initial.heNormal(), biasInit = Initial.zeros } = options
  const { kernel, outputs } = settled
  const inputs = settled.inputs / settled.groups
  const field = kernel[0] * kernel[1]
  const fans = { fanIn: field * inputs, fanOut: field * outputs }
  const weight = {
    name: "weight",
    shape: filterShape(settled),
    trainable: true,
    decay: true,
    init: init({ shape: [...kernel, inputs, outputs], ...fans })
  }
  if (!settled.bias) return [weight]
  const first = biasInit({ shape: [outputs], ...fans })
  return [weight, { name: "bias", shape: [outputs], trainable: true, decay: false, init: first }]
}

/** Channels apart: each group of inputs with its own filters, their outputs side by side. */
const grouped = (
  { tf }: Pass,
  { x, pad }: Padding.Padded,
  filter: TF.Tensor4D,
  { groups, stride, dilation }: Settled
): TF.Tensor4D => {
  const inputs = tf.split<TF.Tensor4D>(x, groups, 3)
  const filters = tf.split<TF.Tensor4D>(filter, groups, 3)
  const outputs = inputs.map((input, i) =>
    tf.conv2d<TF.Tensor4D>(input, filters[i] ?? filter, [...stride], pad, "NHWC", [...dilation])
  )
  return tf.concat(outputs, 3)
}

const direct = (pass: Pass, picture: TF.Tensor4D, filter: TF.Tensor4D, settled: Settled): TF.Tensor4D => {
  const { tf } = pass
  const padded = Padding.pad(tf, picture, settled)
  const [strides, dilations]: [[number, number], [number, number]] = [
    [...settled.stride],
    [...settled.dilation]
  ]
  if (settled.depthwise) return tf.depthwiseConv2d(padded.x, filter, strides, padded.pad, "NHWC", dilations)
  if (settled.groups > 1) return grouped(pass, padded, filter, settled)
  return tf.conv2d(padded.x, filter, strides, padded.pad, "NHWC", dilations)
}

const exceeds1 = (pair: readonly [number, number]): boolean => Math.max(...pair) > 1

/** Every `down`-th row and every `right`-th column. */
const thinned = (tf: typeof TF, y: TF.Tensor4D, [down, right]: readonly [number, number]): TF.Tensor4D => {
  const [batch, height, width, channels] = y.shape
  const [rows, columns] = [Math.ceil(height / down), Math.ceil(width / right)]
  const whole = Padding.surround(tf, y, [
    [0, rows * down - height],
    [0, columns * right - width]
  ])
  const cells: TF.Tensor4D = tf.reshape(whole, [batch * rows, down, columns, right * channels])
  return tf.reshape(tf.slice4d(cells, [0, 0, 0, 0], [batch * rows, 1, columns, channels]), [
    batch,
    rows,
    columns,
    channels
  ])
}

/** Without bias. TensorFlow.js has no convolution with both a stride and a dilation. */
export const convolve = (pass: Pass, x: TF.Tensor4D, filter: TF.Tensor4D, settled: Settled): TF.Tensor4D => {
  const { stride, dilation } = settled
  if (!(exceeds1(stride) && exceeds1(dilation))) return direct(pass, x, filter, settled)
  const dense: Settled = { ...settled, stride: [1, 1], padding: Padding.sides(x.shape, settled) }
  return thinned(pass.tf, direct(pass, x, filter, dense), stride)
}

export const biased = (pass: Pass, y: TF.Tensor4D, { bias }: Settled): TF.Tensor4D =>
  bias ? pass.tf.add(y, parameter(pass, "bias", 1)) : y

const seen = (
  pass: Pass,
  x: TF.Tensor4D,
  y: TF.Tensor4D,
  { kernel, inputs, groups }: Settled
): TF.Tensor4D => {
  visit(pass, KIND, x, y, (y.size * kernel[0] * kernel[1] * inputs) / groups)
  return y
}

type FusedActivation = "linear" | "relu"

/** With a bias, in one operation of the device unless a gradient must pass the activation. */
const withBias = (
  { tf }: Pass,
  picture: TF.Tensor4D,
  filter: TF.Tensor4D,
  bias: TF.Tensor1D,
  settled: Settled,
  activation: FusedActivation
): TF.Tensor4D => {
  const { x, pad } = Padding.pad(tf, picture, settled)
  const options = {
    x,
    filter,
    strides: [...settled.stride] satisfies [number, number],
    pad,
    dilations: [...settled.dilation] satisfies [number, number],
    bias,
    activation
  }
  return settled.depthwise ? tf.fused.depthwiseConv2d(options) : tf.fused.conv2d(options)
}

/** Whether TensorFlow.js's fused operation computes this: its gradient refuses dilation, and groups are not one. */
const fusable = ({ groups, depthwise, dilation }: Settled): boolean =>
  (groups === 1 || depthwise) && dilation[0] === 1 && dilation[1] === 1

const plain = (pass: Pass, x: TF.Tensor4D, settled: Settled, activation: FusedActivation): TF.Tensor4D => {
  const { tf } = pass
  expect(pass, KIND, x, ["batch", "height", "width", settled.inputs])
  const filter = parameter(pass, "weight", 4)
  const activate = (y: TF.Tensor4D) => (activation === "relu" ? tf.relu(y) : y)
  if (!settled.bias) return activate(seen(pass, x, convolve(pass, x, filter, settled), settled))
  const bias = parameter(pass, "bias", 1)
  const y =
    pass.mode === "evaluate" && fusable(settled)
      ? withBias(pass, x, filter, bias, settled, activation)
      : activate(tf.add<TF.Tensor4D>(convolve(pass, x, filter, settled), bias))
  return seen(pass, x, y, settled)
}

/** In training the batch's statistics normalise; in evaluation the running ones are folded into filter and bias. */
const normalised = (
  conv: Pass,
  norm: Pass,
  x: TF.Tensor4D,
  settled: Settled,
  { options }: BatchNorm,
  activation: FusedActivation
): TF.Tensor4D => {
  const { tf } = conv
  expect(conv, KIND, x, ["batch", "height", "width", settled.inputs])
  const filter = parameter(conv, "weight", 4)
  if (conv.mode === "train") {
    const convolved = seen(conv, x, convolve(conv, x, filter, settled), settled)
    return normalise(norm, biased(conv, convolved, settled), options, activation)
  }
  const { scale, shift } = folded(norm, options)
  const bias = settled.bias ? tf.add<TF.Tensor1D>(tf.mul(parameter(conv, "bias", 1), scale), shift) : shift
  const factors = settled.depthwise ? tf.reshape<TF.Rank>(scale, filter.shape.slice(2)) : scale
  const scaled = tf.mul<TF.Tensor4D>(filter, factors)
  return seen(conv, x, withBias(conv, x, scaled, bias, settled, activation), settled)
}

const activationOf = (entry: Entry | undefined): "relu" | undefined =>
  entry !== undefined && isActivation(entry.module) ? entry.module.fusable : undefined

/** A convolution with the norm after it, the activation after it, or both. */
const fuse =
  (settled: Settled) =>
  (key: string, rest: ReadonlyArray<Entry>): Fused | undefined => {
    const [next, after] = rest
    if (next === undefined) return undefined
    if (isBatchNorm(next.module) && fusable(settled)) {
      const [norm, activation] = [next.module, activationOf(after)]
      return {
        takes: activation === undefined ? 1 : 2,
        apply: (pass, x) =>
          normalised(
            inside(pass, key),
            inside(pass, next.key),
            HostTensor.ranked(x, 4, "the picture"),
            settled,
            norm,
            activation ?? "linear"
          )
      }
    }
    const activation = activationOf(next)
    return activation === undefined
      ? undefined
      : {
          takes: 1,
          apply: (pass, x) =>
            plain(inside(pass, key), HostTensor.ranked(x, 4, "the picture"), settled, activation)
        }
  }

/**
 * A convolution: `[batch, height, width, inputs]` to `[batch, height', width', outputs]`, with `weight`
 * `[height, width, inputs / groups, outputs]` and `bias` `[outputs]`. With as many groups as inputs it is depthwise, and
 * `weight` is `[height, width, inputs, outputs / inputs]`.
 */
export const conv2d = (options: Conv2dOptions): Module<TF.Tensor4D, TF.Tensor4D> => {
  const settled = settle(KIND, options)
  return {
    kind: KIND,
    inputs: settled.inputs,
    outputs: settled.outputs,
    parameters: specs(settled, options),
    apply: (pass, x) => plain(pass, x, settled, "linear"),
    fuse: fuse(settled)
  }
}
