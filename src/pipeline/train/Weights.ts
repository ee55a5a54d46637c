/** The weights of a checkpoint on the device, to evaluate and predict with. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Device, type DeviceError } from "../device/Device.ts"
import type { Model, Variables } from "../nn/Model.ts"
import { type CheckpointError, type CheckpointMismatch, Checkpoints, type Saved } from "./Checkpoints.ts"
import * as FitState from "./FitState.ts"

export interface Weights extends Variables {
  readonly saved: Saved
}

/** Loads the checkpoint `last`, `best`, or one by name or path. The tensors are freed when the scope closes. */
export const load = Effect.fn("Weights.load")(function* (
  model: Model,
  reference: string
): Effect.fn.Return<
  Weights,
  CheckpointError | CheckpointMismatch | DeviceError,
  Device | Checkpoints | Scope.Scope
> {
  const device = yield* Device
  const checkpoints = yield* Checkpoints
  const { name, path, state, model: values } = yield* checkpoints.load(reference)
  yield* FitState.checkModel(model, { path, model: values })
  const variables = yield* Effect.acquireRelease(
    device.run("load weights", (tf) => FitState.uploadModel(tf, model, values)),
    ({ params, buffers }) => Effect.sync(() => device.tf.dispose([params, buffers]))
  )
  return { ...variables, saved: { name, path, state } }
})
