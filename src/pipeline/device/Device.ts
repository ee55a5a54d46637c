/** The device: the engine that a run computes on, and its only access to TensorFlow.js. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Thrown from "../internal/Thrown.ts"

/** The TensorFlow.js namespace. It is a type here; the value comes from the `Device` service. */
export type Tf = typeof TF

/** What executes tensors: tfjs-node-gpu, tfjs-node, Dawn, XNNPACK in WebAssembly, plain JavaScript. */
export type EngineName = "gpu" | "native" | "webgpu" | "wasm" | "cpu"

export interface DeviceInfo {
  readonly engine: EngineName
  /** For people, such as `wasm simd, 1 thread`. */
  readonly name: string
  /** Why `auto` chose this engine, or `asked for`. */
  readonly reason: string
  /** Package or library name to version, for the run record. */
  readonly versions: Readonly<Record<string, string>>
  /** Threads that compute, at least 1. */
  readonly threads: number
  /** Whether the same program gives the same bits on the same machine again. */
  readonly deterministic: boolean
}

/** The accelerator is not available on this machine. */
export class DeviceUnavailable extends Schema.TaggedError<DeviceUnavailable>()("DeviceUnavailable", {
  accelerator: Schema.String,
  reason: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `accelerator "${this.accelerator}" is not available: ${this.reason}. ${this.cure}`
  }
}

/** A setting that this engine, or Anneal, does not support; it is never replaced silently. */
export class DeviceUnsupported extends Schema.TaggedError<DeviceUnsupported>()("DeviceUnsupported", {
  /** The plan's key, such as `trainer.devices`. */
  setting: Schema.String,
  value: Schema.String,
  reason: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${this.setting}=${this.value} is not supported: ${this.reason}. ${this.cure}`
  }
}

/** A second device was asked for while the process still holds one. */
export class DeviceBusy extends Schema.TaggedError<DeviceBusy>()("DeviceBusy", {
  held: Schema.String,
  asked: Schema.String
}) {
  override get message() {
    return (
      `device "${this.asked}" cannot be opened while this process holds "${this.held}": ` +
      "TensorFlow.js keeps one active engine per process. Close the first scope, or use a child process."
    )
  }
}

/** Code threw while the device ran `operation`; `cause` is what it threw. */
export class DeviceError extends Schema.TaggedError<DeviceError>()("DeviceError", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    // An error with a tag is that of a net or a task, which the device only ran.
    const who = Predicate.hasProperty(this.cause, "_tag") ? "" : "the device failed in "
    return `${who}${this.operation}: ${Thrown.sentence(this.cause)}`
  }
}

export interface BatchNormalized {
  /** Same shape as the input. */
  readonly y: TF.Tensor4D
  /** `[channels]`, float32, of this batch; no gradient flows through it. */
  readonly mean: TF.Tensor1D
  /** `[channels]`, float32, biased (divided by the count). */
  readonly variance: TF.Tensor1D
}

/** A parameter in one step of Adam (Kingma and Ba, 2015) or AdamW; all tensors have its shape, float32. */
export interface AdamParameter {
  readonly parameter: TF.Tensor
  readonly gradient: TF.Tensor
  /** Averages of the gradient and of its square. */
  readonly first: TF.Tensor
  readonly second: TF.Tensor
  readonly learningRate: number
  /** Weight decay of Adam: this times the parameter is added to the gradient. */
  readonly decay: number
  /** Weight decay of AdamW: the fraction that the step subtracts from the parameter, learning rate times weight decay. */
  readonly shrink: number
}

/** What all parameters have in common. */
export interface AdamSettings {
  readonly betas: readonly [number, number]
  readonly epsilon: number
  /** Number of this step, from 1. */
  readonly step: number
}

export interface AdamUpdated {
  readonly parameter: TF.Tensor
  readonly first: TF.Tensor
  readonly second: TF.Tensor
}

/** Operations that training needs and TensorFlow.js lacks, fused if the engine can; differentiable. */
export interface DeviceOps {
  /** Batch normalisation of `[batch, height, width, channels]` by the batch's own statistics (Ioffe and Szegedy, 2015). */
  readonly batchNormTrain: (
    x: TF.Tensor4D,
    gamma: TF.Tensor1D,
    beta: TF.Tensor1D,
    epsilon: number,
    /** `relu` is applied in the same pass. Default `linear`. */
    activation?: "linear" | "relu"
  ) => BatchNormalized
  /** A dense layer: `x weight + bias`, or its positive part. */
  readonly dense: (
    /** `[rows, inputs]` */
    x: TF.Tensor2D,
    /** `[inputs, outputs]` */
    weight: TF.Tensor2D,
    /** `[outputs]` */
    bias: TF.Tensor1D,
    /** `relu` is applied in the same pass. Default `linear`. */
    activation?: "linear" | "relu"
  ) => TF.Tensor2D
  /** Updates all parameters in one pass over memory, into new tensors; absent if the engine has no such kernel. Not differentiable. */
  readonly adam?: (
    parameters: ReadonlyArray<AdamParameter>,
    settings: AdamSettings
  ) => {
    readonly updated: ReadonlyArray<AdamUpdated>
    /** The L2 norm of all gradients together, before weight decay. */
    readonly gradientNorm: TF.Tensor
  }
  /**
   * The L2 norm of all gradients together, and the gradients, scaled down to `limit` if one is given (Pascanu et al.,
   * 2013); absent if the engine has no such kernel. Not differentiable.
   */
  readonly globalNorm?: (
    gradients: ReadonlyArray<TF.Tensor>,
    limit: number | undefined
  ) => { readonly norm: TF.Tensor; readonly gradients: ReadonlyArray<TF.Tensor> }
}

/** The operation that produced a number which is not finite. */
export interface Anomaly {
  /** TensorFlow.js' name of the operation, such as `Log`, preceded by the operations that it is part of. */
  readonly operation: string
  readonly phase: "forward" | "backward"
  /** The line of code that called it, if known. */
  readonly place?: string
  /** Its inputs, with shapes and ranges. */
  readonly inputs: ReadonlyArray<string>
  /** False if an input was not finite already: a weight, or the batch. */
  readonly made: boolean
}

/** A record of the operations. */
export interface AnomalyTrace {
  /** The origin of the first number in the tensor's history that is not finite; undefined if there is none. */
  readonly originOf: (tensor: TF.Tensor) => Anomaly | undefined
}

export class Device extends Context.Service<
  Device,
  {
    readonly tf: Tf
    readonly ops: DeviceOps
    readonly info: DeviceInfo
    /** The tensors that TensorFlow.js holds now, to find leaks. */
    readonly memory: Effect.Effect<{ readonly numTensors: number; readonly numBytes: number }>
    /** Runs synchronous tensor code in one `tidy`. The caller owns the tensors that it returns. */
    readonly run: <A extends TF.TensorContainer>(
      operation: string,
      body: (tf: Tf) => A
    ) => Effect.Effect<A, DeviceError>
    /** As `run`, but the caller owns the tensors that `body` keeps with `tf.keep`. */
    readonly compute: <A>(operation: string, body: (tf: Tf) => A) => Effect.Effect<A, DeviceError>
    /** Records every operation while the scope is open, to find numbers that are not finite; several times slower. */
    readonly anomalies: Effect.Effect<AnomalyTrace, DeviceUnsupported, Scope.Scope>
    /** Reads a tensor back, without disposing it. */
    readonly read: (tensor: TF.Tensor) => Effect.Effect<Float32Array | Int32Array | Uint8Array, DeviceError>
    /** Reads tensors of one element back, all in one wait if waiting is expensive, without disposing them. */
    readonly readScalars: (
      tensors: ReadonlyArray<TF.Tensor>
    ) => Effect.Effect<ReadonlyArray<number>, DeviceError>
  }
>()("anneal/pipeline/Device") {}
