/** CTC against what can be known without another implementation: a closed form, all paths one by one, differences. */
import { assert, describe, it, layer } from "@effect/vitest"
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device, type Tf } from "../../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as Loss from "../../../../src/pipeline/nn/loss/Loss.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { cpu, differences, number, numbers } from "../../../tasks/textDetection/Tensors.ts"

type Label = ReadonlyArray<number>

const repeats = (label: Label): number => label.filter((name, i) => i > 0 && name === label[i - 1]).length

const logBinomial = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => Math.log((n - i) / (i + 1))).reduce((sum, part) => sum + part, 0)

/** What is left of a path if repeats become one and blanks disappear. */
const spelt = (path: Label): Label => path.filter((name, i) => name !== 0 && name !== path[i - 1])

const paths = (time: number, classes: number): ReadonlyArray<Label> =>
  time === 0
    ? [[]]
    : paths(time - 1, classes).flatMap((path) =>
        Array.from({ length: classes }, (_, name) => [...path, name])
      )

const logSoftmax = (row: ReadonlyArray<number>): ReadonlyArray<number> => {
  const highest = Math.max(...row)
  const sum = row.reduce((total, x) => total + Math.exp(x - highest), 0)
  return row.map((x) => x - highest - Math.log(sum))
}

/** The definition: minus the log of the sum over all paths that spell the label, in double precision. */
const byDefinition = (logits: ReadonlyArray<number>, time: number, classes: number, label: Label): number => {
  const rows = Array.from({ length: time }, (_, t) =>
    logSoftmax(logits.slice(t * classes, (t + 1) * classes))
  )
  const wanted = label.join()
  const probability = paths(time, classes)
    .filter((path) => spelt(path).join() === wanted)
    .reduce((sum, path) => sum + Math.exp(path.reduce((log, name, t) => log + (rows[t]?.[name] ?? 0), 0)), 0)
  return -Math.log(probability)
}

const gradient = (tf: Tf, logits: Tensor, label: Label): Tensor =>
  tf.grad((x) => Loss.ctc(tf, HostTensor.ranked(x, 3, "logits"), { labels: [label] }, { reduction: "sum" }))(
    logits
  )

const drawn = (length: number, key: number): ReadonlyArray<number> => {
  const random = Random.make(key)
  return Array.from({ length }, () => Math.fround(2 * random.normal()))
}

describe("the definition in this file", () => {
  it("counts paths as the closed form does", () => {
    const label = [1, 1, 2]
    const count = paths(6, 3).filter((path) => spelt(path).join() === label.join()).length
    assert.closeTo(Math.log(count), logBinomial(6 + 3 - 1, 6), 1e-12)
  })
})

layer(cpu)("Loss.ctc", (it) => {
  it.effect("of uniform logits is T ln K - ln C(T + L - r, 2L)", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      for (const [time, classes, label] of [
        [1, 2, [1]],
        [4, 3, []],
        [5, 4, [1, 2]],
        [7, 3, [1, 1, 2, 2]],
        [32, 50, [3, 1, 4, 1, 5, 9, 2, 6]],
        [80, 100, [7, 7, 7, 1, 2, 3, 4, 5, 6, 9, 9, 8]],
        [24, 5, [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]]
      ] satisfies ReadonlyArray<readonly [number, number, Label]>) {
        const logits = tf.fill<Rank.R3>([1, time, classes], 0.7)
        const seen = number(Loss.ctc(tf, logits, { labels: [label] }, { reduction: "sum" }))
        const lines = time + label.length - repeats(label)
        const wanted = time * Math.log(classes) - logBinomial(lines, 2 * label.length)
        assert.isBelow(Math.abs(seen / wanted - 1), 1e-5, `${time} steps, label ${label}`)
      }
    })
  )

  it.effect("is minus the log of the probability of all paths that spell the label", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      for (const [key, label] of [[1], [1, 1], [2, 1, 2], [1, 2, 3, 1], []].entries()) {
        const logits = drawn(5 * 4, key)
        const seen = Loss.ctc(
          tf,
          tf.tensor3d([...logits], [1, 5, 4]),
          { labels: [label] },
          { reduction: "sum" }
        )
        assert.closeTo(number(seen), byDefinition(logits, 5, 4, label), 1e-5)
      }
    })
  )

  it.effect("derives as differences of the definition in double precision say", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      for (const [key, label] of [[1], [1, 1], [2, 1], []].entries()) {
        const logits = drawn(4 * 3, key)
        const seen = numbers(gradient(tf, tf.tensor3d([...logits], [1, 4, 3]), label))
        const wanted = differences((x) => byDefinition(x, 4, 3, label), logits, 1e-4)
        for (const [i, slope] of wanted.entries()) assert.closeTo(seen[i] ?? Number.NaN, slope, 1e-6)
      }
    })
  )

  it.effect("is the same for a sample alone and in a batch of longer ones", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const logits = tf.tensor3d([...drawn(3 * 6 * 5, 9)], [3, 6, 5])
      const labels = [[4], [1, 2, 3], [2, 2]]
      const lengths = [3, 6, 5]
      const together = numbers(Loss.ctc(tf, logits, { labels, lengths }, { reduction: "none" }))
      for (const [i, label] of labels.entries()) {
        const alone = tf.slice(logits, [i, 0, 0], [1, lengths[i] ?? 0, -1])
        assert.closeTo(
          number(Loss.ctc(tf, alone, { labels: [label] }, { reduction: "sum" })),
          together[i] ?? Number.NaN,
          1e-5
        )
      }
    })
  )

  it.effect("is infinite, or 0, if a label does not fit, and then derives to 0; the others count on", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const logits = tf.tensor3d([...drawn(2 * 3 * 3, 4)], [2, 3, 3])
      const target = {
        labels: [
          [1, 1, 2],
          [1, 2]
        ]
      }
      const of = (zeroInfinity: boolean) =>
        numbers(Loss.ctc(tf, logits, target, { reduction: "none", zeroInfinity }))
      assert.strictEqual(of(false)[0], Number.POSITIVE_INFINITY)
      assert.strictEqual(of(true)[0], 0)
      assert.strictEqual(of(true)[1], of(false)[1])
      const slopes = numbers(
        tf.grad((x) => Loss.ctc(tf, HostTensor.ranked(x, 3, "logits"), target, { reduction: "sum" }))(logits)
      )
      assert.deepStrictEqual(new Set(slopes.slice(0, 9).map(Math.abs)), new Set([0]))
      assert.isAbove(Math.max(...slopes.slice(9)), 0.01)
    })
  )

  it.effect("says which label, length or blank does not fit", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const logits = tf.zeros<Rank.R3>([2, 4, 3])
      const refuses = (target: Loss.CtcTarget, message: RegExp, blank?: number) =>
        assert.throws(() => Loss.ctc(tf, logits, target, { blank }), message)
      refuses({ labels: [[1]] }, /got 1 labels for a batch of 2/)
      refuses({ labels: [[1], [2, 3]] }, /got 3 at place 1 of label 1: labels are classes from 0 to 2/)
      refuses({ labels: [[1], [0]] }, /got 0 at place 0 of label 1.* without the blank 0/)
      refuses({ labels: [[1], [1.5]] }, /got 1.5 at place 0 of label 1/)
      refuses(
        { labels: [[1], [2]], lengths: [4, 5] },
        /got length 5 for sample 1, but the logits have 4 time steps/
      )
      refuses({ labels: [[1], [2]], lengths: [4] }, /got 1 lengths for a batch of 2/)
      refuses({ labels: [[1], [2]] }, /got blank 3, but the logits have the classes 0 to 2/, 3)
    })
  )
})
