/** Squeeze and excitation (Hu et al., 2018): each channel is scaled by a factor that all channels' means decide. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Module } from "../Module.ts"
import { struct } from "../Module.ts"
import { type Activation, relu, sigmoid } from "./Activation.ts"
import { adaptiveAveragePool } from "./AdaptivePooling.ts"
import { conv2d } from "./Convolution.ts"

export interface SqueezeExciteOptions {
  readonly channels: number
  /** Channels between the two linear maps. */
  readonly squeezed: number
  /** Between the maps. Default `relu`. */
  readonly activation?: Activation
  /** Makes the factors. Default `sigmoid`; MobileNetV3 takes `hardSigmoid`. */
  readonly gate?: Activation
}

/**
 * `x · gate(fc2(activation(fc1(mean of x))))`: `[batch, height, width, channels]` as it came. `fc1` and `fc2` are 1 x 1
 * convolutions with biases, as in torchvision's `SqueezeExcitation`.
 */
export const squeezeExcite = (options: SqueezeExciteOptions): Module<TF.Tensor4D, TF.Tensor4D> => {
  const { channels, squeezed, activation = relu, gate = sigmoid } = options
  return {
    inputs: channels,
    outputs: channels,
    ...struct(
      {
        avgpool: adaptiveAveragePool(1),
        fc1: conv2d({ inputs: channels, outputs: squeezed, kernel: 1 }),
        activation,
        fc2: conv2d({ inputs: squeezed, outputs: channels, kernel: 1 }),
        scale_activation: gate
      },
      ({ avgpool, fc1, activation, fc2, scale_activation }, x: TF.Tensor4D, { tf }) =>
        tf.mul<TF.Tensor4D>(x, scale_activation(fc2(activation(fc1(avgpool(x))))))
    )
  }
}
