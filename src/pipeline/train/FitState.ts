/** The part of a fit's state that checkpoints keep: tensors, position and policies. */
import * as Effect from "effect/Effect"
import { Device, type DeviceError, type Tf } from "../device/Device.ts"
import * as HostTensor from "../nn/HostTensor.ts"
import type { Model, Params, Variables } from "../nn/Model.ts"
import * as ModelValues from "../nn/Model.ts"
import type { Metrics } from "../task/Metric.ts"
import { CheckpointMismatch, type Saved, type Snapshot } from "./Checkpoints.ts"
import type { RateRule } from "./RateRule.ts"
import type * as Retention from "./Retention.ts"
import type { StopRule } from "./StopRule.ts"
import type { TrainTensors } from "./TrainStep.ts"

export interface Position {
  /** Finished epochs, and finished batches of the epoch after them. */
  readonly epoch: number
  readonly batch: number
  /** Finished optimizer steps, finished micro-batches, and micro-batches whose gradients wait for a step. */
  readonly step: number
  readonly counter: number
  readonly accumulated: number
  /** A validation is due or under way. */
  readonly validating: boolean
  /** A save point is due. */
  readonly saving: boolean
  /** Sum and number of the losses of this epoch. */
  readonly lossSum: number
  readonly lossCount: number
}

export interface FitState {
  readonly tensors: TrainTensors
  readonly position: Position
  readonly rules: ReadonlyArray<StopRule>
  readonly rateRules: ReadonlyArray<RateRule>
  /** How often weights entered the average so far. */
  readonly averages: number
  /** The ranked checkpoints on disk. */
  readonly kept: ReadonlyArray<Retention.Kept>
  /** Checkpoints that the last save replaced and that are still to be removed. */
  readonly pendingDeletes: ReadonlyArray<string>
  /** The newest metrics. */
  readonly metrics: Metrics
  /** Why a rule wants to stop, once one does. */
  readonly stop: string | undefined
  /** Seconds of training so far, in all processes. */
  readonly elapsed: number
}

/** The rules that observe validations. */
export type Policies = Pick<FitState, "rules" | "rateRules">

/** The variables to validate and save: the average, as soon as there is one. */
export const variables = ({ params, buffers, averaged }: TrainTensors): Variables => {
  const averageOf = (tensors: Params) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, averaged[name] ?? tensor]))
  return { params: averageOf(params), buffers: averageOf(buffers) }
}

export const start: Position = {
  epoch: 0,
  batch: 0,
  step: 0,
  counter: 0,
  accumulated: 0,
  validating: false,
  saving: false,
  lossSum: 0,
  lossCount: 0
}

const trainable = (model: Model, want: boolean): ReadonlyArray<string> =>
  model.parameters.filter((spec) => spec.trainable === want).map((spec) => spec.name)

/** The tensors of `values` with these names, on the device; owned by the caller. */
export const uploadAll = (tf: Tf, names: ReadonlyArray<string>, values: HostTensor.HostTensors): Params =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = values[name]
      return value === undefined ? [] : [[name, HostTensor.upload(tf, value)]]
    })
  )

/** Weights and statistics of `model` on the device, owned by the caller. */
export const uploadModel = (tf: Tf, model: Model, values: HostTensor.HostTensors) => ({
  params: uploadAll(tf, trainable(model, true), values),
  buffers: uploadAll(tf, trainable(model, false), values)
})

const matches = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): boolean =>
  left.length === right.length && left.every((side, i) => side === right[i])

/** How a stored tensor differs from float32 of `shape`; undefined if it does not. */
export const unfit = ({ data, shape: found }: HostTensor.HostTensor, shape: ReadonlyArray<number>) => {
  if (!matches(shape, found)) return `[${found}] instead of [${shape}]`
  const dtype = HostTensor.dtypeOf(data)
  return dtype === "float32" ? undefined : `${dtype} instead of float32`
}

/** Fails if the stored weights are not exactly those that `model` declares. */
export const checkModel = (
  model: Model,
  snapshot: Pick<Snapshot & Saved, "model" | "path">
): Effect.Effect<void, CheckpointMismatch> => {
  const wanted = new Map(model.parameters.map((spec) => [spec.name, spec.shape]))
  const found = Object.entries(snapshot.model)
  const difference = {
    missing: [...wanted.keys()].filter((name) => snapshot.model[name] === undefined),
    unexpected: found.filter(([name]) => !wanted.has(name)).map(([name]) => name),
    reshaped: found.flatMap(([name, tensor]) => {
      const shape = wanted.get(name)
      const problem = shape === undefined ? undefined : unfit(tensor, shape)
      return problem === undefined ? [] : [`${name} ${problem}`]
    })
  }
  return Object.values(difference).every((names) => names.length === 0)
    ? Effect.void
    : Effect.fail(new CheckpointMismatch({ path: snapshot.path, model: model.name, ...difference }))
}

/** The state before the first step. */
export const fresh = (
  model: Model,
  seed: number,
  policies: Policies
): Effect.Effect<FitState, DeviceError, Device> =>
  Device.use((device) =>
    Effect.map(
      device.run("initialise", (tf) => uploadModel(tf, model, ModelValues.initial(model, seed))),
      (variables) => ({
        tensors: { ...variables, slots: {}, accumulated: {}, averaged: {} },
        position: start,
        ...policies,
        averages: 0,
        kept: [],
        pendingDeletes: [],
        metrics: {},
        stop: undefined,
        elapsed: 0
      })
    )
  )

const none: TrainTensors = { params: {}, buffers: {}, slots: {}, accumulated: {}, averaged: {} }

const named = ["params", "buffers", "accumulated", "averaged"] as const

const disposeNamed = (before: Params, after: Params): void => {
  for (const [name, tensor] of Object.entries(before)) if (tensor !== after[name]) tensor.dispose()
}

/** Frees the tensors of `before` that `after` does not hold under the same names; all by default. */
export const dispose = (before: TrainTensors, after: TrainTensors = none): void => {
  for (const group of named) disposeNamed(before[group], after[group])
  for (const [name, slots] of Object.entries(before.slots)) {
    if (slots !== after.slots[name]) for (const slot of slots) slot.dispose()
  }
}
