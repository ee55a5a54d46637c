/** What is learnt: a model, its loss, and how evaluated batches become metrics. */
import type * as TF from "@tensorflow/tfjs-core"
import type * as Effect from "effect/Effect"
import type { Device, DeviceError, DeviceOps } from "../device/Device.ts"
import type { Model, Params, Variables } from "../nn/Model.ts"
import type { Metric } from "./Metric.ts"

export interface StepContext {
  readonly tf: typeof TF
  readonly ops: DeviceOps
  readonly seed: number
  /** Micro-batches before this one in the whole run; keys dropout. */
  readonly counter: number
}

export interface StepLoss {
  /** Scalar, differentiable with respect to `variables.params`. */
  readonly loss: TF.Scalar
  /** Scalars that add up to the loss, such as `probability` and `threshold`, weighted as in the loss. */
  readonly parts: { readonly [name: string]: TF.Scalar }
  /** New values of buffers; those that are absent stay unchanged. */
  readonly buffers: Params
}

/** `B` is a batch, `S` the state of the metric, and `O` what evaluation makes of a batch. */
export interface Task<B, S, O> {
  readonly name: string
  readonly model: Model
  /** Samples in a batch. */
  readonly sizeOf: (batch: B) => number
  /** Training mode. Runs inside the step's tidy, which disposes every tensor that it leaves behind. */
  readonly loss: (context: StepContext, variables: Variables, batch: B) => StepLoss
  /** Evaluation mode: forward pass, reading back and post-processing. Borrows `variables`. */
  readonly evaluate: (variables: Variables, batch: B) => Effect.Effect<O, DeviceError, Device>
  readonly metric: Metric<S, O>
}
