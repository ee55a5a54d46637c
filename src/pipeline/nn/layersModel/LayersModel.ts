/**
 * A `tf.LayersModel`, Sequential or functional, as a net: Anneal trains it, keeps it in checkpoints and resumes it
 * exactly, on every engine.
 *
 * Its package is not part of Anneal: `npm install @tensorflow/tfjs-layers@4.22.0`.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Thrown from "../../internal/Thrown.ts"
import type { Model, ParameterSpec, Params, Variables } from "../Model.ts"
import * as Random from "../Random.ts"
import * as Declared from "./Declared.ts"
import * as Folder from "./Folder.ts"
import { LayersModelError } from "./LayersModelError.ts"
import type * as Names from "./Names.ts"
import * as Noise from "./Noise.ts"
import type { Built, Loaded, Package } from "./Package.ts"
import type { Pass } from "./Recording.ts"

export { LayersModelError } from "./LayersModelError.ts"
export type { Built, Loaded, Package } from "./Package.ts"

/** What evaluation computes with. */
export interface EvaluateContext {
  readonly tf: typeof TF
}

/** What training computes with: dropout and noise are keyed by `seed`, `counter` and the layer's name. */
export interface TrainContext extends EvaluateContext {
  readonly seed: number
  /** Micro-batches before this one in the whole run. */
  readonly counter: number
}

/**
 * A model with its forward passes. A parameter has the names of its layers and its own: `block.dense_1.kernel`. Layers
 * without a name are numbered within their model, so that every process finds the same names. Weights of frozen layers and moving
 * averages are not trainable; weight decay applies to weights of two axes or more.
 */
export interface Net extends Model {
  /** The pass in training mode, with the moving averages after it. `x` is the model's input, `[batch, …]`. */
  readonly train: (
    context: TrainContext,
    variables: Variables,
    x: TF.Tensor
  ) => { readonly output: TF.Tensor; readonly buffers: Params }
  /** The pass in evaluation mode. */
  readonly evaluate: (context: EvaluateContext, variables: Variables, x: TF.Tensor) => TF.Tensor
  /** The sum of all regularisers, 0 if there are none. It is not part of `train`: add it to the loss. */
  readonly penalty: (context: EvaluateContext, variables: Variables) => TF.Scalar
}

/** Seeds from 1 on, since 0 is none to TensorFlow.js; a layer that draws several times in a pass draws differently. */
const drawing = (seed: number, counter: number): Pass["draw"] => {
  const drawn = new Map<string, number>()
  return (layer) => {
    const before = drawn.get(layer) ?? 0
    drawn.set(layer, before + 1)
    return 1 + Random.make(seed, counter, Random.keyOf(layer), before).int(0x7fff_fffe)
  }
}

/** Two copies of TensorFlow.js do not see each other's engines. */
const checkCopy = (tf: typeof TF, { layers }: Package): void => {
  if (layers.Layer.prototype instanceof tf.serialization.Serializable) return
  throw new Error(
    "@tensorflow/tfjs-layers uses another copy of @tensorflow/tfjs-core than Anneal: run `npm dedupe`"
  )
}

const begin = (
  { recording, package: tfl }: Declared.Declared,
  { tf, seed, counter }: TrainContext,
  variables: Variables
): Pass => {
  checkCopy(tf, tfl)
  const pass: Pass = { tf, variables, updated: new Map(), draw: drawing(seed, counter) }
  recording.pass = pass
  return pass
}

const isTensor = (value: unknown): value is TF.Tensor =>
  typeof value === "object" && value !== null && "dataId" in value

const applied = ({ model, built, layers }: Declared.Declared, x: TF.Tensor, training: boolean): TF.Tensor => {
  const output = built.apply(x, { training })
  for (const placed of layers) Noise.clearMasks(placed)
  if (!isTensor(output)) throw new Error(`the model ${model} returns no tensor`)
  return output
}

/** The tensors that layers wrote, handed over to the `tidy` around the pass. */
const handedOver = ({ tf, updated }: Pass): Params =>
  Object.fromEntries(
    [...updated].map(([name, kept]) => {
      const tensor = tf.clone(kept)
      kept.dispose()
      return [name, tensor]
    })
  )

/** Values by their names in a file, and the weights that are trained if the layers do not know. */
interface Given {
  readonly values: ReadonlyMap<string, Folder.Values>
  readonly trained?: ReadonlySet<string>
}

/** The parameters of a model, with first values that are given or drawn. */
const parametersOf = Effect.fnUntraced(function* (
  { model, built, weights }: Declared.Declared,
  given?: Given
) {
  const trainable = new Set(built.trainableWeights)
  const specOf = ({ weight, name, file }: Names.Named) => {
    const { shape, variable } = weight
    const values = given?.values.get(file)
    const init = values === undefined ? weight.init : () => values.data.slice()
    const trained = given?.trained?.has(file) ?? trainable.has(variable)
    if (init !== undefined) {
      const spec: ParameterSpec = { name, shape, trainable: trained, decay: shape.length > 1, init }
      return Effect.succeed(spec)
    }
    return Effect.fail(
      new LayersModelError({
        model,
        problem: `the initialiser of "${name}" is not one of tfjs-layers, and Anneal does not know what it draws`,
        cure: "Use one of `tf.initializers`, or save the model and load its folder."
      })
    )
  }
  return yield* Effect.forEach(weights, specOf)
})

const netOf = Effect.fnUntraced(function* (declared: Declared.Declared, given?: Given) {
  const net: Net = {
    name: declared.model,
    parameters: yield* parametersOf(declared, given),
    train: (context, variables, x) => {
      const pass = begin(declared, context, variables)
      return { output: applied(declared, x, true), buffers: handedOver(pass) }
    },
    evaluate: ({ tf }, variables, x) => {
      begin(declared, { tf, seed: 0, counter: 0 }, variables)
      return applied(declared, x, false)
    },
    penalty: ({ tf }, variables) => {
      begin(declared, { tf, seed: 0, counter: 0 }, variables)
      const { penalties } = declared.recording
      return penalties.reduce((sum, penalty) => tf.add(sum, penalty()), tf.scalar(0))
    }
  }
  return net
})

/** Keras also writes the name of a recurrent cell, before that of the weight. */
const withoutCell = (name: string): string => name.split("/").toSpliced(-2, 1).join("/")

/** The values of all weights by the model's names; fails if some are missing, or left over. */
const matched = Effect.fnUntraced(function* (
  { model, weights }: Declared.Declared,
  values: ReadonlyMap<string, Folder.Values>
) {
  const wanted = new Map(weights.map(({ file, weight }) => [file, weight.shape.join()]))
  const nameOf = (name: string) => (wanted.has(name) ? name : withoutCell(name))
  const found = new Map([...values].map(([name, value]) => [nameOf(name), value]))
  const missing = [...wanted.keys()].filter((name) => !found.has(name))
  const other = [...found].filter(
    ([name, { shape }]) => wanted.has(name) && wanted.get(name) !== shape.join()
  )
  const over = [...values.keys()].filter((name) => !wanted.has(nameOf(name)))
  const said = (names: ReadonlyArray<string>, what: string) =>
    names.length === 0 ? [] : [`${what} ${names.join(", ")}`]
  const problems = [
    ...said(missing, "no values for"),
    ...said(over, "no layers for the weights"),
    ...said(
      other.map(([name, { shape }]) => `${name} [${shape.join(", ")}]`),
      "values of another shape for"
    )
  ]
  if (problems.length === 0) return found
  return yield* new LayersModelError({
    model,
    problem: problems.join("; "),
    cure: "Save its layers and its weights together."
  })
})

/**
 * The model that `build` returns, built without an engine: its weights get their values when a run begins, drawn as its
 * initialisers say and keyed by the run's seed and their names. `build` is synchronous and makes all of its layers.
 * Throws a `LayersModelError` if it cannot be trained.
 *
 * ```ts
 * import * as LayersModel from "anneal/LayersModel"
 * import * as tfl from "@tensorflow/tfjs-layers"
 *
 * const net = LayersModel.make("xor", tfl, () =>
 *   tfl.sequential({
 *     layers: [tfl.layers.dense({ units: 8, activation: "tanh", inputShape: [2] }), tfl.layers.dense({ units: 1 })]
 *   })
 * )
 * ```
 */
export const make = (name: string, tfl: Package, build: () => Built): Net =>
  Effect.runSync(Effect.flatMap(Declared.byCode(name, tfl, build), (declared) => netOf(declared)))

/** The model in a folder that `model.save` or tensorflowjs_converter wrote, with its weights as first values. */
export const fromFolder = (
  name: string,
  tfl: Package,
  folder: string
): Effect.Effect<Net, LayersModelError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const { topology, values } = yield* Folder.read(name, folder)
    const declared = yield* Declared.byTopology(name, tfl, topology)
    return yield* netOf(declared, { values: yield* matched(declared, values) })
  })

/**
 * A copy of a model that has weights on an engine already, with their values as first values. The model itself stays as
 * it is, and its tensors stay its owner's.
 */
export const fromModel = (name: string, tfl: Package, model: Loaded): Effect.Effect<Net, LayersModelError> =>
  Effect.gen(function* () {
    const read = (weight: Loaded["weights"][number]) =>
      Effect.tryPromise({
        try: () => weight.read().data(),
        catch: (cause) =>
          new LayersModelError({
            model: name,
            problem: `the weight ${weight.originalName} cannot be read: ${Thrown.sentence(cause)}`,
            cure: "Make the net before the model is disposed of, while its engine is open."
          })
      }).pipe(
        Effect.map((values) => {
          const read: Folder.Values = { data: Float32Array.from(values), shape: weight.read().shape }
          return [weight.originalName, read] as const
        })
      )
    const values = new Map(yield* Effect.forEach(model.weights, read))
    const trainable = new Set(model.trainableWeights)
    const trained = new Set(
      model.weights.filter((weight) => trainable.has(weight)).map(({ originalName }) => originalName)
    )
    const topology = Object(model.toJSON(undefined, false))
    const declared = yield* Declared.byTopology(name, tfl, topology)
    return yield* netOf(declared, { values: yield* matched(declared, values), trained })
  })
