/** Dice: how little two maps overlap. */
import type * as TF from "@tensorflow/tfjs-core"
import { type Reduced, type Reduction, type ReductionOptions, reduce } from "./Reduction.ts"
import * as Shapes from "./Shapes.ts"

export interface DiceOptions<R extends Reduction> extends ReductionOptions<R> {
  /**
   * What makes probabilities of the predicted values: `sigmoid` for each class alone, `softmax` over the last axis,
   * `none` if they are probabilities already. Default `sigmoid`.
   */
  readonly activation?: "sigmoid" | "softmax" | "none" | undefined
  /** Whether maps are compared sample by sample, or those of the whole batch as one. Default `sample`. */
  readonly over?: "sample" | "batch" | undefined
  /** Added to both sides of the fraction, above 0: two empty maps overlap fully. Default 1. */
  readonly smooth?: number | undefined
  /** 1 where a place counts, otherwise 0, broadcast to the maps. */
  readonly mask?: TF.Tensor | undefined
}

/**
 * `1 - (2 Σ p t + smooth) / (Σ p + Σ t + smooth)` (Milletari et al., 2016) for each class, the last axis of `predicted`
 * and `target` `[batch, ..., classes]`, float32, target in [0, 1]. `none` gives `[batch, classes]`, or `[classes]` over
 * the batch.
 */
export const dice = <R extends Reduction = "mean">(
  tf: typeof TF,
  predicted: TF.Tensor,
  target: TF.Tensor,
  options: DiceOptions<R> = {}
): Reduced<R> => {
  const { activation = "sigmoid", smooth = 1, mask } = options
  const axes = summedAxes(predicted, options.over ?? "sample")
  Shapes.same("Loss.dice", ["predicted", predicted], ["target", target])
  if (!(smooth > 0)) throw new Error(`Loss.dice needs smooth above 0, not ${smooth}`)
  const counted = (map: TF.Tensor) => (mask === undefined ? map : tf.mul(map, mask))
  const seen = counted(probabilitiesOf(tf, predicted, activation))
  const shared = tf.add(tf.mul(tf.sum(tf.mul(seen, target), axes), 2), smooth)
  const total = tf.add(tf.add(tf.sum(seen, axes), tf.sum(counted(target), axes)), smooth)
  return reduce(tf, tf.sub(1, tf.div(shared, total)), options.reduction)
}

const summedAxes = (maps: TF.Tensor, over: "sample" | "batch"): Array<number> => {
  if (over === "sample")
    Shapes.atLeast("Loss.dice", "predicted", maps, 3, "[batch, ..., classes] with an axis between")
  else Shapes.atLeast("Loss.dice", "predicted", maps, 2, "[..., classes]")
  return maps.shape.map((_, axis) => axis).slice(over === "sample" ? 1 : 0, -1)
}

const probabilitiesOf = (
  tf: typeof TF,
  predicted: TF.Tensor,
  activation: "sigmoid" | "softmax" | "none"
): TF.Tensor => {
  if (activation === "none") return predicted
  return activation === "softmax" ? tf.softmax(predicted) : tf.sigmoid(predicted)
}
