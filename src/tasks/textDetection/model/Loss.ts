/**
 * DBNet's loss (Liao et al., 2020, sections 3.4 and 3.5): balanced cross-entropy on the probability map with hard
 * negatives, L1 on the threshold map near text, Dice on their differentiable binarisation. Pixels outside a mask are
 * ignored, and every part is finite for all finite logits.
 *
 * These are not the library's losses (`pipeline/nn/loss`): each part yields its derivative beside its value, for the one
 * explicit gradient below, and negatives are chosen by their logits.
 */
import type * as TF from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"

type Tf = typeof TF

const Weight = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** The values of options that are left out; the Schema takes its defaults from here. */
export const defaults = { probability: 5, threshold: 10, binary: 1, negative_ratio: 3, k: 50 }

export const LossOptions = Schema.Struct({
  /** Weight of the cross-entropy on the probability map. */
  probability: Weight.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.probability))),
  /** Weight of the L1 on the threshold map. */
  threshold: Weight.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.threshold))),
  /** Weight of the Dice on the approximate binary map. */
  binary: Weight.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.binary))),
  /** Negative pixels that count, hardest first, for each positive one. */
  negative_ratio: Weight.pipe(Schema.withDecodingDefaultKey(Effect.succeed(defaults.negative_ratio))),
  /** Steepness k of the approximate step function. */
  k: Schema.Finite.check(Schema.isGreaterThan(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(defaults.k))
  )
})
export type LossOptions = typeof LossOptions.Type

/** What the maps should be; every tensor `[batch, height, width, 1]`, float32. */
export interface LossTargets {
  /** 1 inside a shrunk region, otherwise 0. */
  readonly shrunk: TF.Tensor4D
  /** 0 where the truth is unknown (illegible regions, padding), otherwise 1. */
  readonly mask: TF.Tensor4D
  /** The threshold map's target where `border` is 1. */
  readonly threshold: TF.Tensor4D
  /** 1 near the outline of a region, where the threshold map is learnt, otherwise 0. */
  readonly border: TF.Tensor4D
  /** Pixels of `mask` inside and outside `shrunk`; counted on the host, so that a step does not wait for the device. */
  readonly positives: number
  readonly negatives: number
}

export interface LossParts {
  /** The sum of the parts below. */
  readonly loss: TF.Scalar
  readonly parts: {
    readonly probability: TF.Scalar
    readonly threshold: TF.Scalar
    readonly binary: TF.Scalar
  }
}

/** A scalar and its derivative with respect to each value of its map. */
export interface Derived {
  readonly value: TF.Scalar
  readonly slope: TF.Tensor4D
}

/**
 * The whole loss from both maps' logits, `[batch, height, width, 1]`. Its gradient is explicit, since the maps are
 * the largest tensors of a step and a few formulas cost less than a tape of seventy operations: `dP/dp = P (1 - P)`
 * for the sigmoids, and `dB/dP = -dB/dT = k B (1 - B)` for the step (equation 5).
 */
export const make = (
  tf: Tf,
  probabilityLogits: TF.Tensor4D,
  thresholdLogits: TF.Tensor4D,
  targets: LossTargets,
  options: LossOptions = defaults
): LossParts => {
  const judge = tf.customGrad<TF.Tensor1D>((...inputs) => {
    const save = inputs[inputs.length - 1]
    const probability = tf.sigmoid(probabilityLogits)
    const threshold = tf.sigmoid(thresholdLogits)
    const binary = approximateStep(tf, probability, threshold, options.k)
    const entropy = balancedCrossEntropy(tf, probabilityLogits, targets, options.negative_ratio)
    const distance = maskedL1(tf, threshold, targets.threshold, targets.border)
    const overlap = dice(tf, binary, targets.shrunk, targets.mask)
    const byStep = tf.mul(overlap.slope, tf.mul(sigmoidSlope(tf, binary), options.k * options.binary))
    const byProbability = tf.mul(byStep, sigmoidSlope(tf, probability))
    const byThreshold = tf.mul(tf.neg(byStep), sigmoidSlope(tf, threshold))
    const byEntropy = tf.mul(entropy.slope, options.probability)
    const byDistance = tf.mul(distance.slope, tf.mul(sigmoidSlope(tf, threshold), options.threshold))
    if (typeof save === "function") save([byEntropy, byProbability, byDistance, byThreshold])
    const weights = tf.tensor1d([options.probability, options.threshold, options.binary])
    return {
      value: tf.mul(tf.stack([entropy.value, distance.value, overlap.value]), weights),
      gradFunc: (dy, saved) => chain(tf, dy, saved)
    }
  })
  const judged = judge(probabilityLogits, thresholdLogits)
  const part = (i: number) => tf.reshape<TF.Rank.R0>(tf.slice(judged, i, 1), [])
  return {
    loss: tf.sum(judged),
    parts: { probability: part(0), threshold: part(1), binary: part(2) }
  }
}

/** Derivative of a sigmoid with the result `value`. */
const sigmoidSlope = (tf: Tf, value: TF.Tensor4D): TF.Tensor4D => tf.mul(value, tf.sub(1, value))

/** Gradients of both logits from those of the three parts, `[3]`. */
const chain = (tf: Tf, dy: TF.Tensor1D, saved: ReadonlyArray<TF.Tensor>): Array<TF.Tensor> => {
  const [entropy, distance, overlap] = tf.unstack(dy)
  const [byEntropy, byProbability, byDistance, byThreshold] = saved
  const through = (slope: TF.Tensor | undefined, by: TF.Tensor | undefined): TF.Tensor =>
    tf.mul(slope ?? 0, by ?? 0)
  return [
    tf.add(through(byEntropy, entropy), through(byProbability, overlap)),
    tf.add(through(byDistance, distance), through(byThreshold, overlap))
  ]
}

/**
 * Differentiable binarisation, equation (2): `1 / (1 + exp(-k (P - T)))`, through the engine's sigmoid, which never
 * overflows.
 */
export const approximateStep = <T extends TF.Tensor>(tf: Tf, probability: T, threshold: T, k: number): T =>
  tf.sigmoid(tf.mul<T>(tf.sub<T>(probability, threshold), k))

/**
 * Cross-entropy over all positives and the `ratio` times as many hardest negatives (Shrivastava et al., 2016),
 * divided by the number of both; 0 without positives. On logits x it is `softplus(x) - x·y`, with the derivative
 * `sigmoid(x) - y`; the choice of hard negatives is treated as constant in the derivative.
 */
export const balancedCrossEntropy = (
  tf: Tf,
  logits: TF.Tensor4D,
  targets: Pick<LossTargets, "shrunk" | "mask" | "positives" | "negatives">,
  ratio: number
): Derived => {
  const { shrunk, mask, positives, negatives } = targets
  const hard = Math.min(negatives, Math.floor(positives * ratio))
  const positive = tf.mul<TF.Tensor4D>(shrunk, mask)
  const chosen = tf.add(positive, hardest(tf, logits, tf.sub(mask, positive), hard))
  const weight = tf.mul<TF.Tensor4D>(chosen, 1 / Math.max(1, positives + hard))
  const entropy = tf.sub(tf.softplus(logits), tf.mul(logits, shrunk))
  return {
    value: tf.sum(tf.mul(entropy, weight)),
    slope: tf.mul(tf.sub(tf.sigmoid(logits), shrunk), weight)
  }
}

/** Logits are distinguished between -range and range; all above tie, and below the loss is practically 0. */
const range = 16

/**
 * Bins of the coarse histogram of logits, and of the fine one inside one coarse bin; the square is exact in float32.
 */
const bins = 1024

/**
 * Weights in [0, 1] over `[batch, height, width, 1]` with the sum `count`: 1 for the candidates (1, others 0) with
 * the highest logits, equal shares for ties at the boundary. Computed on the device with two histograms, the second
 * resolving a 1024th of the first, without sorting or reading back; logits closer than 3e-5 tie.
 */
export const hardest = (tf: Tf, logits: TF.Tensor4D, candidates: TF.Tensor4D, count: number): TF.Tensor4D =>
  tf.tidy(() => {
    if (count === 0) return tf.zerosLike(logits)
    const scaled = tf.mul(tf.add(logits, range), (bins * bins) / (2 * range))
    const key = tf.floor(tf.clipByValue(scaled, 0, bins * bins - 1))
    const coarse = tf.floor(tf.mul(key, 1 / bins))
    const outer = boundary(tf, coarse, candidates, tf.scalar(count))
    const within = tf.mul<TF.Tensor4D>(candidates, tf.cast(tf.equal(coarse, outer.bin), "float32"))
    const inner = boundary(tf, tf.sub(key, tf.mul(coarse, bins)), within, outer.open)
    const last = tf.add(tf.mul(outer.bin, bins), inner.bin)
    const share = tf.div(inner.open, tf.maximum(inner.size, 1))
    const certain = tf.cast(tf.greater(key, last), "float32")
    const tied = tf.mul(tf.cast(tf.equal(key, last), "float32"), share)
    return tf.mul(candidates, tf.add(certain, tied))
  })

/**
 * The bin in which the `count`-th weight from the top falls, how much of `count` remains when it is reached, and the
 * sum of the bin; scalars. `index` holds whole numbers in [0, bins).
 */
const boundary = (tf: Tf, index: TF.Tensor, weights: TF.Tensor, count: TF.Tensor) => {
  const flat = (tensor: TF.Tensor) => tf.reshape<TF.Rank.R1>(tensor, [-1])
  // What is not a number has a bin as well, or an engine would refuse it before the trainer can say that it diverged.
  const bin = tf.maximum<TF.Tensor1D>(tf.cast(flat(index), "int32"), tf.scalar(0, "int32"))
  const held = tf.bincount(bin, flat(weights), bins)
  const above = tf.cumsum<TF.Tensor1D>(held, 0, true, true)
  const here = tf.cast(
    tf.logicalAnd(tf.less(above, count), tf.greaterEqual(tf.add(above, held), count)),
    "float32"
  )
  const at = (values: TF.Tensor1D) => tf.sum<TF.Scalar>(tf.mul(here, values))
  return { bin: at(tf.range(0, bins)), open: tf.sub(count, at(above)), size: at(held) }
}

/** Mean absolute difference where `mask` is 1; 0 if it is nowhere 1. Equation (7). */
export const maskedL1 = (tf: Tf, seen: TF.Tensor4D, wanted: TF.Tensor4D, mask: TF.Tensor4D): Derived => {
  const weight = tf.div<TF.Tensor4D>(mask, tf.maximum(tf.sum(mask), 1))
  const difference = tf.sub(seen, wanted)
  return {
    value: tf.sum(tf.mul(tf.abs(difference), weight)),
    slope: tf.mul(tf.sign(difference), weight)
  }
}

/**
 * `1 - 2 S / U` with `S = Σ B·G`, `U = Σ B + Σ G` where `mask` is 1 (Milletari et al., 2016), always in [0, 1]: for
 * maps in [0, 1] twice the product is at most the sum, and `smooth` prevents 0 / 0 for an empty page. Its derivative
 * by B is `(2 S / U - 2 G) / U`.
 */
export const dice = (tf: Tf, binary: TF.Tensor4D, wanted: TF.Tensor4D, mask: TF.Tensor4D): Derived => {
  const smooth = 1e-6
  const seen = tf.mul(binary, mask)
  const shared = tf.add(tf.mul(tf.sum(tf.mul(seen, wanted)), 2), smooth)
  const total = tf.add(tf.add(tf.sum(seen), tf.sum(tf.mul(wanted, mask))), smooth)
  const overlap = tf.div<TF.Scalar>(shared, total)
  return {
    value: tf.sub(1, overlap),
    slope: tf.mul(tf.div(mask, total), tf.sub<TF.Tensor4D>(overlap, tf.mul(wanted, 2)))
  }
}
