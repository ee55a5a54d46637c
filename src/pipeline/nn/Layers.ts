/** The few layers that the built-in nets are made of: each declares its parameters and applies itself, NHWC. */
import type * as TF from "@tensorflow/tfjs-core"
import type { DeviceOps } from "../device/Device.ts"
import * as HostTensor from "./HostTensor.ts"
import * as Model from "./Model.ts"
import type * as Random from "./Random.ts"

/** The context of a forward pass. */
export interface ForwardContext {
  readonly tf: typeof TF
  readonly ops: DeviceOps
}

export type Mode = "train" | "evaluate"

/** One forward pass: layers read variables from it and put the buffers that they update into it. */
export interface Pass extends ForwardContext {
  readonly variables: Model.Variables
  readonly mode: Mode
  readonly updated: Map<string, TF.Tensor>
}

export interface Layer {
  readonly parameters: ReadonlyArray<Model.ParameterSpec>
  /** `[batch, height, width, channels]`, float32, in and out. */
  readonly apply: (pass: Pass, x: TF.Tensor4D) => TF.Tensor4D
}

export const beginPass = (context: ForwardContext, variables: Model.Variables, mode: Mode): Pass => ({
  tf: context.tf,
  ops: context.ops,
  variables,
  mode,
  updated: new Map()
})

export const updatedBuffers = (pass: Pass): Model.Params => Object.fromEntries(pass.updated)

export const vector = (pass: Pass, name: string) => Model.variable(pass.variables.params, name, 1)
export const filter = (pass: Pass, name: string) => Model.variable(pass.variables.params, name, 4)
const statistic = (pass: Pass, name: string) => Model.variable(pass.variables.buffers, name, 1)

const filled = (value: number, length: number) => () => new Float32Array(length).fill(value)

const normal = (deviation: number, length: number) => (random: Random.Random) =>
  Float32Array.from({ length }, () => deviation * random.normal())

export interface ConvolutionOptions {
  readonly kernel: number
  readonly inputs: number
  readonly outputs: number
  /** Pixels between outputs. Default 1. */
  readonly stride?: number
  /**
   * `same` is TensorFlow's SAME, which pads an even side with a stride of 2 at its end only; `both` pads
   * `floor(kernel / 2)` pixels at either end, as PyTorch's nets do. Default `same`.
   */
  readonly padding?: "same" | "both"
}

/** Pads zeros around a picture, where `both` and SAME differ, as explicit padding is not known to every engine. */
const paddedFor = (
  tf: typeof TF,
  x: TF.Tensor4D,
  { kernel, stride = 1, padding = "same" }: ConvolutionOptions
): { readonly x: TF.Tensor4D; readonly pad: "same" | "valid" } => {
  const side = Math.floor(kernel / 2)
  return padding === "same" || stride === 1 || side === 0
    ? { x, pad: "same" }
    : { x: padEvenly(tf, x, side), pad: "valid" }
}

/** `side` rows and columns of zeros all around. */
export const padEvenly = (tf: typeof TF, x: TF.Tensor4D, side: number): TF.Tensor4D =>
  tf.pad4d(x, [
    [0, 0],
    [side, side],
    [side, side],
    [0, 0]
  ])

const filterShape = (options: ConvolutionOptions) =>
  [options.kernel, options.kernel, options.inputs, options.outputs] as const

const convolve = (
  { tf }: Pass,
  picture: TF.Tensor4D,
  weight: TF.Tensor4D,
  options: ConvolutionOptions
): TF.Tensor4D => {
  const { x, pad } = paddedFor(tf, picture, options)
  return tf.conv2d(x, weight, options.stride ?? 1, pad)
}

/** `[kernel, kernel, inputs, outputs]`; the first values keep the variance through a ReLU (He et al., 2015). */
const filterSpec = (name: string, options: ConvolutionOptions): Model.ParameterSpec => {
  const shape = filterShape(options)
  const fanIn = options.kernel * options.kernel * options.inputs
  return {
    name,
    shape,
    trainable: true,
    decay: true,
    init: normal(Math.sqrt(2 / fanIn), HostTensor.sizeOf(shape))
  }
}

/**
 * A convolution with bias and no activation, for outputs. `deviation` and `bias` are the first values' scale and
 * offset.
 */
export const convolution = (
  name: string,
  options: ConvolutionOptions & { readonly deviation: number; readonly bias: Float32Array }
): Layer => {
  const weight = filterSpec(`${name}.weight`, options)
  const init = normal(options.deviation, HostTensor.sizeOf(weight.shape))
  return {
    parameters: [
      { ...weight, init },
      {
        name: `${name}.bias`,
        shape: [options.outputs],
        trainable: true,
        decay: false,
        init: () => options.bias.slice()
      }
    ],
    apply: (pass, x) =>
      pass.tf.add(convolve(pass, x, filter(pass, `${name}.weight`), options), vector(pass, `${name}.bias`))
  }
}

/** Added to a variance before taking its root. */
const epsilon = 1e-5

/** The fraction of a running statistic that a batch replaces. */
const momentum = 0.1

/** What a normalised convolution's variables are called: its filter, the scale and offset, the running statistics. */
export interface NormalisedNames {
  readonly filter: string
  readonly gamma: string
  readonly beta: string
  readonly mean: string
  readonly variance: string
}

const namesUnder = (name: string): NormalisedNames => ({
  filter: `${name}.weight`,
  gamma: `${name}.gamma`,
  beta: `${name}.beta`,
  mean: `${name}.mean`,
  variance: `${name}.variance`
})

/** Names as PyTorch has them: a convolution and the normalisation after it are modules of their own. */
export const pairNames = (convolution: string, normalisation: string): NormalisedNames => ({
  filter: `${convolution}.weight`,
  gamma: `${normalisation}.weight`,
  beta: `${normalisation}.bias`,
  mean: `${normalisation}.running_mean`,
  variance: `${normalisation}.running_var`
})

/**
 * Convolution, batch normalisation (Ioffe and Szegedy, 2015) and a ReLU unless `linear`. In training the batch's
 * own statistics normalise and move the running ones; in evaluation the running ones are folded into the filter:
 * `w' = w·γ/√(σ²+ε)`, `b' = β - μ·γ/√(σ²+ε)`. `names` are its variables' own, or a name that they all begin with.
 */
export const normalisedConvolution = (
  names: string | NormalisedNames,
  options: ConvolutionOptions & { readonly linear?: boolean }
): Layer => {
  const own = typeof names === "string" ? namesUnder(names) : names
  const activation = options.linear === true ? "linear" : "relu"
  const channel = (name: string, trainable: boolean, value: number): Model.ParameterSpec => ({
    name,
    shape: [options.outputs],
    trainable,
    decay: false,
    init: filled(value, options.outputs)
  })

  const train = (pass: Pass, x: TF.Tensor4D): TF.Tensor4D => {
    const convolved = convolve(pass, x, filter(pass, own.filter), options)
    const gamma = vector(pass, own.gamma)
    const beta = vector(pass, own.beta)
    const { y, mean, variance } = pass.ops.batchNormTrain(convolved, gamma, beta, epsilon, activation)
    move(pass, own.mean, mean)
    move(pass, own.variance, variance)
    return y
  }

  const evaluate = (pass: Pass, picture: TF.Tensor4D): TF.Tensor4D => {
    const { tf } = pass
    const spread = tf.sqrt(tf.add(statistic(pass, own.variance), epsilon))
    const scale = tf.div<TF.Tensor1D>(vector(pass, own.gamma), spread)
    const bias = tf.sub<TF.Tensor1D>(vector(pass, own.beta), tf.mul(statistic(pass, own.mean), scale))
    const { x, pad } = paddedFor(tf, picture, options)
    return tf.fused.conv2d({
      x,
      filter: tf.mul<TF.Tensor4D>(filter(pass, own.filter), scale),
      strides: options.stride ?? 1,
      pad,
      bias,
      activation
    })
  }

  return {
    parameters: [
      filterSpec(own.filter, options),
      channel(own.gamma, true, 1),
      channel(own.beta, true, 0),
      channel(own.mean, false, 0),
      channel(own.variance, false, 1)
    ],
    apply: (pass, x) => (pass.mode === "train" ? train(pass, x) : evaluate(pass, x))
  }
}

const move = (pass: Pass, name: string, seen: TF.Tensor1D): void => {
  const { tf } = pass
  const kept = tf.mul(statistic(pass, name), 1 - momentum)
  pass.updated.set(name, tf.add(kept, tf.mul(seen, momentum)))
}

/**
 * Two 3×3 convolutions beside a shortcut, to which a 1×1 convolution is applied if width or stride change (He et al.,
 * 2016).
 */
export const residual = (name: string, options: Omit<ConvolutionOptions, "kernel">): Layer => {
  const { inputs, outputs } = options
  const stride = options.stride ?? 1
  const first = normalisedConvolution(`${name}.first`, { ...options, kernel: 3 })
  const second = normalisedConvolution(`${name}.second`, {
    kernel: 3,
    inputs: outputs,
    outputs,
    linear: true
  })
  const changes = stride !== 1 || inputs !== outputs
  const shortcut = changes
    ? normalisedConvolution(`${name}.shortcut`, { kernel: 1, inputs, outputs, stride, linear: true })
    : undefined
  return {
    parameters: [...first.parameters, ...second.parameters, ...(shortcut?.parameters ?? [])],
    apply: (pass, x) => {
      const beside = shortcut === undefined ? x : shortcut.apply(pass, x)
      return pass.tf.relu(pass.tf.add<TF.Tensor4D>(second.apply(pass, first.apply(pass, x)), beside))
    }
  }
}

/** Layers one after another. */
export const chain = (layers: ReadonlyArray<Layer>): Layer => ({
  parameters: layers.flatMap((layer) => layer.parameters),
  apply: (pass, x) => layers.reduce((y, layer) => layer.apply(pass, y), x)
})

export interface Dense {
  readonly parameters: ReadonlyArray<Model.ParameterSpec>
  /** `[batch, inputs]` to `[batch, outputs]`, float32. */
  readonly apply: (pass: Pass, x: TF.Tensor2D) => TF.Tensor2D
}

/** A linear map with `weight` `[inputs, outputs]` and `bias`; first values of variance 1 / inputs, and zeros. */
export const dense = (
  name: string,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number }
): Dense => ({
  parameters: [
    {
      name: `${name}.weight`,
      shape: [inputs, outputs],
      trainable: true,
      decay: true,
      init: normal(Math.sqrt(1 / inputs), inputs * outputs)
    },
    { name: `${name}.bias`, shape: [outputs], trainable: true, decay: false, init: filled(0, outputs) }
  ],
  apply: (pass, x) =>
    pass.tf.add<TF.Tensor2D>(
      pass.tf.matMul(x, Model.variable(pass.variables.params, `${name}.weight`, 2)),
      vector(pass, `${name}.bias`)
    )
})

/** The mean of each channel over the picture: `[batch, height, width, channels]` to `[batch, channels]`. */
export const spatialMean = ({ tf }: Pass, x: TF.Tensor4D): TF.Tensor2D => tf.mean<TF.Tensor2D>(x, [1, 2])

/** Doubles height and width by repeating each pixel, in forms whose gradients are plain copies on every engine. */
export const repeatPixels = (tf: typeof TF, x: TF.Tensor4D): TF.Tensor4D => {
  const [batch, height, width, channels] = x.shape
  const wide = tf.reshape(tf.concat([x, x], 3), [batch, height, 1, width * 2 * channels])
  return tf.reshape(tf.concat([wide, wide], 2), [batch, height * 2, width * 2, channels])
}

/**
 * Sub-pixel rearrangement (Shi et al., 2016): `[b, h, w, block²·c]` to `[b, block·h, block·w, c]`, where channel
 * `(dy·block + dx)·c + k` becomes channel k at (block·y + dy, block·x + dx).
 */
export const depthToSpace = (tf: typeof TF, x: TF.Tensor4D, block: number): TF.Tensor4D => {
  const [batch, height, width, depth] = x.shape
  const channels = depth / (block * block)
  const parts = tf.reshape(x, [batch * height, width, block, block * channels])
  const rows = tf.transpose(parts, [0, 2, 1, 3])
  return tf.reshape(rows, [batch, height * block, width * block, channels])
}
