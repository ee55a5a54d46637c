/**
 * Averages of the weights along the way of training, which are often better than the last ones: what validation and
 * checkpoints use once there is one. An average is a value that says when a step counts and how it enters.
 */
import type * as TF from "@tensorflow/tfjs-core"
import type { Tf } from "../device/Device.ts"

/** Where training stands after an optimizer step. */
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
  /** Whether the weights of this moment enter the average. */
  readonly due: (moment: Moment) => boolean
  /** The average with `value`, which is the `count`-th after the first, from 1; the first is taken as it is. */
  readonly update: (tf: Tf, average: TF.Tensor, value: TF.Tensor, count: number) => TF.Tensor
}

export interface EmaOptions {
  /** Part of the average that stays at each update, in [0, 1). */
  readonly decay: number
  /** Optimizer steps between updates, at least 1. */
  readonly everyNSteps: number
  /** Optimizer steps before the first update. */
  readonly fromStep: number
}

/** An exponential moving average: `decay · average + (1 − decay) · weights` (Polyak and Juditsky, 1992). */
export const ema = ({ decay, everyNSteps, fromStep }: EmaOptions): Averaging => ({
  name: "ema",
  due: ({ step }) => step > fromStep && (step - 1) % everyNSteps === 0,
  update: (tf, average, value) => tf.add(tf.mul(average, decay), tf.mul(value, 1 - decay))
})

export interface SwaOptions {
  /** Epochs, counted from 0, whose last weights enter the average, from this one on. */
  readonly fromEpoch: number
}

/** Stochastic weight averaging: the mean of the weights after each epoch (Izmailov et al., 2018). */
export const swa = ({ fromEpoch }: SwaOptions): Averaging => ({
  name: "swa",
  due: ({ epoch, endsEpoch }) => endsEpoch && epoch >= fromEpoch,
  update: (tf, average, value, count) => tf.add(average, tf.div(tf.sub(value, average), count + 1))
})
