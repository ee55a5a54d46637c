/** A module as a whole net: what a task trains and evaluates. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Model, Params, Variables } from "./Model.ts"
import type { Any, In, Module, Out, Same } from "./Module.ts"
import * as Pass from "./Pass.ts"

export interface Trained<Out> {
  readonly output: Out
  /** Statistics after the pass, such as running means, for `StepLoss.buffers`. */
  readonly buffers: Params
}

export interface Net<In, Out> extends Model {
  /** The forward pass of a training step. */
  readonly train: (context: Pass.StepContext, variables: Variables, x: In) => Trained<Out>
  /** The forward pass of evaluation and prediction. */
  readonly evaluate: (context: Pass.ForwardContext, variables: Variables, x: In) => Out
}

/** A net that keeps its input's rank, such as dense layers alone. */
export interface SameNet extends Model {
  readonly train: <T extends TF.Tensor>(context: Pass.StepContext, variables: Variables, x: T) => Trained<T>
  readonly evaluate: <T extends TF.Tensor>(context: Pass.ForwardContext, variables: Variables, x: T) => T
}

const wrap = (
  name: string,
  { parameters, apply }: Module<TF.Tensor, TF.Tensor>
): Net<TF.Tensor, TF.Tensor> => ({
  name,
  parameters,
  train: (context, variables, x) => {
    const pass = Pass.begin(context, variables, "train", context)
    return { output: apply(pass, x), buffers: Pass.updated(pass) }
  },
  evaluate: (context, variables, x) => apply(Pass.begin(context, variables, "evaluate"), x)
})

/** A net of one module; `name` is what summaries and checkpoints call it. */
export const model: {
  (name: string, module: Same): SameNet
  <M extends Any>(name: string, module: M): Net<In<M>, Out<M>>
} = (name: string, module: Any): never => {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the overloads say what the module takes and gives
  return wrap(name, module as Module<TF.Tensor, TF.Tensor>) as never
}
