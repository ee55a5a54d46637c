/** What is being learnt: a model, its loss, and how an evaluated batch becomes outputs and metrics. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import type { HostTensor, HostTensors } from "../nn/HostTensor.ts"
import type { Model, Params, Variables } from "../nn/Model.ts"
import type { ForwardContext, StepContext } from "../nn/Pass.ts"
import type { Metric } from "./Metric.ts"

export type { ForwardContext, StepContext }

export interface StepLoss {
  /** Scalar, differentiable with respect to `variables.params`. */
  readonly loss: TF.Scalar
  /** Scalars that add up to the loss, such as `probability` and `threshold`, weighted as in the loss. */
  readonly parts: { readonly [name: string]: TF.Scalar }
  /** New values of buffers; those that are absent stay unchanged. */
  readonly buffers: Params
}

/**
 * A pure value. `B` is a batch as the data gives it, `O` what the model made of one, `S` the state of the metric.
 * The trainer runs `loss` and `forward` in a `tidy` of the device, reads what `forward` returns back and disposes of
 * it: a task neither reads nor disposes of tensors.
 */
export interface Task<B, O, S> {
  readonly name: string
  readonly model: Model
  /** Samples in a batch. */
  readonly sizeOf: (batch: B) => number
  /** The loss in training mode. */
  readonly loss: (context: StepContext, variables: Variables, batch: B) => StepLoss
  /** The forward pass in evaluation mode: tensors by name, which `interpret` reads and an export keeps. */
  readonly forward: (
    context: ForwardContext,
    variables: Variables,
    batch: B
  ) => { readonly [name: string]: TF.Tensor }
  /**
   * What the model made of a batch, on the host: `read` has the tensors of `forward` under their names. A batch without
   * samples is not evaluated.
   */
  readonly interpret: (read: HostTensors, batch: B) => O
  readonly metric: Metric<S, O>
}

/** A task threw where it works on the host. */
export class TaskFailed extends Schema.TaggedError<TaskFailed>()("TaskFailed", {
  task: Schema.String,
  /** The task's field that threw. */
  part: Schema.String,
  /** What was thrown, and the line that threw it. */
  problem: Schema.String,
  /** What it was called with. */
  given: Schema.String
}) {
  override get message() {
    return `task ${this.task}: ${this.part} threw: ${this.problem}. It was given ${this.given}`
  }
}

/** The tensors of a forward pass, read back: each under the name that the forward pass gave it. */
export type Read<N extends string> = { readonly [name in N]: HostTensor }

/** A task as it is written: the names of `forward` are those of `interpret`. */
export interface Definition<B, O, S, N extends string> extends Omit<Task<B, O, S>, "forward" | "interpret"> {
  readonly forward: (
    context: ForwardContext,
    variables: Variables,
    batch: B
  ) => { readonly [name in N]: TF.Tensor }
  readonly interpret: (read: Read<N>, batch: B) => O
}

/** The trainer reads back what `forward` returned, under the same names. */
const isRead = <N extends string>(read: HostTensors): read is HostTensors & Read<N> =>
  Object.values(read).every((tensor) => "data" in tensor && "shape" in tensor)

/**
 * A task. Its types follow from its fields, in their order: `sizeOf` says what a batch is, and `interpret` gets the
 * tensors that `forward` returns, by their names.
 */
export const make = <B, O, S, const N extends string>(task: Definition<B, O, S, N>): Task<B, O, S> => ({
  ...task,
  interpret: (read, batch) => {
    if (isRead<N>(read)) return task.interpret(read, batch)
    throw new Error(`a forward pass read back as ${Object.keys(read).join(", ")}`)
  }
})
