/** A module as a whole net: what a task trains and evaluates. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Model, ParameterSpec, Params, Variables } from "./Model.ts"
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

/** The shape of one sample, float32, without the batch, if the net takes one tensor; or a function that makes a batch of one. */
export type Example<In> = (In extends TF.Tensor ? ReadonlyArray<number> : never) | ((tf: typeof TF) => In)

export interface NetOptions<In> {
  /**
   * What the net takes, such as `[28, 28, 1]`: with it, the summary of a training shows the shapes and multiply-adds of
   * all layers, and shapes that do not fit are found before the first step.
   */
  readonly input?: Example<In> | undefined
}

const exampleOf = (tf: typeof TF, input: Example<TF.Tensor>): TF.Tensor =>
  typeof input === "function" ? input(tf) : tf.zeros([1, ...input])

const zeros = (tf: typeof TF, parameters: ReadonlyArray<ParameterSpec>): Params =>
  Object.fromEntries(parameters.map(({ name, shape }) => [name, tf.zeros([...shape])]))

const trace = (
  { parameters, apply }: Module<TF.Tensor, TF.Tensor>,
  context: Pass.ForwardContext,
  input: Example<TF.Tensor>
): ReadonlyArray<Pass.LayerCall> => {
  const calls: Array<Pass.LayerCall> = []
  const values = zeros(context.tf, parameters)
  const pass = Pass.begin(context, { params: values, buffers: values }, "evaluate", undefined, (call) => {
    calls.push(call)
  })
  apply(pass, exampleOf(context.tf, input))
  return calls
}

const wrap = (
  name: string,
  module: Module<TF.Tensor, TF.Tensor>,
  { input }: NetOptions<TF.Tensor>
): Net<TF.Tensor, TF.Tensor> => ({
  name,
  parameters: module.parameters,
  ...(input === undefined ? {} : { trace: (context) => trace(module, context, input) }),
  train: (context, variables, x) => {
    const pass = Pass.begin(context, variables, "train", context)
    return { output: module.apply(pass, x), buffers: Pass.updated(pass) }
  },
  evaluate: (context, variables, x) => module.apply(Pass.begin(context, variables, "evaluate"), x)
})

/** A net of one module; `name` is what summaries and checkpoints call it. */
export const model: {
  (name: string, module: Same, options?: NetOptions<TF.Tensor>): SameNet
  <M extends Any>(name: string, module: M, options?: NetOptions<In<M>>): Net<In<M>, Out<M>>
} = (name: string, module: Any, options: { readonly input?: unknown } = {}): never => {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the overloads say what the module takes and gives
  return wrap(name, module as Module<TF.Tensor, TF.Tensor>, options as NetOptions<TF.Tensor>) as never
}
