/** The Kullback-Leibler divergence of a predicted distribution from a target. */
import type * as TF from "@tensorflow/tfjs-core"
import { type Reduced, type Reduction, type ReductionOptions, reduce } from "./Reduction.ts"
import * as Shapes from "./Shapes.ts"

export interface KlDivergenceOptions<R extends Reduction> extends ReductionOptions<R> {
  /** What the target holds: probabilities, or logits of its own, as of a teacher. Default `probabilities`. */
  readonly targets?: "probabilities" | "logits" | undefined
}

/** The smallest normal number of float32: `t log t` is 0 in the limit. */
const smallest = 1.2e-38

/**
 * `Σ t (log t - log p)` over the classes, in nats, with p the softmax of `logits` and t the target, both
 * `[..., classes]`, float32. `mean` is over rows, PyTorch's `batchmean`; `none` gives `[...]`.
 */
export const klDivergence = <R extends Reduction = "mean">(
  tf: typeof TF,
  logits: TF.Tensor,
  target: TF.Tensor,
  options: KlDivergenceOptions<R> = {}
): Reduced<R> => {
  Shapes.atLeast("Loss.klDivergence", "logits", logits, 1, "[..., classes]")
  Shapes.same("Loss.klDivergence", ["logits", logits], ["target", target])
  const areLogits = options.targets === "logits"
  const logTarget = areLogits ? tf.logSoftmax(target) : tf.log(tf.maximum(target, smallest))
  const wanted = areLogits ? tf.exp(logTarget) : target
  const losses = tf.sum(tf.mul(wanted, tf.sub(logTarget, tf.logSoftmax(logits))), -1)
  return reduce(tf, losses, options.reduction)
}
