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
  const { emissions, highest } = emissionsOf(tf, shifted, lattice)
  const scores = tf.reshape(forward(tf, emissions, lattice), [-1])
  const shape: [number, number, number] = [time, batch, states]
  const own = (of: TF.Tensor) => tf.slice(tf.reshape(of, [time, 2 * batch, states]), [0, 0, 0], shape)
  const twin = tf.reshape(tf.gather(scores, tf.tensor1d(lattice.twin, "int32")), shape)
  // Both directions count what a state emits.
  const paths = tf.sub<TF.Tensor3D>(tf.add(own(scores), twin), own(emissions))
  const lasts = tf.tensor(lattice.lasts, [batch, time, 1])
  const fits = tf.tensor1d(lattice.fits)
  // At each time all paths are counted, so that any of them gives their sum.
  const total = tf.logSumExp(tf.reshape(tf.slice(paths, [0, 0, 0], [1, -1, -1]), [batch, states]), 1)
  const best = tf.sub(tf.reshape(tf.transpose(highest), [batch, time, 1]), tf.log(sums))
  const offset = tf.sum(tf.mul(best, lasts), [1, 2])
  const loss = tf.neg<TF.Tensor1D>(tf.mul(tf.add(total, offset), fits))
  const posterior = tf.matMul(
    tf.transpose(tf.softmax(paths), [1, 0, 2]),
    tf.tensor3d(lattice.classOf, [batch, states, classes])
  )
  const counted = tf.mul(lasts, tf.reshape(fits, [batch, 1, 1]))
  return {
    value: tf.where(tf.greater(fits, 0), loss, tf.fill<TF.Rank.R1>([batch], misfit)),
    slope: tf.mul(tf.sub(tf.div(powers, sums), posterior), counted)
  }
}

/**
 * Logits of what the states emit `[time, 2 · batch, states]`, less the `highest` `[time, batch]` at each time, so that
 * sums over time stay small and keep their digits.
 */
const emissionsOf = (tf: typeof TF, logits: TF.Tensor3D, lattice: CtcLattice.CtcLattice) => {
  const [batch, time] = logits.shape
  const flat = tf.gather(tf.reshape(logits, [-1]), tf.tensor1d(lattice.emitted, "int32"))
  const all = tf.reshape(flat, [time, 2 * batch, lattice.states])
  const highest = tf.max(all, 2, true)
  return {
    emissions: tf.sub<TF.Tensor3D>(all, highest),
    highest: tf.reshape<TF.Rank.R2>(tf.slice(highest, [0, 0, 0], [-1, batch, -1]), [time, batch])
  }
}

/**
 * Log-probabilities of all paths to a state at a time, `[time · 2 · batch, states]`: the recursion of equation 6 for
 * all rows and states at once, in a few operations a time step.
 */
const forward = (tf: typeof TF, emissions: TF.Tensor3D, lattice: CtcLattice.CtcLattice): TF.Tensor => {
  const { states } = lattice
  const rows = emissions.shape[1]
  const before = tf.tensor1d(lattice.before, "int32")
  const moves = tf.tensor2d(lattice.moves, [rows, states * 3])
  const advance = (scores: TF.Tensor2D, emitted: TF.Tensor) =>
    tf.tidy(() => {
      const ways = tf.add(tf.gather(scores, before, 1), moves)
      return tf.add<TF.Tensor2D>(tf.logSumExp(tf.reshape(ways, [rows, states, 3]), 2), emitted)
    })
  const reached: Array<TF.Tensor2D> = []
  let scores = tf.tensor2d(lattice.start, [rows, states])
  for (const emitted of tf.unstack(emissions)) {
    scores = advance(scores, emitted)
    reached.push(scores)
  }
  return tf.concat(reached, 0)
}
