/** Gradients of element-wise functions of one tensor: the derivatives of any calculus table. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { unbroadcast } from "../internal/Shape.ts"
import { byInput, byOutput, type Gradient, only } from "./Gradient.ts"

/** Constants of SELU (Klambauer et al. 2017, equation 2). */
const seluScale = 1.0507009873554805
const seluScaleAlpha = 1.7580993408473766

/** Inputs of step functions, indices and counters: their gradient is zero. */
const flat = (kernel: string, input = "x"): Gradient => ({
  kernel,
  inputs: [input],
  derive: ({ tf, saved }) => ({ [input]: () => tf.zeros(saved(0).shape, "float32") })
})

/** The engine's own kernel for a gradient of dy and y, if it has one. */
const fused = (tf: Tf, kernel: string, dy: Tensor, y: Tensor): Tensor | undefined =>
  tf.getKernel(kernel, tf.getBackend()) === undefined
    ? undefined
    : tf.engine().runKernel<Tensor>(kernel, { dy, y })

export const unary: ReadonlyArray<Gradient> = [
  byInput("Abs", (tf, dy, x) => tf.mul(dy, tf.sign(tf.cast(x, "float32")))),
  byInput("Acos", (tf, dy, x) => tf.neg(tf.div(dy, tf.sqrt(tf.sub(1, tf.square(x)))))),
  byInput("Acosh", (tf, dy, x) => tf.div(dy, tf.sqrt(tf.sub(tf.square(x), 1)))),
  byInput("Asin", (tf, dy, x) => tf.div(dy, tf.sqrt(tf.sub(1, tf.square(x))))),
  byInput("Asinh", (tf, dy, x) => tf.div(dy, tf.sqrt(tf.add(1, tf.square(x))))),
  byInput("Atan", (tf, dy, x) => tf.div(dy, tf.add(1, tf.square(x)))),
  byInput("Atanh", (tf, dy, x) => tf.div(dy, tf.sub(1, tf.square(x)))),
  byInput("Cast", (tf, dy) => tf.cast(dy, "float32")),
  byInput("ClipByValue", (tf, dy, x, attrs) => {
    const low = tf.greaterEqual(x, Attributes.number(attrs, "clipValueMin"))
    const high = tf.lessEqual(x, Attributes.number(attrs, "clipValueMax"))
    return only(tf, tf.logicalAnd(low, high), dy)
  }),
  byInput("Cos", (tf, dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  byInput("Cosh", (tf, dy, x) => tf.mul(dy, tf.sinh(x))),
  byOutput("Elu", (tf, dy, y) => tf.mul(dy, tf.add(1, tf.minimum(y, 0)))),
  byInput("Erf", (tf, dy, x) => tf.mul(dy, tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(x)))))),
  byOutput("Exp", (tf, dy, y) => tf.mul(dy, y)),
  byOutput("Expm1", (tf, dy, y) => tf.mul(dy, tf.add(y, 1))),
  byInput("Identity", (tf, dy) => tf.cast(dy, "float32")),
  byInput("LeakyRelu", (tf, dy, x, attrs) =>
    tf.where(tf.greater(x, 0), dy, tf.mul(dy, Attributes.number(attrs, "alpha")))
  ),
  byInput("Log", (tf, dy, x) => tf.div(dy, tf.cast(x, "float32"))),
  byInput("Log1p", (tf, dy, x) => tf.div(dy, tf.add(1, x))),
  byInput("Neg", (tf, dy) => tf.neg(dy)),
  byOutput("Reciprocal", (tf, dy, y) => tf.neg(tf.mul(dy, tf.square(y)))),
  byOutput("Relu", (tf, dy, y) => fused(tf, "ReluGrad", dy, y) ?? tf.mul(dy, tf.step(y))),
  byOutput("Relu6", (tf, dy, y) => only(tf, tf.logicalAnd(tf.greater(y, 0), tf.less(y, 6)), dy)),
  byOutput("Rsqrt", (tf, dy, y) => tf.mul(tf.mul(dy, -0.5), tf.mul(y, tf.square(y)))),
  byInput("Selu", (tf, dy, x) =>
    tf.where(tf.greater(x, 0), tf.mul(dy, seluScale), tf.mul(dy, tf.mul(seluScaleAlpha, tf.exp(x))))
  ),
  byOutput("Sigmoid", (tf, dy, y) => fused(tf, "SigmoidGrad", dy, y) ?? tf.mul(dy, tf.mul(y, tf.sub(1, y)))),
  byInput("Sin", (tf, dy, x) => tf.mul(dy, tf.cos(x))),
  byInput("Sinh", (tf, dy, x) => tf.mul(dy, tf.cosh(x))),
  byInput("Softplus", (tf, dy, x) => tf.mul(dy, tf.sigmoid(x))),
  byOutput("Sqrt", (tf, dy, y) => tf.div(dy, tf.mul(2, y))),
  byInput("Square", (tf, dy, x) => tf.mul(dy, tf.mul(2, tf.cast(x, "float32")))),
  byOutput("Tan", (tf, dy, y) => tf.mul(dy, tf.add(1, tf.square(y)))),
  byOutput("Tanh", (tf, dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))),
  {
    kernel: "Prelu",
    inputs: ["x", "alpha"],
    derive: ({ tf, dy, saved }) => {
      const positive = tf.greater(saved(0), 0)
      return {
        x: () => tf.where(positive, dy, tf.mul(dy, saved(1))),
        alpha: () => unbroadcast(tf, tf.mul(dy, tf.minimum(saved(0), 0)), saved(1).shape)
      }
    }
  },
  ...[
    "Ceil",
    "Floor",
    "IsFinite",
    "IsInf",
    "IsNan",
    "LogicalNot",
    "OnesLike",
    "Round",
    "Sign",
    "Step",
    "ZerosLike"
  ].map((kernel) => flat(kernel)),
  ...["All", "Any", "ArgMax", "ArgMin"].map((kernel) => flat(kernel)),
  flat("OneHot", "indices")
]
