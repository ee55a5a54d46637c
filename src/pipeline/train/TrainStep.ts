/**
 * One training step as synchronous tensor code: forward, backward, accumulate, clip, update; and whether what it returned
 * is what the model and the optimizer declare, since a checkpoint of anything else could not be loaded.
 */
import type * as TF from "@tensorflow/tfjs-core"
import { didYouMean } from "../../config/node/Nearest.ts"
import type { DeviceOps, Tf } from "../device/Device.ts"
import type { Model, Params, Variables } from "../nn/Model.ts"
import { type Optimizer, updateAll } from "../optim/Optimizer.ts"
import type { ParameterSetting } from "../optim/ParameterGroup.ts"
import type { Task } from "../task/Task.ts"
import type { Averaging } from "./Averaging.ts"

/** What the optimizer keeps for each parameter. */
export interface Slots {
  readonly [parameter: string]: ReadonlyArray<TF.Tensor>
}

/** Every tensor that training carries from step to step. */
export interface TrainTensors extends Variables {
  /** By parameter, in the order of `Optimizer.slots`; empty before the first optimizer step. */
  readonly slots: Slots
  /** Sums of gradients that wait for an optimizer step; empty if none do. */
  readonly accumulated: Params
  /** The average of weights and statistics by name; empty before it begins. */
  readonly averaged: Params
}

export interface GradientClip {
  /** Largest L2 norm of all gradients together, or largest absolute value of each. */
  readonly value: number
  readonly algorithm: "norm" | "value"
}

export interface Optimization {
  readonly optimizer: Optimizer
  /** Number of this optimizer step, from 1. */
  readonly step: number
  readonly learningRate: number
  readonly clip: GradientClip | undefined
  /** Learning rate and weight decay of each parameter. */
  readonly settings: ReadonlyMap<string, ParameterSetting>
  /** Absent if the weights after this step do not enter the average; `count` entered it before. */
  readonly average: { readonly averaging: Averaging; readonly count: number } | undefined
}

export interface StepOptions<B> {
  readonly tf: Tf
  readonly ops: DeviceOps
  readonly task: Pick<Task<B, never, never>, "loss">
  readonly tensors: TrainTensors
  readonly batch: B
  readonly seed: number
  readonly counter: number
  /** Micro-batches per optimizer step; the loss is divided by it. */
  readonly accumulate: number
  /** Names of the parameters that stay as they are. Default none. */
  readonly frozen?: ReadonlySet<string> | undefined
  /** Absent if this micro-batch only adds its gradients. */
  readonly optimize: Optimization | undefined
}

export interface StepResult {
  readonly tensors: TrainTensors
  /** Scalars, float32: loss, gradient norm (0 while accumulating), then the parts in order. */
  readonly report: ReadonlyArray<TF.Tensor>
  readonly partNames: ReadonlyArray<string>
}

interface Differentiated {
  readonly loss: TF.Tensor
  readonly gradients: Params
  readonly parts: { readonly [name: string]: TF.Tensor }
  readonly buffers: Params
}

const zip = (names: ReadonlyArray<string>, tensors: ReadonlyArray<TF.Tensor>): Params => {
  const zipped: { [name: string]: TF.Tensor } = {}
  for (let i = 0; i < tensors.length; i++) {
    const [name, tensor] = [names[i], tensors[i]]
    if (name !== undefined && tensor !== undefined) zipped[name] = tensor
  }
  return zipped
}

const without = (tensors: Params, names: ReadonlySet<string>): Params =>
  names.size === 0
    ? tensors
    : Object.fromEntries(Object.entries(tensors).filter(([name]) => !names.has(name)))

const none: ReadonlySet<string> = new Set()

/** Forward and backward, as far as what is trained needs it; the parts of the loss and new buffers outlive the tidy that the gradient runs in. */
const differentiate = <B>({
  tf,
  ops,
  task,
  tensors,
  batch,
  seed,
  counter,
  frozen = none
}: StepOptions<B>): Differentiated => {
  const trained = without(tensors.params, frozen)
  const names = Object.keys(trained)
  const reported: { parts: { [name: string]: TF.Tensor }; buffers: { [name: string]: TF.Tensor } } = {
    parts: {},
    buffers: {}
  }
  const forward = (...values: Array<TF.Tensor>): TF.Tensor => {
    const variables = { params: { ...tensors.params, ...zip(names, values) }, buffers: tensors.buffers }
    const { loss, parts, buffers } = task.loss({ tf, ops, seed, counter }, variables, batch)
    for (const [name, value] of Object.entries(parts)) reported.parts[name] = tf.keep(tf.clone(value))
    for (const [name, value] of Object.entries(buffers)) reported.buffers[name] = tf.keep(tf.clone(value))
    return loss
  }
  const { value, grads } = tf.valueAndGrads(forward)(Object.values(trained))
  return {
    loss: value,
    gradients: zip(names, grads),
    parts: reported.parts,
    buffers: { ...tensors.buffers, ...reported.buffers }
  }
}

const combine = (f: (name: string, tensor: TF.Tensor) => TF.Tensor, tensors: Params): Params =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, f(name, tensor)]))

const addTo = (tf: Tf, waiting: Params, gradients: Params): Params =>
  Object.keys(waiting).length === 0
    ? gradients
    : combine((name, gradient) => {
        const before = waiting[name]
        return before === undefined ? gradient : tf.add(before, gradient)
      }, gradients)

interface Clipped {
  /** Of all gradients together, before they are clipped. */
  readonly norm: TF.Tensor
  readonly gradients: Params
}

/** The norm, and gradients scaled down to `limit` of it: as torch.nn.utils.clip_grad_norm_ (Pascanu et al., 2013). */
const byNorm = (tf: Tf, ops: DeviceOps, limit: number | undefined, gradients: Params): Clipped => {
  if (ops.globalNorm !== undefined) {
    const fused = ops.globalNorm(Object.values(gradients), limit)
    return { norm: fused.norm, gradients: zip(Object.keys(gradients), fused.gradients) }
  }
  const norm = tf.sqrt(tf.addN(Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)))))
  if (limit === undefined) return { norm, gradients }
  const scale = tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1)
  return { norm, gradients: combine((_, gradient) => tf.mul(gradient, scale), gradients) }
}

/** By norm, or each value as torch.nn.utils.clip_grad_value_. */
const clipped = (tf: Tf, ops: DeviceOps, clip: GradientClip, gradients: Params): Clipped => {
  if (clip.algorithm === "norm") return byNorm(tf, ops, clip.value, gradients)
  const { norm } = byNorm(tf, ops, undefined, gradients)
  const within = combine((_, gradient) => tf.clipByValue(gradient, -clip.value, clip.value), gradients)
  return { norm, gradients: within }
}

const ratesOf =
  ({ optimizer, learningRate, settings }: Optimization) =>
  (name: string) => {
    const { learningRateScale = 1, weightDecay = optimizer.weightDecay } = settings.get(name) ?? {}
    return { learningRate: learningRate * learningRateScale, weightDecay }
  }

interface Optimized extends Pick<TrainTensors, "params" | "slots"> {
  readonly gradientNorm: TF.Tensor | undefined
}

type OptimizeOptions = Pick<StepOptions<never>, "tf" | "ops" | "tensors" | "frozen">

const optimized = (
  { tf, ops, tensors, frozen = none }: OptimizeOptions,
  optimization: Optimization,
  gradients: Params
): Optimized => {
  const { optimizer, step } = optimization
  const rates = ratesOf(optimization)
  const trained = without(tensors.params, frozen)
  const names = Object.keys(trained)
  const updates = Object.entries(trained).map(([name, parameter]) => {
    const { learningRate, weightDecay } = rates(name)
    return {
      tf,
      ops,
      parameter,
      gradient: gradients[name] ?? tf.zerosLike(parameter),
      slots: tensors.slots[name] ?? [],
      step,
      learningRate,
      weightDecay
    }
  })
  const { updated, gradientNorm } = updateAll(optimizer, updates)
  const params: { [name: string]: TF.Tensor } = { ...tensors.params }
  const slots: { [name: string]: ReadonlyArray<TF.Tensor> } = {}
  for (let i = 0; i < names.length; i++) {
    const [name, after] = [names[i], updated[i]]
    if (name === undefined || after === undefined) continue
    params[name] = after.parameter
    slots[name] = after.slots
  }
  return { params, slots, gradientNorm }
}

/** The average with the weights after this step, or unchanged; of weights that stay as they are it is themselves. */
const averaged = (
  { tf, tensors, frozen = none }: OptimizeOptions,
  { average }: Optimization,
  after: Variables
): Params => {
  const before = tensors.averaged
  if (average === undefined) return before
  const { averaging, count } = average
  return combine(
    (name, value) => {
      const old = before[name]
      if (old === undefined) return tf.clone(value)
      return frozen.has(name) ? old : averaging.update(tf, old, value, count)
    },
    { ...after.params, ...after.buffers }
  )
}

/** An optimizer step: weights, slots and average from the gradients, and the norm of the gradients. */
const optimization = (
  options: OptimizeOptions,
  optimize: Optimization,
  gradients: Params,
  buffers: Params
): { readonly tensors: TrainTensors; readonly norm: TF.Tensor } => {
  const { tf, ops } = options
  const limited = optimize.clip === undefined ? undefined : clipped(tf, ops, optimize.clip, gradients)
  const { gradientNorm, ...after } = optimized(options, optimize, limited?.gradients ?? gradients)
  const average = averaged(options, optimize, { params: after.params, buffers })
  return {
    tensors: { ...after, buffers, accumulated: {}, averaged: average },
    norm: limited?.norm ?? gradientNorm ?? byNorm(tf, ops, undefined, gradients).norm
  }
}

const keepAll = (tf: Tf, tensors: ReadonlyArray<TF.Tensor>): void => {
  for (const tensor of tensors) tf.keep(tensor)
}

/** Keeps what a step returns beyond its tidy. Tensors that it was given are not the tidy's, so this does not affect them. */
const kept = (tf: Tf, result: StepResult): StepResult => {
  const { params, buffers, slots, accumulated, averaged } = result.tensors
  for (const group of [params, buffers, accumulated, averaged]) keepAll(tf, Object.values(group))
  for (const values of Object.values(slots)) keepAll(tf, values)
  keepAll(tf, result.report)
  return result
}

/** Runs the step in the caller's tidy. Unchanged tensors are returned as the same objects. */
export const run = <B>(options: StepOptions<B>): StepResult => {
  const { tf, tensors, optimize } = options
  const { loss, gradients, parts, buffers } = differentiate(options)
  const scaled =
    options.accumulate === 1
      ? gradients
      : combine((_, gradient) => tf.div(gradient, options.accumulate), gradients)
  const summed = addTo(tf, tensors.accumulated, scaled)
  const after =
    optimize === undefined
      ? { tensors: { ...tensors, buffers, accumulated: summed }, norm: tf.scalar(0) }
      : optimization(options, optimize, summed, buffers)
  return kept(tf, {
    tensors: after.tensors,
    report: [loss, after.norm, ...Object.values(parts)],
    partNames: Object.keys(parts)
  })
}

const unknown = (model: Model, name: string): string => {
  if (model.parameters.some((spec) => spec.name === name)) {
    return `the loss returns "${name}" as a buffer, which ${model.name} trains. Declare it with trainable: false, or leave it out.`
  }
  const names = model.parameters.filter(({ trainable }) => !trainable).map((spec) => spec.name)
  const known = names.length === 0 ? "It has no buffers." : `Its buffers are ${names.join(", ")}.`
  return `the loss returns a buffer "${name}", which ${model.name} does not declare${didYouMean(name, names)}. ${known}`
}

/** How a tensor differs from float32 of `shape`; undefined if it does not. */
const difference = ({ shape: found, dtype }: TF.Tensor, shape: ReadonlyArray<number>): string | undefined => {
  const same = found.length === shape.length && found.every((side, i) => side === shape[i])
  if (!same) return `has shape [${found.join(", ")}], but [${shape.join(", ")}] is declared`
  return dtype === "float32" ? undefined : `is ${dtype}, but float32 is declared`
}

/** What is wrong with the variables after a step, as sentences: names, shapes and types of buffers and parameters. */
export const variableProblems = (model: Model, { params, buffers }: Variables): ReadonlyArray<string> => {
  const shapes = new Map(model.parameters.map((spec) => [spec.name, spec]))
  const problems = (what: string, tensors: Params, trainable: boolean) =>
    Object.entries(tensors).flatMap(([name, tensor]) => {
      const spec = shapes.get(name)
      if (spec === undefined || spec.trainable !== trainable) return [unknown(model, name)]
      const found = difference(tensor, spec.shape)
      return found === undefined ? [] : [`the ${what} "${name}" ${found}.`]
    })
  return [...problems("buffer", buffers, false), ...problems("parameter", params, true)]
}

const slotProblems = (optimizer: Optimizer, { slots }: StepResult["tensors"]): ReadonlyArray<string> =>
  Object.entries(slots).flatMap(([name, values]) => {
    if (values.length !== optimizer.slots.length) {
      const declared = `${optimizer.slots.length} (${optimizer.slots.join(", ")})`
      return [
        `optimizer ${optimizer.name} returns ${values.length} slots of "${name}", but declares ${declared}.`
      ]
    }
    return values.flatMap(({ dtype }, i) =>
      dtype === "float32"
        ? []
        : [`the slot ${optimizer.slots[i]} of "${name}" is ${dtype}, but must be float32.`]
    )
  })

/** The loss and its parts must be one number each. */
const reportProblems = ({ report, partNames }: StepResult): ReadonlyArray<string> => {
  const [loss, , ...parts] = report
  const named = [
    { what: "loss", value: loss },
    ...parts.map((value, i) => ({ what: `part "${partNames[i]}" of the loss`, value }))
  ]
  return named.flatMap(({ what, value }) =>
    value === undefined || value.size === 1
      ? []
      : [`the ${what} has shape [${value.shape.join(", ")}], but must be one number. Use its mean or sum.`]
  )
}

/** What is wrong with the result of a step, as sentences with their cures. */
export const problems = (model: Model, optimizer: Optimizer, result: StepResult): ReadonlyArray<string> => [
  ...variableProblems(model, result.tensors),
  ...slotProblems(optimizer, result.tensors),
  ...reportProblems(result)
]
