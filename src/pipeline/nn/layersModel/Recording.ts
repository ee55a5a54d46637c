/**
 * The weights of a model that is being built. They are declared, not made: the layers need no engine, keep no tensor,
 * and read and write the values of the pass that is under way.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type { Variables } from "../Model.ts"
import * as Initial from "./Initial.ts"
import { field, type Package } from "./Package.ts"

/** One forward pass through the model. */
export interface Pass {
  readonly tf: typeof TF
  readonly variables: Variables
  /** What layers wrote, such as moving averages; kept, by the weight's name. */
  readonly updated: Map<string, TF.Tensor>
  /** A seed for a layer's next draw. */
  readonly draw: (layer: string) => number
}

export interface Weight {
  /** The layer that declared it. */
  readonly owner: object
  /** Its name in the layer: `kernel`. */
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly dtype: string
  /** What the layer reads and writes. */
  readonly variable: object
  readonly init: Initial.Init | undefined
}

export interface Recording {
  readonly weights: Array<Weight>
  /** Regularisers, each of the weight that it was declared for. */
  readonly penalties: Array<() => TF.Scalar>
  /** Full names by the variable; filled when the model is whole. */
  readonly names: Map<object, string>
  /** The pass under way, or the last one: a pass is synchronous, so layers run only within one. */
  pass: Pass | undefined
}

export const passOf = ({ pass }: Recording): Pass => {
  if (pass === undefined) throw new Error("the weights of this model have values within a step only")
  return pass
}

const reading = (recording: Recording, variable: object): TF.Tensor => {
  const { updated, variables } = passOf(recording)
  const name = recording.names.get(variable) ?? ""
  const tensor = updated.get(name) ?? variables.params[name] ?? variables.buffers[name]
  if (tensor === undefined) throw new Error(`there is no value for the model's weight "${name}"`)
  return tensor
}

/** Keeps the tensor beyond the layer's own `tidy`. */
const writing = (recording: Recording, variable: object, value: TF.Tensor): void => {
  const { tf, updated } = passOf(recording)
  const name = recording.names.get(variable) ?? ""
  updated.get(name)?.dispose()
  updated.set(name, tf.keep(tf.clone(value)))
}

interface Regularizer {
  readonly apply: (x: TF.Tensor) => TF.Scalar
}

/** The parameters of `Layer.addWeight`, as far as they count. */
type Declared = readonly [
  name: string,
  shape: ReadonlyArray<number>,
  dtype: string | null | undefined,
  initializer: unknown,
  regularizer: Regularizer | null | undefined,
  trainable: boolean | null | undefined
]

/** An LSTM wraps the initialiser of its bias in one that shows nothing of it. */
const initOf = (owner: object, name: string, shape: ReadonlyArray<number>, initializer: unknown) => {
  if (name !== "bias" || field(owner, "unitForgetBias") !== true) return Initial.of(initializer, shape)
  const bias = Initial.of(field(owner, "biasInitializer"), shape)
  return bias === undefined ? undefined : Initial.forgetting(bias)
}

/** What takes the place of a `LayerVariable`. */
const variableOf = (recording: Recording, name: string, shape: ReadonlyArray<number>, trainable: boolean) => {
  const variable = {
    name,
    originalName: name,
    shape: [...shape],
    dtype: "float32",
    trainable,
    read: () => reading(recording, variable),
    write: (value: TF.Tensor) => {
      writing(recording, variable, value)
      return variable
    },
    dispose: () => undefined
  }
  return variable
}

const declare = (recording: Recording, owner: object, declared: Declared) => {
  const [name, shape, dtype, initializer, regularizer, trainable] = declared
  const variable = variableOf(recording, name, shape, trainable !== false)
  const list = field(owner, trainable === false ? "_nonTrainableWeights" : "_trainableWeights")
  if (Array.isArray(list)) list.push(variable)
  if (regularizer) recording.penalties.push(() => regularizer.apply(variable.read()))
  const init = initOf(owner, name, shape, initializer)
  recording.weights.push({ owner, name, shape, dtype: dtype ?? "float32", variable, init })
  return variable
}

/** Runs `build`, synchronously, and records the weights that its layers declare. */
export const during = <A, E>(
  { layers }: Package,
  build: Effect.Effect<A, E>
): Effect.Effect<{ readonly built: A; readonly recording: Recording }, E> => {
  const layer = layers.Layer.prototype
  const recording: Recording = { weights: [], penalties: [], names: new Map(), pass: undefined }
  const addWeight = function (this: object, ...declared: Declared) {
    return declare(recording, this, declared)
  }
  return Effect.acquireUseRelease(
    Effect.sync(() => {
      const original = field(layer, "addWeight")
      Reflect.set(layer, "addWeight", addWeight)
      return original
    }),
    () => Effect.map(build, (built) => ({ built, recording })),
    (original) => Effect.sync(() => Reflect.set(layer, "addWeight", original))
  )
}
