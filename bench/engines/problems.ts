/** What the models of the bench learn: inputs and a loss each; steps.py has the same for PyTorch. */
import type { Rank, Scalar, ShapeMap, Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../src/pipeline/device/Device.ts"

export const names = ["mlp", "lenet", "resnet", "dbnet"] as const
export type Name = (typeof names)[number]

/** With layers (models.ts) or without (handwritten.ts). */
export const ways = ["library", "handwritten"] as const
export type Way = (typeof ways)[number]

export interface Problem<X extends Tensor> {
  readonly x: X
  /** Of the model's output. */
  readonly loss: (output: Tensor) => Scalar
}

/** Mean cross-entropy against one class per row. */
const classes = (tf: Tf, count: number): Problem<Tensor>["loss"] => {
  const classes = Array.from({ length: count }, (_, index) => index % 10)
  const labels = tf.oneHot(tf.tensor1d(classes, "int32"), 10)
  return (logits) =>
    tf.reshape<Rank.R0>(tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1))), [])
}

/** Mean cross-entropy of maps, from logits: max(z, 0) - z t + ln(1 + e^-|z|). */
const maps = (tf: Tf): Problem<Tensor>["loss"] => {
  const target = tf.cast(tf.greater(tf.randomUniform([4, 256, 256, 2], 0, 1, "float32", 6), 0.8), "float32")
  return (logits) => {
    const each = tf.add(
      tf.sub(tf.relu(logits), tf.mul(logits, target)),
      tf.log1p(tf.exp(tf.neg(tf.abs(logits))))
    )
    return tf.reshape<Rank.R0>(tf.mean(each), [])
  }
}

const noise = <R extends Rank>(tf: Tf, shape: ShapeMap[R]): Tensor<R> =>
  tf.randomNormal(shape, 0, 1, "float32", 5)

export const problems = {
  mlp: (tf: Tf) => ({ x: noise<Rank.R2>(tf, [128, 784]), loss: classes(tf, 128) }),
  lenet: (tf: Tf) => ({ x: noise<Rank.R4>(tf, [64, 28, 28, 1]), loss: classes(tf, 64) }),
  resnet: (tf: Tf) => ({ x: noise<Rank.R4>(tf, [16, 64, 64, 3]), loss: classes(tf, 16) }),
  dbnet: (tf: Tf) => ({ x: noise<Rank.R4>(tf, [4, 256, 256, 3]), loss: maps(tf) })
}
