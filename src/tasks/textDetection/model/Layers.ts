/** The layers of the detector: each declares its parameters and its forward pass, NHWC. */
import type * as TF from "@tensorflow/tfjs-core"
import type { DeviceOps } from "../../../pipeline/device/Device.ts"
import * as HostTensor from "../../../pipeline/nn/HostTensor.ts"
import * as Model from "../../../pipeline/nn/Model.ts"
import type * as Random from "../../../pipeline/nn/Random.ts"

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
  /** Pixels between outputs; the padding is TensorFlow's SAME. Default 1. */
  readonly stride?: number
}

const filterShape = (options: ConvolutionOptions) =>
  [options.kernel, options.kernel, options.inputs, options.outputs] as const

/**
 * `weight` `[kernel, kernel, inputs, outputs]`; the first values keep the variance through a ReLU (He et al., 2015).
 */
const filterSpec = (name: string, options: ConvolutionOptions): Model.ParameterSpec => {
  const shape = filterShape(options)
  const fanIn = options.kernel * options.kernel * options.inputs
  return {
    name: `${name}.weight`,
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
  const weight = filterSpec(name, options)
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
      pass.tf.add(
        pass.tf.conv2d(x, filter(pass, `${name}.weight`), options.stride ?? 1, "same"),
        vector(pass, `${name}.bias`)
      )
  }
}

/** Added to a variance before taking its root. */
const epsilon = 1e-5

/** The fraction of a running statistic that a batch replaces. */
const momentum = 0.1

/**
 * Convolution, batch normalisation (Ioffe and Szegedy, 2015) and a ReLU unless `linear`. In training the batch's
 * statistics are used and update the running ones; in evaluation the running ones are folded into the filter: `w' =
 * w·γ/√(σ²+ε)`, `b' = β - μ·γ/√(σ²+ε)`.
 */
export const normalisedConvolution = (
  name: string,
  options: ConvolutionOptions & { readonly linear?: boolean }
): Layer => {
  const stride = options.stride ?? 1
  const activation = options.linear === true ? "linear" : "relu"
  const channel = (suffix: string, trainable: boolean, value: number): Model.ParameterSpec => ({
    name: `${name}.${suffix}`,
    shape: [options.outputs],
    trainable,
    decay: false,
    init: filled(value, options.outputs)
  })

  const train = (pass: Pass, x: TF.Tensor4D): TF.Tensor4D => {
    const { tf } = pass
    const convolved = tf.conv2d(x, filter(pass, `${name}.weight`), stride, "same")
    const gamma = vector(pass, `${name}.gamma`)
    const beta = vector(pass, `${name}.beta`)
    const { y, mean, variance } = pass.ops.batchNormTrain(convolved, gamma, beta, epsilon, activation)
    move(pass, `${name}.mean`, mean)
    move(pass, `${name}.variance`, variance)
    return y
  }

  const evaluate = (pass: Pass, x: TF.Tensor4D): TF.Tensor4D => {
    const { tf } = pass
    const spread = tf.sqrt(tf.add(statistic(pass, `${name}.variance`), epsilon))
    const scale = tf.div<TF.Tensor1D>(vector(pass, `${name}.gamma`), spread)
    const bias = tf.sub<TF.Tensor1D>(
      vector(pass, `${name}.beta`),
      tf.mul(statistic(pass, `${name}.mean`), scale)
    )
    return tf.fused.conv2d({
      x,
      filter: tf.mul<TF.Tensor4D>(filter(pass, `${name}.weight`), scale),
      strides: stride,
      pad: "same",
      bias,
      activation
    })
  }

  return {
    parameters: [
      filterSpec(name, options),
      channel("gamma", true, 1),
      channel("beta", true, 0),
      channel("mean", false, 0),
      channel("variance", false, 1)
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

/**
 * Doubles height and width by repeating each pixel, using operations whose gradients are plain copies on every
 * engine.
 */
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
