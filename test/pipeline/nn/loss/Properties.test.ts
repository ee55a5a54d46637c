/** What all losses promise: gradients as differences say, finite numbers for huge logits, sentences for what does not fit. */
import { assert, layer } from "@effect/vitest"
import type { Rank, Scalar, Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device, type Tf } from "../../../../src/pipeline/device/Device.ts"
import * as Loss from "../../../../src/pipeline/nn/loss/Loss.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { cpu, differences, number, numbers } from "../../../tasks/textDetection/Tensors.ts"
import { losses, type Name, type Options } from "./cases.ts"

interface Setting {
  readonly loss: Name
  readonly shape: ReadonlyArray<number>
  readonly options: Options
}

/** A small case of each loss. */
const settings: ReadonlyArray<Setting> = [
  { loss: "binaryCrossEntropy", shape: [2, 3], options: { posWeight: 2 } },
  { loss: "cosine", shape: [2, 3], options: { labels: [1, -1], margin: -0.9 } },
  {
    loss: "crossEntropy",
    shape: [2, 3],
    options: { labels: [2, 0], smoothing: 0.1, classWeights: [1, 2, 3] }
  },
  { loss: "ctc", shape: [2, 4, 3], options: { sequences: [[1, 1], [2]], lengths: [4, 3] } },
  { loss: "dice", shape: [1, 3, 2], options: {} },
  { loss: "focal", shape: [2, 3], options: { gamma: 1.5 } },
  { loss: "huber", shape: [2, 3], options: { delta: 0.7 } },
  { loss: "infoNce", shape: [2, 3], options: { temperature: 0.5 } },
  { loss: "klDivergence", shape: [2, 3], options: {} },
  { loss: "l1", shape: [2, 3], options: {} },
  { loss: "mse", shape: [2, 3], options: {} },
  { loss: "smoothL1", shape: [2, 3], options: { beta: 0.7 } }
]

const sizeOf = (shape: ReadonlyArray<number>): number => shape.reduce((all, side) => all * side, 1)

const drawn = (shape: ReadonlyArray<number>, key: number): ReadonlyArray<number> => {
  const random = Random.make(key)
  return Array.from({ length: sizeOf(shape) }, () => random.normal())
}

/** Between 0 and 1, as all targets may be. */
const targetOf = (shape: ReadonlyArray<number>): ReadonlyArray<number> =>
  drawn(shape, 2).map((value) => 1 / (1 + Math.exp(-value)))

const valueAndGradient = (tf: Tf, { loss, shape, options }: Setting, values: ReadonlyArray<number>) => {
  const target = tf.tensor([...targetOf(shape)], [...shape])
  const of = (x: Tensor) => tf.sum<Scalar>(losses[loss](tf, x, target, options))
  return tf.valueAndGrad(of)(tf.tensor([...values], [...shape]))
}

const isFinite = (tensor: Tensor): boolean => numbers(tensor).every(Number.isFinite)

layer(cpu)("every loss", (it) => {
  for (const setting of settings) {
    const { loss, shape } = setting

    it.effect(`${loss} derives as differences say`, () =>
      Effect.gen(function* () {
        const { tf } = yield* Device
        const values = drawn(shape, 1)
        const seen = numbers(valueAndGradient(tf, setting, values).grad)
        const of = (x: ReadonlyArray<number>) => number(valueAndGradient(tf, setting, x).value)
        for (const [i, slope] of differences(of, values, 2 ** -7).entries())
          assert.closeTo(seen[i] ?? Number.NaN, slope, 1e-3, `value ${i}`)
        assert.isAbove(Math.max(...seen.map(Math.abs)), 1e-2)
      })
    )

    it.effect(`${loss} and its gradient are finite for any mixture of 1e4, 0 and -1e4`, () =>
      Effect.gen(function* () {
        const { tf } = yield* Device
        for (let key = 0; key < 30; key++) {
          const random = Random.make(key)
          const values = Array.from({ length: sizeOf(shape) }, () => random.pick([1e4, 0, -1e4]))
          const { value, grad } = valueAndGradient(tf, setting, values)
          assert.isTrue(isFinite(value) && isFinite(grad), `${values}`)
        }
      })
    )
  }
})

layer(cpu)("losses by element", (it) => {
  it.effect("weights are factors, and a mask says what the mean is over", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2])
      const zero = tf.zerosLike(x)
      assert.closeTo(number(Loss.mse(tf, x, zero, { weights: tf.tensor1d([1, 0]) })), (1 + 9) / 4, 1e-6)
      assert.closeTo(number(Loss.mse(tf, x, zero, { mask: tf.tensor1d([1, 0]) })), (1 + 9) / 2, 1e-6)
      const mask = tf.tensor2d([0, 1, 1, 1], [2, 2])
      assert.closeTo(number(Loss.l1(tf, x, zero, { mask })), 3, 1e-6)
      assert.closeTo(
        number(Loss.l1(tf, x, zero, { mask, weights: tf.scalar(2), reduction: "sum" })),
        18,
        1e-6
      )
      assert.deepStrictEqual(numbers(Loss.l1(tf, x, zero, { mask, reduction: "none" })), [0, 2, 3, 4])
    })
  )

  it.effect("a mean over nothing is 0, with a gradient of 0", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2])
      const nothing: ReadonlyArray<(x: Tensor) => Scalar> = [
        (x) => Loss.binaryCrossEntropy(tf, x, tf.zerosLike(x), { mask: tf.zerosLike(x) }),
        (x) => Loss.crossEntropy(tf, x, [-100, -100]),
        (x) => Loss.crossEntropy(tf, x, [0, 0], { classWeights: [0, 1], smoothing: 0.1 })
      ]
      for (const of of nothing) {
        const { value, grad } = tf.valueAndGrad(of)(x)
        assert.deepStrictEqual([number(value), ...numbers(grad)].map(Math.abs), [0, 0, 0, 0, 0])
      }
    })
  )
})

layer(cpu)("Loss.crossEntropy", (it) => {
  it.effect("takes classes from the host and from the device alike", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const logits = tf.tensor([...drawn([2, 3, 4], 5)], [2, 3, 4])
      const labels = [0, 3, 2, 1, 1, 0]
      for (const ignoreIndex of [-100, 1]) {
        const options = { ignoreIndex, reduction: "none" } as const
        const host = numbers(Loss.crossEntropy(tf, logits, Int32Array.from(labels), options))
        const device = Loss.crossEntropy(tf, logits, tf.tensor2d(labels, [2, 3], "int32"), options)
        assert.deepStrictEqual(device.shape, [2, 3])
        assert.deepStrictEqual(numbers(device), host)
        assert.strictEqual(host.filter((loss) => loss === 0).length, ignoreIndex === 1 ? 2 : 0)
      }
    })
  )

  it.effect("a class on the device that does not exist counts nothing", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const logits = tf.tensor2d([...drawn([3, 4], 6)], [3, 4])
      const alone = Loss.crossEntropy(tf, tf.slice(logits, [1, 0], [1, 4]), [2], { smoothing: 0.2 })
      const seen = Loss.crossEntropy(tf, logits, tf.tensor1d([4, 2, -1], "int32"), { smoothing: 0.2 })
      assert.closeTo(number(seen), number(alone), 1e-6)
    })
  )
})

layer(cpu)("what does not fit", (it) => {
  it.effect("fails with a sentence that names the loss, what came and what it takes", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const x = tf.zeros<Rank.R2>([2, 3])
      const other = tf.zeros<Rank.R2>([2, 4])
      const refuses = (of: () => unknown, message: RegExp) => assert.throws(of, message)
      const shapes = /needs .* of one shape, but .* has \[2, 3\] and .* \[2, 4\]/
      for (const loss of [Loss.mse, Loss.l1, Loss.huber, Loss.smoothL1, Loss.focal, Loss.klDivergence])
        refuses(() => loss(tf, x, other), shapes)
      refuses(() => Loss.binaryCrossEntropy(tf, x, other), shapes)
      refuses(() => Loss.dice(tf, x, other, { over: "batch" }), shapes)
      refuses(() => Loss.cosine(tf, x, other), shapes)
      refuses(() => Loss.dice(tf, x, x), /\[batch, \.\.\., classes\] with an axis between, not \[2, 3\]/)
      refuses(
        () => Loss.crossEntropy(tf, x, [1, 3]),
        /label 3 in row 1, but the logits have the classes 0 to 2/
      )
      refuses(() => Loss.crossEntropy(tf, x, [1, 0.5]), /label 0.5 in row 1/)
      refuses(() => Loss.crossEntropy(tf, x, [1]), /got 1 labels for 2 rows of logits/)
      refuses(
        () => Loss.crossEntropy(tf, x, other),
        /float32 and shape \[2, 4\] for logits \[2, 3\]: classes are int32/
      )
      refuses(
        () => Loss.crossEntropy(tf, x, [1, 1], { classWeights: [1] }),
        /got 1 class weights for 3 classes/
      )
      refuses(() => Loss.binaryCrossEntropy(tf, x, x, { posWeight: [1, 2] }), /got 2 posWeight for 3 classes/)
      refuses(() => Loss.cosine(tf, x, x, { labels: [1, 0] }), /label 0 for pair 1: it is 1 or -1/)
      refuses(() => Loss.infoNce(tf, x, other), /a key for each query.*\[2, 3\].*\[2, 4\]/)
      refuses(() => Loss.infoNce(tf, x, x, { temperature: 0 }), /temperature above 0, not 0/)
      refuses(() => Loss.huber(tf, x, x, { delta: 0 }), /delta above 0, not 0/)
      refuses(() => Loss.smoothL1(tf, x, x, { beta: -1 }), /beta from 0 up, not -1/)
      refuses(() => Loss.dice(tf, x, x, { over: "batch", smooth: 0 }), /smooth above 0, not 0/)
    })
  )

  it.effect("fails a device's operation with that sentence", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const failed = device.run("loss", (tf) => Loss.crossEntropy(tf, tf.zeros([1, 3]), [3]))
      const { _tag, message } = yield* Effect.flip(failed)
      assert.strictEqual(_tag, "DeviceError")
      assert.include(
        message,
        "Loss.crossEntropy got label 3 in row 0, but the logits have the classes 0 to 2"
      )
    })
  )
})
