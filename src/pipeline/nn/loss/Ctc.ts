/** Connectionist temporal classification (Graves et al., 2006): labels without places in a sequence of logits. */
import type * as TF from "@tensorflow/tfjs-core"
import * as CtcLattice from "./CtcLattice.ts"
import { type Reduced, type Reduction, type ReductionOptions, reduce } from "./Reduction.ts"
import * as Shapes from "./Shapes.ts"

export type { CtcTarget } from "./CtcLattice.ts"

export interface CtcOptions<R extends Reduction> extends ReductionOptions<R> {
  /** The class that stands for no label. Default 0. */
  readonly blank?: number | undefined
  /** Whether a label that does not fit into its time costs 0 instead of infinity. Default false. */
  readonly zeroInfinity?: boolean | undefined
}

/**
 * Minus the log of the probability, in nats, that `logits` `[batch, time, classes]`, float32, not normalised, spell the
 * labels, as PyTorch's `ctc_loss` of their log-softmax: the mean divides each loss by the length of its label, and
 * `none` gives `[batch]`.
 *
 * A label with L classes and r that equal the one before them needs L + r time steps; with fewer its loss is infinite,
 * or 0 with `zeroInfinity`, and its gradient is 0. The gradient, `softmax - posterior` (equation 16), is computed
 * together with the loss, so that an evaluation costs as much as a step of training.
 *
 * Throws if labels, lengths or the blank do not fit the logits.
 */
export const ctc = <R extends Reduction = "mean">(
  tf: typeof TF,
  logits: TF.Tensor3D,
  target: CtcLattice.CtcTarget,
  options: CtcOptions<R> = {}
): Reduced<R> => {
  const { blank = 0, zeroInfinity = false, reduction } = options
  Shapes.atLeast("Loss.ctc", "logits", logits, 3, "[batch, time, classes]")
  const [batch, time, classes] = logits.shape
  const lattice = CtcLattice.make(target, { batch, time, classes }, blank)
  const judge = tf.customGrad<TF.Tensor1D>((...inputs) => {
    const save = inputs[inputs.length - 1]
    const { value, slope } = judged(tf, logits, lattice, zeroInfinity ? 0 : Number.POSITIVE_INFINITY)
    // What the backward pass reads must be saved: everything else is disposed after the forward pass.
    if (typeof save === "function") save([slope])
    return { value, gradFunc: (dy, saved) => tf.mul(saved[0] ?? 0, tf.reshape(dy, [batch, 1, 1])) }
  })
  const losses = judge(logits)
  return reduce(
    tf,
    reduction === undefined || reduction === "mean" ? tf.div(losses, lattice.sizes) : losses,
    reduction
  )
}

/** The loss of each sample `[batch]`, and its derivative by the logits `[batch, time, classes]`. */
const judged = (
  tf: typeof TF,
  logits: TF.Tensor3D,
  lattice: CtcLattice.CtcLattice,
  misfit: number
): { readonly value: TF.Tensor1D; readonly slope: TF.Tensor3D } => {
  const [batch, time, classes] = logits.shape
  const { states } = lattice
  // Of log-softmax the difference to the largest logit is exact and the sum is not, so that sum is kept apart.
  const shifted = tf.sub<TF.Tensor3D>(logits, tf.max(logits, 2, true))
  const powers = tf.exp(shifted)
  const sums = tf.sum(powers, 2, true)
  const paths = pathsOf(tf, shifted, lattice)
  const lasts = tf.tensor3d(lattice.lasts, [batch, time, 1])
  const fits = tf.tensor1d(lattice.fits)
  // At each time all paths are counted: the first gives their sum as well as any other.
  const total = tf.logSumExp(tf.reshape(tf.slice(paths, [0, 0, 0], [-1, 1, -1]), [batch, states]), 1)
  const normaliser = tf.sum(tf.mul(tf.log(sums), lasts), [1, 2])
  const loss = tf.mul<TF.Tensor1D>(tf.sub(normaliser, total), fits)
  const posterior = tf.matMul(tf.softmax(paths), tf.tensor3d(lattice.classOf, [batch, states, classes]))
  const counted = tf.mul(lasts, tf.reshape(fits, [batch, 1, 1]))
  return {
    value: tf.where(tf.greater(fits, 0), loss, tf.fill<TF.Rank.R1>(fits.shape, misfit)),
    slope: tf.mul(tf.sub(tf.div(powers, sums), posterior), counted)
  }
}

/** The log of all paths through a state at a time, `[batch, time, states]`: forward and backward (equation 14). */
const pathsOf = (tf: typeof TF, logits: TF.Tensor3D, lattice: CtcLattice.CtcLattice): TF.Tensor3D => {
  const [batch, time] = logits.shape
  const at = (values: TF.Tensor, places: Int32Array) =>
    tf.gatherND(values, tf.tensor2d(places, [places.length, 1], "int32"))
  const emissions = at(tf.concat([tf.reshape(logits, [-1]), [CtcLattice.never]]), lattice.emitted)
  const scores = forward(tf, emissions, lattice, batch)
  // Both directions count what a state emits.
  const paths = tf.add(at(tf.sub(scores, emissions), lattice.own), at(scores, lattice.twin))
  return tf.reshape(paths, [batch, time, lattice.states])
}

/**
 * Scores of all time steps, `[time · width]`: logs of all paths to a state (equation 6), for all states of all rows at
 * once. An operation costs more than its numbers here, so they are few, on vectors that lie as they are read.
 */
const forward = (
  tf: typeof TF,
  emissions: TF.Tensor,
  { width, skips, start }: CtcLattice.CtcLattice,
  batch: number
): TF.Tensor => {
  const edge = tf.tensor1d(new Float32Array(2 * batch).fill(CtcLattice.never))
  const skip = tf.tensor1d(skips)
  const advance = (own: TF.Tensor, t: number) =>
    tf.tidy(() => {
      const padded = tf.concat([edge, own])
      const next = tf.slice(padded, [batch], [width])
      const skipped = tf.add(tf.slice(padded, [0], [width]), skip)
      const best = tf.maximum(tf.maximum(own, next), skipped)
      const power = (of: TF.Tensor) => tf.exp(tf.sub(of, best))
      const sum = tf.add(tf.add(power(own), power(next)), power(skipped))
      return tf.add(tf.add(best, tf.slice(emissions, [t * width], [width])), tf.log(sum))
    })
  const reached: Array<TF.Tensor> = []
  for (let t = 0; t * width < emissions.size; t++)
    reached.push(advance(reached.at(-1) ?? tf.tensor1d(start), t))
  return tf.concat(reached)
}
