/** A model of tfjs-layers whose layers are built and whose weights are only declared, once it is known that it can be trained. */
import * as Effect from "effect/Effect"
import * as Thrown from "../../internal/Thrown.ts"
import { LayersModelError } from "./LayersModelError.ts"
import * as Names from "./Names.ts"
import * as Noise from "./Noise.ts"
import * as Normalisation from "./Normalisation.ts"
import { type Built, field, type Package } from "./Package.ts"
import * as Recording from "./Recording.ts"

export interface Declared {
  /** The net's name. */
  readonly model: string
  readonly package: Package
  readonly built: Built
  readonly recording: Recording.Recording
  readonly layers: ReadonlyArray<Names.Placed>
  readonly weights: ReadonlyArray<Names.Named>
}

/** The version of the package that shares Anneal's TensorFlow.js. */
const version = "4.22.0"

const quoted = (names: ReadonlyArray<string>): string => names.map((name) => `"${name}"`).join(", ")

interface Problem {
  readonly problem: string
  readonly cure: string
}

type Check = (declared: Declared) => Problem | undefined

const oneInput: Check = ({ built: { inputs = [], outputs = [] } }) => {
  if (inputs.length === 0) {
    return { problem: "it has no input", cure: "Give it a layer with an `inputShape`." }
  }
  if (inputs.length === 1 && outputs.length === 1) return undefined
  return {
    problem: `it has the inputs ${quoted(inputs.map(({ name }) => name))} and the outputs ${quoted(outputs.map(({ name }) => name))}`,
    cure: "Give it one of each: a model may begin by slicing one tensor, and end by concatenating."
  }
}

const stateless: Check = ({ layers }) => {
  const stateful = layers.filter(({ layer, path }) => path.length > 0 && field(layer, "stateful") === true)
  if (stateful.length === 0) return undefined
  return {
    problem: `${quoted(stateful.map(({ path }) => path.join(".")))} would carry a state from batch to batch, which no checkpoint holds`,
    cure: "Build it with `stateful: false`."
  }
}

const allFound: Check = ({ recording, weights }) => {
  const found = new Set(weights.map(({ weight }) => weight))
  const lost = recording.weights.filter((weight) => !found.has(weight))
  if (lost.length === 0) return undefined
  const names = lost.map(({ owner, name }) => `${String(field(owner, "name"))}/${name}`)
  return {
    problem: `the weights ${quoted(names)} belong to layers that it does not consist of`,
    cure: "Build the layers of this model only; a layer of your own holds the layers in it as `layer` or `layers`."
  }
}

const floats: Check = ({ weights }) => {
  const other = weights.filter(({ weight }) => weight.dtype !== "float32")
  if (other.length === 0) return undefined
  return {
    problem: `the weights ${quoted(other.map(({ name }) => name))} are not float32`,
    cure: "Anneal trains float32 weights only."
  }
}

const unique: Check = ({ weights }) => {
  const names = weights.map(({ name }) => name)
  const twice = names.filter((name, i) => names.indexOf(name) !== i)
  if (twice.length === 0) return undefined
  return { problem: `several weights are called ${quoted(twice)}`, cure: "Give its layers other names." }
}

const checks: ReadonlyArray<Check> = [oneInput, stateless, allFound, floats, unique]

const checkPackage = (model: string, { version_layers: found }: Package) =>
  found === version
    ? Effect.void
    : Effect.fail(
        new LayersModelError({
          model,
          problem: `@tensorflow/tfjs-layers ${found} does not share the TensorFlow.js ${version} of Anneal`,
          cure: `Run "npm install @tensorflow/tfjs-layers@${version}".`
        })
      )

/** Names its weights and keys its randomness; fails if it cannot be trained. */
const complete = Effect.fnUntraced(function* (
  model: string,
  tfl: Package,
  built: Built,
  recording: Recording.Recording
) {
  const layers = Names.layersOf(built)
  const weights = Names.weightsOf(layers, recording.weights)
  const declared: Declared = { model, package: tfl, built, recording, layers, weights }
  const problem = checks.map((check) => check(declared)).find((found) => found !== undefined)
  if (problem !== undefined) return yield* new LayersModelError({ model, ...problem })
  for (const { weight, name } of weights) recording.names.set(weight.variable, name)
  for (const placed of layers) {
    Noise.key(recording, placed)
    Normalisation.complete(recording, placed.layer)
  }
  return declared
})

const unbuilt = (model: string, cure: string) => (cause: unknown) =>
  new LayersModelError({ model, problem: `its layers cannot be built: ${Thrown.sentence(cause)}`, cure })

/** What `build` makes, synchronously. */
export const byCode = Effect.fnUntraced(function* (model: string, tfl: Package, build: () => Built) {
  yield* checkPackage(model, tfl)
  const failed = unbuilt(model, "Correct what builds it.")
  const made = yield* Recording.during(tfl, Effect.try({ try: build, catch: failed }))
  return yield* complete(model, tfl, made.built, made.recording)
})

/** What a saved topology describes. */
export const byTopology = Effect.fnUntraced(function* (model: string, tfl: Package, topology: object) {
  yield* checkPackage(model, tfl)
  // The layers are built before the promise is there, so that nothing else can happen in between.
  const begin = Effect.sync(() => ({ promise: tfl.models.modelFromJSON(topology) }))
  const {
    built: { promise },
    recording
  } = yield* Recording.during(tfl, begin)
  const failed = unbuilt(
    model,
    "Import the modules of layers of your own, each of which registers its class by `tf.serialization.registerClass`."
  )
  const built = yield* Effect.tryPromise({ try: () => promise, catch: failed })
  return yield* complete(model, tfl, built, recording)
})
