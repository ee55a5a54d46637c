/**
 * Optimizers as pure values: the slots that they keep for each parameter, and an update that returns new tensors.
 *
 * The formulas are PyTorch's, so that a recipe keeps its numbers: Adam (Kingma and Ba, 2015), AdamW
 * (Loshchilov and Hutter, 2019), SGD with momentum (Sutskever et al., 2013), RMSprop (Hinton, 2012) and Lion
 * (Chen et al., 2023).
 */
import type * as TF from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../device/Device.ts"

export interface ParameterUpdate {
  readonly tf: Tf
  /** The engine's fused operations; what is absent is composed of others. */
  readonly ops?: Pick<DeviceOps, "adam">
  readonly parameter: TF.Tensor
  readonly gradient: TF.Tensor
  /** This parameter's slots, in the order of `Optimizer.slots`; empty before the first step, which means zeros. */
  readonly slots: ReadonlyArray<TF.Tensor>
  /** Number of this optimizer step, from 1. */
  readonly step: number
  readonly learningRate: number
  /** 0 for a parameter that does not decay. */
  readonly weightDecay: number
}

export interface ParameterUpdated {
  readonly parameter: TF.Tensor
  readonly slots: ReadonlyArray<TF.Tensor>
}

export interface Optimizer {
  readonly name: string
  /** Names of what `update` keeps for each parameter; float32. */
  readonly slots: ReadonlyArray<string>
  readonly weightDecay: number
  /** The formula for one parameter. */
  readonly update: (options: ParameterUpdate) => ParameterUpdated
  /** Updates all parameters with one kernel of the engine; undefined if it has none. */
  readonly fused?: (options: ReadonlyArray<ParameterUpdate>) => AllUpdated | undefined
}

export interface AllUpdated {
  /** In the order of the parameters. */
  readonly updated: ReadonlyArray<ParameterUpdated>
  /** The L2 norm of all gradients together, if the update computed it. */
  readonly gradientNorm?: TF.Tensor
}

/** One step of all parameters, fused if the engine can. */
export const updateAll = (optimizer: Optimizer, updates: ReadonlyArray<ParameterUpdate>): AllUpdated =>
  optimizer.fused?.(updates) ?? { updated: updates.map(optimizer.update) }

export interface AdamOptions {
  /** Decay rates of the first and second moment, each in [0, 1). */
  readonly betas: readonly [number, number]
  readonly epsilon: number
  /** L2 coefficient: added to the gradient by `adam`, applied to the weight by `adamW`. */
  readonly weightDecay: number
}

/** `keep · average + (1 − keep) · value` */
const blend = (tf: Tf, average: TF.Tensor, value: TF.Tensor, keep: number): TF.Tensor =>
  tf.add(tf.mul(average, keep), tf.mul(value, 1 - keep))

const withDecay = ({ tf, gradient, parameter, weightDecay }: ParameterUpdate): TF.Tensor =>
  weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, weightDecay))

/** The weight after decoupled weight decay. */
const shrunk = ({ tf, parameter, learningRate, weightDecay }: ParameterUpdate): TF.Tensor =>
  weightDecay === 0 ? parameter : tf.mul(parameter, 1 - learningRate * weightDecay)

const slotOf = ({ tf, slots, parameter }: ParameterUpdate, index: number): TF.Tensor =>
  slots[index] ?? tf.zerosLike(parameter)

/** One step along `direction`. */
const moved = (
  { tf, learningRate }: ParameterUpdate,
  parameter: TF.Tensor,
  direction: TF.Tensor
): TF.Tensor => tf.sub(parameter, tf.mul(direction, learningRate))

const adamStep = (
  { betas: [beta1, beta2], epsilon }: AdamOptions,
  update: ParameterUpdate,
  parameter: TF.Tensor,
  gradient: TF.Tensor
): ParameterUpdated => {
  const { tf, step, learningRate } = update
  const first = blend(tf, slotOf(update, 0), gradient, beta1)
  const second = blend(tf, slotOf(update, 1), tf.square(gradient), beta2)
  const denominator = tf.add(tf.div(tf.sqrt(second), Math.sqrt(1 - beta2 ** step)), epsilon)
  const stepSize = learningRate / (1 - beta1 ** step)
  return {
    parameter: tf.sub(parameter, tf.mul(tf.div(first, denominator), stepSize)),
    slots: [first, second]
  }
}

/** The formula with either kind of weight decay. */
const adamComposed =
  (options: AdamOptions, decoupled: boolean) =>
  (update: ParameterUpdate): ParameterUpdated =>
    decoupled
      ? adamStep(options, update, shrunk(update), update.gradient)
      : adamStep(options, update, update.parameter, withDecay(update))

/** The engine's own kernel for all parameters at once, if it has one. */
const adamFused =
  ({ betas, epsilon }: AdamOptions, decoupled: boolean) =>
  (updates: ReadonlyArray<ParameterUpdate>): AllUpdated | undefined => {
    const [{ ops, step } = {}] = updates
    if (ops?.adam === undefined || step === undefined) return undefined
    const parameters = updates.map((update) => ({
      parameter: update.parameter,
      gradient: update.gradient,
      first: slotOf(update, 0),
      second: slotOf(update, 1),
      learningRate: update.learningRate,
      decay: decoupled ? 0 : update.weightDecay,
      shrink: decoupled ? update.learningRate * update.weightDecay : 0
    }))
    const { updated, gradientNorm } = ops.adam(parameters, { betas, epsilon, step })
    return {
      updated: updated.map(({ parameter, first, second }) => ({ parameter, slots: [first, second] })),
      gradientNorm
    }
  }

export const adam = (options: AdamOptions): Optimizer => ({
  name: "adam",
  slots: ["m", "v"],
  weightDecay: options.weightDecay,
  update: adamComposed(options, false),
  fused: adamFused(options, false)
})

export const adamW = (options: AdamOptions): Optimizer => ({
  name: "adamw",
  slots: ["m", "v"],
  weightDecay: options.weightDecay,
  update: adamComposed(options, true),
  fused: adamFused(options, true)
})

export interface SgdOptions {
  /** 0 keeps no velocity. */
  readonly momentum: number
  readonly dampening: number
  readonly nesterov: boolean
  readonly weightDecay: number
}

const sgdWithMomentum = (options: SgdOptions, update: ParameterUpdate): ParameterUpdated => {
  const { tf, step, parameter } = update
  const gradient = withDecay(update)
  // The first velocity is the gradient itself, without dampening, as in PyTorch.
  const velocity =
    step === 1
      ? tf.clone(gradient)
      : tf.add(tf.mul(slotOf(update, 0), options.momentum), tf.mul(gradient, 1 - options.dampening))
  const direction = options.nesterov ? tf.add(gradient, tf.mul(velocity, options.momentum)) : velocity
  return { parameter: moved(update, parameter, direction), slots: [velocity] }
}

export const sgd = (options: SgdOptions): Optimizer => ({
  name: "sgd",
  slots: options.momentum === 0 ? [] : ["velocity"],
  weightDecay: options.weightDecay,
  update: (update) =>
    options.momentum === 0
      ? { parameter: moved(update, update.parameter, withDecay(update)), slots: [] }
      : sgdWithMomentum(options, update)
})

export interface RmspropOptions {
  /** Smoothing of the squared gradient, in [0, 1). */
  readonly alpha: number
  readonly epsilon: number
  readonly momentum: number
  /** Whether the mean gradient is subtracted, so that the square is a variance. */
  readonly centered: boolean
  readonly weightDecay: number
}

const rmspropStep = (
  options: RmspropOptions,
  slots: ReadonlyArray<string>,
  update: ParameterUpdate
): ParameterUpdated => {
  const { tf } = update
  const gradient = withDecay(update)
  const slot = (name: string) => slotOf(update, slots.indexOf(name))
  const square = blend(tf, slot("square"), tf.square(gradient), options.alpha)
  const mean = options.centered ? [blend(tf, slot("mean"), gradient, options.alpha)] : []
  const variance = mean[0] === undefined ? square : tf.sub(square, tf.square(mean[0]))
  const direction = tf.div(gradient, tf.add(tf.sqrt(variance), options.epsilon))
  const velocity = options.momentum > 0 ? [tf.add(tf.mul(slot("velocity"), options.momentum), direction)] : []
  return {
    parameter: moved(update, update.parameter, velocity[0] ?? direction),
    slots: [square, ...mean, ...velocity]
  }
}

export const rmsprop = (options: RmspropOptions): Optimizer => {
  const slots = [
    "square",
    ...(options.centered ? ["mean"] : []),
    ...(options.momentum > 0 ? ["velocity"] : [])
  ]
  return {
    name: "rmsprop",
    slots,
    weightDecay: options.weightDecay,
    update: (update) => rmspropStep(options, slots, update)
  }
}

export interface LionOptions {
  /** Decay rates of the update and of the momentum, each in [0, 1). */
  readonly betas: readonly [number, number]
  readonly weightDecay: number
}

export const lion = (options: LionOptions): Optimizer => ({
  name: "lion",
  slots: ["m"],
  weightDecay: options.weightDecay,
  update: (update) => {
    const { tf, gradient } = update
    const [beta1, beta2] = options.betas
    const momentum = slotOf(update, 0)
    return {
      parameter: moved(update, shrunk(update), tf.sign(blend(tf, momentum, gradient, beta1))),
      slots: [blend(tf, momentum, gradient, beta2)]
    }
  }
})
