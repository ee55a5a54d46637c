/** Activations: functions of each value, or of the last axis, without parameters. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Same } from "../Module.ts"
import { type Pass, visit } from "../Pass.ts"

export interface Activation extends Same {
  readonly kind: string
  /** What the device may compute together with the operation before it. */
  readonly fusable: "relu" | undefined
}

type Compute = <T extends TF.Tensor>(pass: Pass, x: T) => T

const make = (kind: string, compute: Compute, fusable?: "relu"): Activation => ({
  kind,
  fusable,
  parameters: [],
  apply: (pass, x) => {
    const y = compute(pass, x)
    visit(pass, kind, x, y)
    return y
  }
})

export const isActivation = (module: object): module is Activation => "fusable" in module

export const relu: Activation = make("relu", ({ tf }, x) => tf.relu(x), "relu")
export const relu6: Activation = make("relu6", ({ tf }, x) => tf.clipByValue(x, 0, 6))
export const sigmoid: Activation = make("sigmoid", ({ tf }, x) => tf.sigmoid(x))
export const tanh: Activation = make("tanh", ({ tf }, x) => tf.tanh(x))

/** `x · sigmoid(x)`, also called swish (Ramachandran et al., 2017). */
export const silu: Activation = make("silu", ({ tf }, x) => tf.mul(x, tf.sigmoid(x)))

/** `x · Φ(x)` with the normal distribution Φ, in its exact form (Hendrycks and Gimpel, 2016). */
export const gelu: Activation = make("gelu", ({ tf }, x) =>
  tf.mul(x, tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5))
)

/** GELU with tanh in place of Φ: `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`, PyTorch's `approximate="tanh"`. */
export const geluTanh: Activation = make("geluTanh", ({ tf }, x) => {
  const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
  return tf.mul(x, tf.mul(tf.add(tf.tanh(inner), 1), 0.5))
})

/** `min(max(x + 3, 0), 6) / 6` (Howard et al., 2019). */
export const hardSigmoid: Activation = make("hardSigmoid", ({ tf }, x) => hardSigmoidOf(tf, x))

const hardSigmoidOf = <T extends TF.Tensor>(tf: typeof TF, x: T): T =>
  tf.mul(tf.clipByValue(tf.add(x, 3), 0, 6), 1 / 6)

/** `x · hardSigmoid(x)` (Howard et al., 2019). */
export const hardSwish: Activation = make("hardSwish", ({ tf }, x) => tf.mul(x, hardSigmoidOf(tf, x)))

export const softplus: Activation = make("softplus", ({ tf }, x) => tf.softplus(x))

/** Positive values as they are, negative ones times `slope` (default 0.01). */
export const leakyRelu = (slope = 0.01): Activation =>
  make("leakyRelu", ({ tf }, x) => tf.leakyRelu(x, slope))

/** `exp(x) - 1` below 0 (Clevert et al., 2016). */
export const elu: Activation = make("elu", ({ tf }, x) => tf.elu(x))

/** Over the last axis. */
export const softmax: Activation = make("softmax", ({ tf }, x) => tf.softmax(x))

/** Over the last axis. */
export const logSoftmax: Activation = make("logSoftmax", ({ tf }, x) => tf.logSoftmax(x))

/** Gives its input. */
export const identity: Activation = make("identity", (_, x) => x)
