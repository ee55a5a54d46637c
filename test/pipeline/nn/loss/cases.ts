/** The losses that test/reference/losses.json has values of, called as its cases say. */
import { readFileSync } from "node:fs"
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import type { Tf } from "../../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as Loss from "../../../../src/pipeline/nn/loss/Loss.ts"

const Row = Schema.Array(Schema.Finite)
const Values = Schema.Struct({ shape: Schema.Array(Schema.Int), values: Row })
export type Values = typeof Values.Type

/** The options of all losses, of which each takes its own. */
const Options = Schema.Struct({
  reduction: Schema.optionalKey(Schema.Literals(["mean", "sum", "none"])),
  labels: Schema.optionalKey(Row),
  smoothing: Schema.optionalKey(Schema.Finite),
  classWeights: Schema.optionalKey(Row),
  ignoreIndex: Schema.optionalKey(Schema.Int),
  posWeight: Schema.optionalKey(Schema.Union([Schema.Finite, Row])),
  alpha: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.Literal("none")])),
  gamma: Schema.optionalKey(Schema.Finite),
  beta: Schema.optionalKey(Schema.Finite),
  delta: Schema.optionalKey(Schema.Finite),
  activation: Schema.optionalKey(Schema.Literals(["sigmoid", "softmax", "none"])),
  over: Schema.optionalKey(Schema.Literals(["sample", "batch"])),
  smooth: Schema.optionalKey(Schema.Finite),
  targets: Schema.optionalKey(Schema.Literals(["probabilities", "logits"])),
  margin: Schema.optionalKey(Schema.Finite),
  temperature: Schema.optionalKey(Schema.Finite),
  symmetric: Schema.optionalKey(Schema.Boolean),
  sequences: Schema.optionalKey(Schema.Array(Row)),
  lengths: Schema.optionalKey(Row),
  blank: Schema.optionalKey(Schema.Int),
  zeroInfinity: Schema.optionalKey(Schema.Boolean)
})
export type Options = typeof Options.Type

const names = [
  "binaryCrossEntropy",
  "cosine",
  "crossEntropy",
  "ctc",
  "dice",
  "focal",
  "huber",
  "infoNce",
  "klDivergence",
  "l1",
  "mse",
  "smoothL1"
] as const
export type Name = (typeof names)[number]

const Case = Schema.Struct({
  loss: Schema.Literals(names),
  predicted: Values,
  target: Schema.optionalKey(Values),
  options: Options,
  value: Values,
  /** By the predicted values, and by the target if it may be learnt, of the sum of values times sin(1), sin(2) … */
  gradients: Schema.Array(Row)
})
export type Case = typeof Case.Type

export const cases = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ cases: Schema.Array(Case) }))
)(readFileSync(new URL("../../../reference/losses.json", import.meta.url), "utf8")).cases

type Run = (tf: Tf, predicted: Tensor, target: Tensor, options: Options) => Tensor

const rank2 = (tensor: Tensor) => HostTensor.ranked(tensor, 2, "an operand")

export const losses: { readonly [name in Name]: Run } = {
  binaryCrossEntropy: Loss.binaryCrossEntropy,
  cosine: (tf, a, b, options) => Loss.cosine(tf, rank2(a), rank2(b), options),
  crossEntropy: (tf, x, y, { labels, ...options }) => Loss.crossEntropy(tf, x, labels ?? y, options),
  ctc: (tf, x, _, { sequences = [], lengths, ...options }) =>
    Loss.ctc(tf, HostTensor.ranked(x, 3, "logits"), { labels: sequences, lengths }, options),
  dice: Loss.dice,
  focal: Loss.focal,
  huber: Loss.huber,
  infoNce: (tf, a, b, options) => Loss.infoNce(tf, rank2(a), rank2(b), options),
  klDivergence: Loss.klDivergence,
  l1: Loss.l1,
  mse: Loss.mse,
  smoothL1: Loss.smoothL1
}

const upload = (tf: Tf, { values, shape }: Values): Tensor => tf.tensor([...values], [...shape], "float32")

/** The value and its gradients, of the sum weighted by sines if there are several values. */
export const compute = (
  tf: Tf,
  { loss, predicted, target = predicted, options, gradients }: Case
): Array<Tensor> => {
  const operands = [upload(tf, predicted), upload(tf, target)]
  const run = losses[loss]
  const value = (x: Tensor, y = operands[1] ?? x) => run(tf, x, y, options)
  const whole = (...inputs: Array<Tensor>) => {
    const [x = tf.scalar(Number.NaN), y] = inputs
    const made = value(x, y)
    const sines = Float32Array.from({ length: made.size }, (_, i) => Math.sin(i + 1))
    return tf.sum(made.rank === 0 ? made : tf.mul(made, tf.tensor(sines, made.shape)))
  }
  const learnt = operands.slice(0, gradients.length)
  return [value(operands[0] ?? tf.scalar(Number.NaN)), ...tf.grads(whole)(learnt)]
}
