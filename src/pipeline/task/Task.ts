/** What is being learnt: a model, its loss, and how an evaluated batch becomes metrics. */
import type * as TF from "@tensorflow/tfjs-core"
import type * as Effect from "effect/Effect"
import type { Device, DeviceError, DeviceOps } from "../device/Device.ts"
import type { Model, Params, Variables } from "../nn/Model.ts"
import type { Metric } from "./Metric.ts"

export interface StepContext {
  readonly tf: typeof TF
  readonly ops: DeviceOps
  readonly seed: number
  /** Micro-batches begun before this one in the whole run: the counter that keys dropout. */
  readonly counter: number
}

export interface StepLoss {
  /** Scalar, differentiable with respect to `variables.params`. */
  readonly loss: TF.Scalar
  /** Scalars that explain the loss, e.g. `probability`, `threshold`; weighted as they enter it. */
  readonly parts: { readonly [name: string]: TF.Scalar }
  /** Buffers after the step; those that are absent stay as they were. */
  readonly buffers: Params
}

export interface Task<B, S, I> {
  readonly name: string
  readonly model: Model
  /** Samples in a batch. */
  readonly sizeOf: (batch: B) => number
  /** Training mode. Runs inside the step's tidy, so every tensor that it leaves behind is disposed. */
  readonly loss: (context: StepContext, variables: Variables, batch: B) => StepLoss
  /** Evaluation mode: forward pass, post-processing and reading back, for the metric and the pictures. */
  readonly evaluate: (variables: Variables, batch: B) => Effect.Effect<I, DeviceError, Device>
  readonly metric: Metric<S, I>
}
