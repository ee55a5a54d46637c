/** What a fit carries from action to action: tensors, position and policies. */
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
  /** Epochs finished, and batches finished in the epoch after them. */
  readonly epoch: number
  readonly batch: number
  /** Optimizer steps done, micro-batches done, and micro-batches whose gradients wait. */
  readonly step: number
  readonly counter: number
  readonly accumulated: number
  /** A validation is due or under way. */
  readonly validating: boolean
  /** A save point is due. */
  readonly saving: boolean
  readonly lossSum: number
  readonly lossCount: number
}

export interface FitState {
  readonly tensors: TrainTensors
  readonly position: Position
  readonly rules: ReadonlyArray<StopRule>
  readonly rateRules: ReadonlyArray<RateRule>
  /** Weights that entered the average so far. */
  readonly averages: number
  readonly kept: ReadonlyArray<Retention.Kept>
  /** Names of checkpoints that the last save let go, until they are removed. */
  readonly pendingDeletes: ReadonlyArray<string>
  readonly metrics: Metrics
  /** Why a rule wants to stop, once one does. */
  readonly stop: string | undefined
  /** Seconds of training so far, in all processes. */
  readonly elapsed: number
}

/** The policies that observe validations, as they are before the first. */
export type Policies = Pick<FitState, "rules" | "rateRules">

/** What to validate and to keep: the average once there is one. */
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

/** Those of `names` that `values` has, on the device. */
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

/** How a stored tensor differs from one of `shape` and float32; undefined where it does not. */
export const unfit = ({ data, shape: found }: HostTensor.HostTensor, shape: ReadonlyArray<number>) => {
  if (!matches(shape, found)) return `[${found}] instead of [${shape}]`
  const dtype = HostTensor.dtypeOf(data)
  return dtype === "float32" ? undefined : `${dtype} instead of float32`
}

/** Fails when the stored weights are not exactly those that `model` wants. */
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

/** Frees the tensors of `before` that `after` does not hold under their names; all when there is no after. */
export const dispose = (before: TrainTensors, after: TrainTensors = none): void => {
  for (const group of named) disposeNamed(before[group], after[group])
  for (const [name, slots] of Object.entries(before.slots)) {
    if (slots !== after.slots[name]) for (const slot of slots) slot.dispose()
  }
}
