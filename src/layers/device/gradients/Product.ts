/**
 * Gradients of matrix products, of dense layers and of batch normalisation with given statistics.
 * With y = a b: da = dy b', db = a' dy; a transposed operand has its derivative transposed too.
 */
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Attributes from "../internal/Attributes.ts"
import { unbroadcast } from "../internal/Shape.ts"
import { type Gradient, run, type Step } from "./Gradient.ts"

const matMul = ({ tf, dy, saved, attrs }: Step): Record<string, () => Tensor> => {
  const [a, b] = [saved(0), saved(1)]
  const transposeA = Attributes.flag(attrs, "transposeA")
  const transposeB = Attributes.flag(attrs, "transposeB")
  const byA = () => (transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB))
  const byB = () => (transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false))
  return {
    a: () => unbroadcast(tf, byA(), a.shape),
    b: () => unbroadcast(tf, byB(), b.shape)
  }
}

/** y = x weight + bias, or its positive part. */
const dense = (step: Step): Record<string, () => Tensor> => {
  const { tf, saved, attrs } = step
  const [x, weight, y] = [saved(0), saved(1), saved(2)]
  // Here and not in the functions below, each of which runs in its own tidy.
  const dy = Attributes.flag(attrs, "relu") ? run(step, "ReluGrad", { dy: step.dy, y }, {}) : step.dy
  return {
    x: () => tf.matMul(dy, weight, false, true),
    weight: () => tf.matMul(x, dy, true),
    bias: () => tf.sum(dy, 0)
  }
}

/** y = (x - mean) / sqrt(variance + e) scale + offset, with mean and variance as separate inputs. */
const batchNorm = ({ tf, dy, saved, attrs }: Step): Record<string, () => Tensor> => {
  const [x, mean, variance, scale] = [saved(0), saved(1), saved(2), saved(3)]
  const inverse = tf.rsqrt(tf.add(variance, Attributes.number(attrs, "varianceEpsilon")))
  const perStatistic = (full: Tensor): Tensor => unbroadcast(tf, full, mean.shape)
  const correlation = () => perStatistic(tf.mul(dy, tf.sub(x, mean)))
  return {
    x: () => tf.mul(dy, tf.mul(inverse, scale)),
    mean: () => tf.neg(tf.mul(perStatistic(dy), tf.mul(inverse, scale))),
    variance: () => tf.mul(correlation(), tf.mul(tf.mul(scale, -0.5), tf.mul(inverse, tf.square(inverse)))),
    scale: () => tf.mul(correlation(), inverse),
    offset: () => perStatistic(dy)
  }
}

export const products: ReadonlyArray<Gradient> = [
  { kernel: "BatchMatMul", inputs: ["a", "b"], derive: matMul },
  { kernel: "Dense", inputs: ["x", "weight"], outputs: [true], derive: dense },
  { kernel: "FusedBatchNorm", inputs: ["x", "mean", "variance", "scale"], derive: batchNorm }
]
