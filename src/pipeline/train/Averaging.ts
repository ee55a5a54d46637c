/**
 * Averages of the weights over the course of training, which often generalise better than the last weights. Validation
 * and checkpoints use the average as soon as there is one. An average says which steps enter it, and how.
 */
import type * as TF from "@tensorflow/tfjs-core"
import type { Tf } from "../device/Device.ts"

/** The position of training after an optimizer step. */
export interface Moment {
  /** Optimizer steps done, from 1. */
  readonly step: number
  /** Epochs finished before this one. */
  readonly epoch: number
  /** Whether the step ended its epoch. */
  readonly endsEpoch: boolean
}

export interface Averaging {
  readonly name: string
  /** Whether the weights at this moment enter the average. */
  readonly due: (moment: Moment) => boolean
  /** The average with `value`, which is the `count`-th after the first, from 1; the first is taken unchanged. */
  readonly update: (tf: Tf, average: TF.Tensor, value: TF.Tensor, count: number) => TF.Tensor
}

export interface EmaOptions {
  /** Fraction of the average that is kept at each update once it has warmed up, in [0, 1). */
  readonly decay: number
  /** Optimizer steps between updates, at least 1. */
  readonly everyNSteps: number
  /** Optimizer steps before the first update. */
  readonly fromStep: number
}

/**
 * What an exponential moving average keeps at its `count`-th update, from 1: `min(decay, (1 + count) / (10 + count))`, as
 * TensorFlow's ExponentialMovingAverage with `num_updates`. So it is always over about the last ninth of the updates; with
 * 0.999 from the first, half of it would be the untrained weights after 700 steps.
 */
export const emaDecay = (decay: number, count: number): number => Math.min(decay, (1 + count) / (10 + count))

/**
 * An exponential moving average: `decay · average + (1 − decay) · weights` (Polyak and Juditsky, 1992), with the decay of
 * `emaDecay`. Statistics enter it like weights, so that both are of the same steps. It is computed as a step towards the
 * weights, which leaves alone what does not change, to the last bit.
 */
export const ema = ({ decay, everyNSteps, fromStep }: EmaOptions): Averaging => ({
  name: "ema",
  due: ({ step }) => step > fromStep && (step - 1) % everyNSteps === 0,
  update: (tf, average, value, count) =>
    tf.add(average, tf.mul(tf.sub(value, average), 1 - emaDecay(decay, count)))
})

export interface SwaOptions {
  /** The first epoch, counted from 0, whose last weights enter the average. */
  readonly fromEpoch: number
}

/** Stochastic weight averaging: the mean of the weights after each epoch (Izmailov et al., 2018). */
export const swa = ({ fromEpoch }: SwaOptions): Averaging => ({
  name: "swa",
  due: ({ epoch, endsEpoch }) => endsEpoch && epoch >= fromEpoch,
  update: (tf, average, value, count) => tf.add(average, tf.div(tf.sub(value, average), count + 1))
})
