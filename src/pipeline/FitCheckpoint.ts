/** A fit's way to a checkpoint and back. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CheckpointError, CheckpointState, type Saved, type Snapshot } from "./Checkpoints.ts"
import { Device, type DeviceError } from "./Device.ts"
import * as FitState from "./FitState.ts"
import * as HostTensor from "./HostTensor.ts"
import type { Metrics } from "./Metric.ts"
import type { Model, Params } from "./Model.ts"
import * as Retention from "./Retention.ts"
import type { StopRule } from "./StopRule.ts"

/** What the trainer itself remembers among the policies, each under its own name. */
const Remembered = Schema.Struct({
  retention: Schema.Array(Retention.Kept).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  stop: Schema.optionalKey(Schema.String),
  /** Seconds. */
  timer: Schema.Finite.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0)))
})

const unreadable = (path: string, why: string) =>
  new CheckpointError({
    path,
    problem: `what its policies remember cannot be read: ${why}`,
    cure: "Take a checkpoint that this version of Anneal wrote"
  })

const decodeRemembered = Schema.decodeUnknownEffect(Remembered)

const accumulatedPrefix = "accumulated/"

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
  yield* FitState.checkModel(model, snapshot)
  const remembered = yield* decodeRemembered(snapshot.state.policies).pipe(
    Effect.mapError((error) => unreadable(snapshot.path, error.message))
  )
  const device = yield* Device
  const isWaiting = (name: string) => name.startsWith(accumulatedPrefix)
  const names = Object.keys(snapshot.optimizer)
  const tensors = yield* device.run("restore", (tf) => ({
    ...FitState.uploadModel(tf, model, snapshot.model),
    slots: FitState.uploadAll(
      tf,
      names.filter((name) => !isWaiting(name)),
      snapshot.optimizer
    ),
    accumulated: Object.fromEntries(
      Object.entries(FitState.uploadAll(tf, names.filter(isWaiting), snapshot.optimizer)).map(
        ([name, tensor]) => [name.slice(accumulatedPrefix.length), tensor]
      )
    )
  }))
  const { epoch, batch, step, counter, accumulated, validating, saving } = snapshot.state
  const { lossSum, lossCount } = snapshot.state
  const { retention, stop, timer } = remembered
  const state: FitState.FitState = {
    tensors,
    position: { epoch, batch, step, counter, accumulated, validating, saving, lossSum, lossCount },
    rules: restoreRules(rules, snapshot.state),
    kept: retention,
    metrics: snapshot.state.metrics,
    stop,
    elapsed: timer
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
  state: FitState.FitState,
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
        retention: state.kept,
        ...(state.stop === undefined ? {} : { stop: state.stop }),
        ...(state.elapsed === 0 ? {} : { timer: state.elapsed })
      },
      metrics: finite(state.metrics),
      engine: device.info.engine
    }),
    model: { ...(yield* download(params)), ...(yield* download(buffers)) },
    optimizer: { ...(yield* download(slots)), ...(yield* download(accumulated, accumulatedPrefix)) }
  }
})
