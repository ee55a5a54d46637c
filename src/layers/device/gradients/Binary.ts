/** Gradients of element-wise functions of two tensors, with broadcasting undone by summing. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import { unbroadcast } from "../internal/Shape.ts"
import { type Gradient, only } from "./Gradient.ts"

type Formula = (tf: Tf, dy: Tensor, a: Tensor, b: Tensor) => Tensor

/** A cast that is free if the type is already right. */
const float = (tf: Tf, x: Tensor): Tensor => (x.dtype === "float32" ? x : tf.cast(x, "float32"))

const binary = (kernel: string, byA: Formula, byB: Formula): Gradient => ({
  kernel,
  inputs: ["a", "b"],
  derive: ({ tf, dy, saved }) => {
    const through = (formula: Formula, operand: Tensor) => () =>
      unbroadcast(tf, formula(tf, dy, float(tf, saved(0)), float(tf, saved(1))), operand.shape)
    return { a: through(byA, saved(0)), b: through(byB, saved(1)) }
  }
})

const none: Formula = (tf, dy) => tf.zerosLike(dy)
const same: Formula = (_, dy) => dy

/** d(a^b)/db = a^b ln a, taken as 0 where a is not positive. */
const byExponent: Formula = (tf, dy, a, b) => {
  const positive = tf.greater(a, 0)
  const logarithm = tf.log(tf.where(positive, a, tf.onesLike(a)))
  return tf.mul(dy, tf.mul(tf.pow(a, b), logarithm))
}

export const binaries: ReadonlyArray<Gradient> = [
  binary("Add", same, same),
  binary("Sub", same, (tf, dy) => tf.neg(dy)),
  binary(
    "Multiply",
    (tf, dy, _, b) => tf.mul(dy, b),
    (tf, dy, a) => tf.mul(dy, a)
  ),
  binary(
    "RealDiv",
    (tf, dy, _, b) => tf.div(dy, b),
    (tf, dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b)))
  ),
  binary(
    "Atan2",
    (tf, dy, a, b) => tf.mul(dy, tf.div(b, tf.add(tf.square(a), tf.square(b)))),
    (tf, dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, tf.add(tf.square(a), tf.square(b)))))
  ),
  binary(
    "Maximum",
    (tf, dy, a, b) => only(tf, tf.greaterEqual(a, b), dy),
    (tf, dy, a, b) => only(tf, tf.less(a, b), dy)
  ),
  binary(
    "Minimum",
    (tf, dy, a, b) => only(tf, tf.lessEqual(a, b), dy),
    (tf, dy, a, b) => only(tf, tf.greater(a, b), dy)
  ),
  binary("Mod", same, (tf, dy, a, b) => tf.neg(tf.mul(dy, tf.floor(tf.div(a, b))))),
  binary("Pow", (tf, dy, a, b) => tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, 1)))), byExponent),
  binary(
    "SquaredDifference",
    (tf, dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(a, b))),
    (tf, dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(b, a)))
  ),
  ...[
    "FloorDiv",
    "Equal",
    "NotEqual",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "LogicalAnd",
    "LogicalOr",
    "LogicalXor"
  ].map((kernel) => binary(kernel, none, none)),
  {
    kernel: "AddN",
    allInputs: true,
    derive: ({ dy, all }) => Object.fromEntries(all.map((_, index) => [String(index), () => dy.clone()]))
  }
]
