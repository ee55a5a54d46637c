/** A model before any tensor exists: its parameters by name, shape and initial value. */
import type * as TF from "@tensorflow/tfjs-core"
import { didYouMean } from "../../config/node/Nearest.ts"
import type { ForwardContext, LayerCall } from "./ForwardContext.ts"
import * as HostTensor from "./HostTensor.ts"
import * as Random from "./Random.ts"

/** Named tensors on a device. */
export interface Params {
  readonly [name: string]: TF.Tensor
}

/**
 * How the axes of a parameter lie here, and with that how PyTorch's lie, which foreign weights are transposed from:
 *
 * | layout | here | PyTorch |
 * | --- | --- | --- |
 * | `dense` | `[inputs, outputs]` | `[outputs, inputs]` |
 * | `convolution` | `[...window, inputs, outputs]` | `[outputs, inputs, ...window]` |
 * | `depthwise` | `[...window, channels, multiplier]` | `[channels * multiplier, 1, ...window]` |
 * | `transposedConvolution` | `[...window, outputs, inputs]` | `[inputs, outputs, ...window]` |
 * | `plain` | as in PyTorch: vectors, embedding tables, positions | |
 */
export type ParameterLayout = "dense" | "convolution" | "depthwise" | "transposedConvolution" | "plain"

export interface ParameterSpec {
  /** Unique and dotted, such as `encoder.stage1.conv.weight`. */
  readonly name: string
  readonly shape: ReadonlyArray<number>
  /** False for statistics that the forward pass updates, such as a running mean. */
  readonly trainable: boolean
  /** Whether weight decay applies: false for norms and biases. */
  readonly decay: boolean
  /** Default by rank: `dense` for 2, `convolution` for 3 and 4, otherwise `plain`. */
  readonly layout?: ParameterLayout | undefined
  /** Initial value, float32, as long as the shape has values. The generator is keyed by seed and name. */
  readonly init: (random: Random.Random) => Float32Array
}

/** Trainable weights and the statistics beside them. */
export interface Variables {
  readonly params: Params
  readonly buffers: Params
}

export interface Model {
  readonly name: string
  readonly parameters: ReadonlyArray<ParameterSpec>
  /**
   * The layers as one forward pass in evaluation calls them, for a summary; absent if the shape of an input is not
   * known. It runs in a tidy, on zeros, with a batch of one.
   */
  readonly trace?: (context: ForwardContext) => ReadonlyArray<LayerCall>
}

/** Initial values of every parameter, the same on every engine. */
export const initial = (model: Model, seed: number): { readonly [name: string]: HostTensor.HostTensor } =>
  Object.fromEntries(
    model.parameters.map((spec) => [
      spec.name,
      { data: spec.init(Random.make(seed, Random.keyOf(spec.name))), shape: spec.shape }
    ])
  )

/** The model with values that it begins with, by parameter name; a parameter without one keeps its own first value. */
export const beginningWith = <M extends Model>(model: M, values: HostTensor.HostTensors): M => ({
  ...model,
  parameters: model.parameters.map((spec) => {
    const data = values[spec.name]?.data
    return data instanceof Float32Array ? { ...spec, init: () => data } : spec
  })
})

/**
 * A variable by its name, in a forward pass: `Model.variable(params, "conv.weight", 4)` is a `Tensor4D`. Throws if the
 * model declares no such name or another rank, which fails the step with a `DeviceError`.
 */
export const variable = <N extends keyof HostTensor.Ranks>(
  from: Params,
  name: string,
  rank: N
): TF.Tensor<HostTensor.Ranks[N]> => {
  const tensor = from[name]
  if (tensor === undefined)
    throw new Error(
      `the model has no variable "${name}"${didYouMean(name, Object.keys(from))}; it has ${Object.keys(from).join(", ")}`
    )
  return HostTensor.ranked(tensor, rank, `variable "${name}"`)
}
