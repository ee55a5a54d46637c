import { readFileSync } from "node:fs"
import { assert, layer } from "@effect/vitest"
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import { Device, type Tf } from "../../../../src/pipeline/device/Device.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as Loss from "../../../../src/tasks/textDetection/model/Loss.ts"
import { cpu, differences, map, number, numbers } from "../Tensors.ts"

const Values = Schema.Array(Schema.Finite)
const Reference = Schema.Struct({
  height: Schema.Int,
  width: Schema.Int,
  probabilityLogits: Values,
  thresholdLogits: Values,
  shrunk: Values,
  mask: Values,
  border: Values,
  threshold: Values,
  positives: Schema.Int,
  negatives: Schema.Int,
  expected: Schema.Struct({ probability: Schema.Finite, threshold: Schema.Finite, binary: Schema.Finite })
})
const references = Schema.decodeUnknownSync(Schema.Array(Reference))(
  JSON.parse(readFileSync(new URL("../reference/loss.json", import.meta.url), "utf8"))
)

/** `tf.grads` gives back tensors of unknown rank. */
const rank4 = (tf: Tf, tensor: Tensor): Tensor4D => {
  const [batch = 1, height = 1, width = 1, channels = 1] = tensor.shape
  return tf.reshape(tensor, [batch, height, width, channels])
}

const unweighted: Loss.LossOptions = { ...Loss.defaults, probability: 1, threshold: 1, binary: 1 }

const prepared = (tf: Tf, reference: typeof Reference.Type) => {
  const shaped = (values: ReadonlyArray<number>) =>
    tf.tensor4d([...values], [1, reference.height, reference.width, 1])
  return {
    probability: shaped(reference.probabilityLogits),
    threshold: shaped(reference.thresholdLogits),
    shaped,
    targets: {
      shrunk: shaped(reference.shrunk),
      mask: shaped(reference.mask),
      threshold: shaped(reference.threshold),
      border: shaped(reference.border),
      positives: reference.positives,
      negatives: reference.negatives
    }
  }
}

layer(cpu)("Loss", (it) => {
  it.effect("agrees with the paper's formulas in numpy, part by part", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      for (const reference of references) {
        const { probability, threshold, targets } = prepared(tf, reference)
        const { loss, parts } = Loss.make(tf, probability, threshold, targets, unweighted)
        const { expected } = reference
        assert.closeTo(number(parts.probability), expected.probability, 1e-5)
        assert.closeTo(number(parts.threshold), expected.threshold, 1e-6)
        assert.closeTo(number(parts.binary), expected.binary, 1e-5)
        assert.closeTo(number(loss), expected.probability + expected.threshold + expected.binary, 1e-5)
      }
    })
  )

  it.effect("weights its parts, 5, 10 and 1 by default", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const [reference] = references
      if (reference === undefined) return assert.fail("no reference")
      const { probability, threshold, targets } = prepared(tf, reference)
      const { parts } = Loss.make(tf, probability, threshold, targets)
      assert.closeTo(number(parts.probability), 5 * reference.expected.probability, 1e-4)
      assert.closeTo(number(parts.threshold), 10 * reference.expected.threshold, 1e-5)
      assert.closeTo(number(parts.binary), reference.expected.binary, 1e-5)
    })
  )

  it.effect("derives as finite differences say, in both maps", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const [reference] = references
      if (reference === undefined) return assert.fail("no reference")
      const { targets, shaped } = prepared(tf, reference)
      // A gentle step function: at k = 50 float32 differences measure only their own rounding.
      const options = { ...Loss.defaults, k: 3 }
      const { probabilityLogits, thresholdLogits } = reference
      const lossOf = (p: ReadonlyArray<number>, t: ReadonlyArray<number>) =>
        Loss.make(tf, shaped(p), shaped(t), targets, options).loss
      const gradients = tf.grads((p, t) => {
        return Loss.make(tf, rank4(tf, p), rank4(tf, t), targets, options).loss
      })([shaped(probabilityLogits), shaped(thresholdLogits)])
      const [byProbability, byThreshold] = gradients.map(numbers)
      const step = 1e-2
      const expectedP = differences((p) => number(lossOf(p, thresholdLogits)), probabilityLogits, step)
      const expectedT = differences((t) => number(lossOf(probabilityLogits, t)), thresholdLogits, step)
      let checked = 0
      for (const [i, expected] of expectedT.entries()) {
        assert.closeTo(byThreshold?.[i] ?? Number.NaN, expected, 2e-3)
        assert.closeTo(byProbability?.[i] ?? Number.NaN, expectedP[i] ?? Number.NaN, 2e-3, `logit ${i}`)
        checked++
      }
      assert.strictEqual(checked, reference.height * reference.width)
    })
  )

  it.effect("takes the hardest negatives, worked by hand", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      // One positive, so three of the five negatives: those with logits 2, 1 and 0.
      const logits = map(tf, [[0, -3, 2, 1, -1, 0]])
      const shrunk = map(tf, [[1, 0, 0, 0, 0, 0]])
      const mask = map(tf, [[1, 1, 1, 1, 1, 1]])
      const softplus = (x: number) => Math.log1p(Math.exp(x))
      const expected = (softplus(-0) + softplus(2) + softplus(1) + softplus(0)) / 4
      const seen = Loss.balancedCrossEntropy(tf, logits, { shrunk, mask, positives: 1, negatives: 5 }, 3)
      assert.closeTo(number(seen.value), expected, 1e-6)
    })
  )

  it.effect("shares what is left of the count among those that tie", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const weights = Loss.hardest(tf, map(tf, [[5, 1, 1, 1, 1, 0]]), map(tf, [[1, 1, 1, 1, 0, 1]]), 2)
      const third = 1 / 3
      for (const [i, weight] of numbers(weights).entries()) {
        assert.closeTo(weight, [1, third, third, third, 0, 0][i] ?? Number.NaN, 1e-6)
      }
    })
  )

  it.effect("selects as sorting would, for any count", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const random = Random.make(4)
      const values = Array.from({ length: 400 }, () => 3.5 * random.normal())
      const candidates = values.map(() => (random.chance(0.8) ? 1 : 0))
      const available = values.filter((_, i) => candidates[i] === 1).sort((a, b) => b - a)
      for (const count of [0, 1, 7, 100, available.length]) {
        const weights = numbers(Loss.hardest(tf, map(tf, [values]), map(tf, [candidates]), count))
        const softplus = (x: number) => Math.log1p(Math.exp(x))
        const seen = values.reduce((sum, value, i) => sum + softplus(value) * (weights[i] ?? 0), 0)
        const expected = available.slice(0, count).reduce((sum, value) => sum + softplus(value), 0)
        assert.closeTo(seen, expected, 1e-3 + 1e-5 * expected)
        assert.closeTo(
          weights.reduce((sum, weight) => sum + weight, 0),
          count,
          1e-3
        )
      }
    })
  )

  it.effect("is finite, with finite gradients and a bounded Dice, at logits of ±10⁴", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const extremes = [
        [1e4, -1e4, 1e4, -1e4],
        [-1e4, 1e4, 0, 1e4]
      ]
      const ones = map(tf, [
        [1, 1, 1, 1],
        [1, 1, 1, 1]
      ])
      const shrunk = map(tf, [
        [1, 1, 0, 0],
        [0, 0, 1, 0]
      ])
      const targets = { shrunk, mask: ones, threshold: ones, border: ones, positives: 3, negatives: 5 }
      for (const sign of [1, -1]) {
        const p = map(
          tf,
          extremes.map((row) => row.map((value) => sign * value))
        )
        const t = map(tf, extremes)
        const { loss, parts } = Loss.make(tf, p, t, targets)
        assert.isTrue(Number.isFinite(number(loss)))
        assert.isTrue(number(parts.binary) >= 0 && number(parts.binary) <= 1)
        const gradients = tf.grads((a, b) => Loss.make(tf, rank4(tf, a), rank4(tf, b), targets).loss)([p, t])
        for (const value of gradients.flatMap(numbers)) assert.isTrue(Number.isFinite(value))
      }
    })
  )

  it.effect("is nothing but Dice's 0 on a page without text that is seen as one", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const zeros = map(tf, [[0, 0, 0, 0]])
      const ones = map(tf, [[1, 1, 1, 1]])
      const targets = {
        shrunk: zeros,
        mask: ones,
        threshold: zeros,
        border: zeros,
        positives: 0,
        negatives: 4
      }
      const { parts } = Loss.make(tf, map(tf, [[-90, -90, -90, -90]]), zeros, targets)
      assert.strictEqual(number(parts.probability), 0)
      assert.strictEqual(number(parts.threshold), 0)
      assert.closeTo(number(parts.binary), 0, 1e-3)
    })
  )

  it.effect("counts nothing where the mask is 0", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const shrunk = map(tf, [[1, 0, 0, 1]])
      const mask = map(tf, [[1, 1, 1, 0]])
      const targets = {
        shrunk,
        mask,
        threshold: shrunk,
        border: map(tf, [[1, 1, 1, 0]]),
        positives: 1,
        negatives: 2
      }
      const lossWith = (last: number) =>
        number(Loss.make(tf, map(tf, [[1, -1, 0, last]]), map(tf, [[0, 1, -1, last]]), targets).loss)
      assert.strictEqual(lossWith(7), lossWith(-7))
    })
  )

  it.effect("nears 0 for maps that are right", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const shrunk = map(tf, [[1, 1, 0, 0, 0, 0, 0, 0]])
      const ones = map(tf, [[1, 1, 1, 1, 1, 1, 1, 1]])
      const half = map(tf, [[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]])
      const targets = { shrunk, mask: ones, threshold: half, border: ones, positives: 2, negatives: 6 }
      const logits = map(tf, [[12, 12, -12, -12, -12, -12, -12, -12]])
      const { loss } = Loss.make(tf, logits, tf.zerosLike(logits), targets)
      assert.closeTo(number(loss), 0, 1e-4)
    })
  )
})
