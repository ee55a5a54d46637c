/** What a fit carries from action to action: tensors, position and policies; and its way to a checkpoint and back. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CheckpointMismatch, CheckpointState, type Saved, type Snapshot } from "./Checkpoints.ts"
import { Device, type DeviceError, type Tf } from "./Device.ts"
import * as HostTensor from "./HostTensor.ts"
import type { Metrics } from "./Metric.ts"
import type { Model, Params } from "./Model.ts"
import * as ModelValues from "./Model.ts"
import * as Retention from "./Retention.ts"
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
  readonly kept: ReadonlyArray<Retention.Kept>
  readonly metrics: Metrics
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

const uploadAll = (tf: Tf, names: ReadonlyArray<string>, values: HostTensor.HostTensors): Params =>
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
      return shape === undefined || matches(shape, tensor.shape)
        ? []
        : [`${name} [${tensor.shape}] instead of [${shape}]`]
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
  rules: ReadonlyArray<StopRule>
): Effect.Effect<FitState, DeviceError, Device> =>
  Device.use((device) =>
    Effect.map(
      device.run("initialise", (tf) => uploadModel(tf, model, ModelValues.initial(model, seed))),
      (variables) => ({
        tensors: { ...variables, slots: {}, accumulated: {} },
        position: start,
        rules,
        kept: [],
        metrics: {}
      })
    )
  )

const accumulatedPrefix = "accumulated/"
const KeptList = Schema.Array(Retention.Kept)
const retentionKey = "retention"

const restoreRules = (rules: ReadonlyArray<StopRule>, state: CheckpointState): ReadonlyArray<StopRule> =>
  rules.map((rule) => {
    const kept = state.policies[rule.name]
    return kept === undefined ? rule : Option.getOrElse(rule.restore(kept), () => rule)
  })

/** The state that `snapshot` kept; fails when it is of another model. */
export const restore = Effect.fnUntraced(function* (
  model: Model,
  rules: ReadonlyArray<StopRule>,
  snapshot: Snapshot & Saved
) {
  yield* checkModel(model, snapshot)
  const device = yield* Device
  const isWaiting = (name: string) => name.startsWith(accumulatedPrefix)
  const names = Object.keys(snapshot.optimizer)
  const tensors = yield* device.run("restore", (tf) => ({
    ...uploadModel(tf, model, snapshot.model),
    slots: uploadAll(
      tf,
      names.filter((name) => !isWaiting(name)),
      snapshot.optimizer
    ),
    accumulated: Object.fromEntries(
      Object.entries(uploadAll(tf, names.filter(isWaiting), snapshot.optimizer)).map(([name, tensor]) => [
        name.slice(accumulatedPrefix.length),
        tensor
      ])
    )
  }))
  const { epoch, batch, step, counter, accumulated, validating, saving } = snapshot.state
  const { lossSum, lossCount } = snapshot.state
  const kept = Option.getOrElse(
    Schema.decodeUnknownOption(KeptList)(snapshot.state.policies[retentionKey]),
    () => []
  )
  const state: FitState = {
    tensors,
    position: { epoch, batch, step, counter, accumulated, validating, saving, lossSum, lossCount },
    rules: restoreRules(rules, snapshot.state),
    kept,
    metrics: snapshot.state.metrics
  }
  return state
})

const download = Effect.fnUntraced(function* (tensors: Params, prefix = "") {
  const device = yield* Device
  const read: { [name: string]: HostTensor.HostTensor } = {}
  for (const [name, tensor] of Object.entries(tensors)) {
    read[prefix + name] = HostTensor.make(yield* device.read(tensor), tensor.shape)
  }
  return read
})

/** What the checkpoint says beside the state itself. */
export interface Identity {
  readonly task: string
  readonly model: string
  readonly seed: number
  readonly plan: string
  readonly taskPlan: Schema.Json
  readonly versions: { readonly [name: string]: string }
}

const finite = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))

/** Reads everything back from the device. */
export const snapshot = Effect.fnUntraced(function* (
  state: FitState,
  identity: Identity
): Effect.fn.Return<Snapshot, DeviceError, Device> {
  const device = yield* Device
  const { params, buffers, slots, accumulated } = state.tensors
  return {
    state: new CheckpointState({
      format: 1,
      ...identity,
      ...state.position,
      policies: {
        ...Object.fromEntries(state.rules.map((rule) => [rule.name, rule.state])),
        [retentionKey]: state.kept
      },
      metrics: finite(state.metrics),
      engine: device.info.engine
    }),
    model: { ...(yield* download(params)), ...(yield* download(buffers)) },
    optimizer: { ...(yield* download(slots)), ...(yield* download(accumulated, accumulatedPrefix)) }
  }
})

const all = (tensors: TrainTensors) =>
  [tensors.params, tensors.buffers, tensors.slots, tensors.accumulated].flatMap((group) =>
    Object.values(group)
  )

/** Frees the tensors of `before` that `after` does not hold; all of them when there is no after. */
export const dispose = (before: TrainTensors, after?: TrainTensors): Effect.Effect<void> =>
  Effect.sync(() => {
    const staying = new Set(after === undefined ? [] : all(after))
    for (const tensor of all(before)) if (!staying.has(tensor)) tensor.dispose()
  })
