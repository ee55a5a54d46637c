/** First values as the initialisers of tfjs-layers define them, drawn on the host: the same for a seed on every engine. */
import { sizeOf } from "../HostTensor.ts"
import * as Initial from "../Initial.ts"
import * as Random from "../Random.ts"
import { classOf, field, isObject } from "./Package.ts"

type Shape = ReadonlyArray<number>

/** As the `init` of a parameter. */
export type Init = (random: Random.Random) => Float32Array

type Config = (name: string, otherwise: number) => number

/** Numbers of an initialiser's configuration, by name. */
const configOf = (initializer: object): Config => {
  const get = field(initializer, "getConfig")
  const config: unknown = typeof get === "function" ? Reflect.apply(get, initializer, []) : undefined
  return (name, otherwise) => {
    const value = isObject(config) ? field(config, name) : undefined
    return typeof value === "number" ? value : otherwise
  }
}

const each = (shape: Shape, value: () => number): Float32Array =>
  Float32Array.from({ length: sizeOf(shape) }, value)

/** Standard normal, drawn again beyond two standard deviations. */
const truncated = (random: Random.Random): number => {
  const value = random.normal()
  return Math.abs(value) > 2 ? truncated(random) : value
}

/** Inputs and outputs of a unit; the axes before the last two are a filter's window. */
const fans = (shape: Shape): { readonly in: number; readonly out: number } => {
  const [inputs, outputs] = shape.slice(-2)
  if (inputs === undefined || outputs === undefined || shape.length > 5) {
    const root = Math.sqrt(sizeOf(shape))
    return { in: root, out: root }
  }
  const window = sizeOf(shape.slice(0, -2))
  return { in: window * inputs, out: window * outputs }
}

/** Glorot and Bengio (2010), He et al. (2015) and LeCun et al. (1998) by their scale, fan and distribution. */
const varianceScaling =
  (initializer: object, config: Config) =>
  (shape: Shape): Init => {
    const fan = fans(shape)
    const modes = new Map<unknown, number>([
      ["fanIn", fan.in],
      ["fanOut", fan.out]
    ])
    const units = modes.get(field(initializer, "mode")) ?? (fan.in + fan.out) / 2
    const variance = config("scale", 1) / Math.max(1, units)
    const limit = Math.sqrt(3 * variance)
    return (random) =>
      field(initializer, "distribution") === "uniform"
        ? each(shape, () => random.between(-limit, limit))
        : each(shape, () => Math.sqrt(variance) * truncated(random))
  }

/** Rows or columns are orthonormal, whichever are fewer; all axes but the last are rows. */
const orthogonal = (gain: number) => (shape: Shape) => {
  const fan = fans(shape)
  return Initial.orthogonal(gain)({ shape, fanIn: fan.in, fanOut: fan.out })
}

const identity =
  (gain: number) =>
  (shape: Shape): Init =>
  () => {
    const side = (shape[0] ?? 0) + 1
    return Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i % side === 0 ? gain : 0))
  }

const kinds: Readonly<Record<string, (initializer: object, config: Config) => (shape: Shape) => Init>> = {
  Zeros: () => (shape) => () => each(shape, () => 0),
  Ones: () => (shape) => () => each(shape, () => 1),
  Constant: (_, config) => (shape) => () => each(shape, () => config("value", 0)),
  RandomUniform: (_, config) => (shape) => (random) =>
    each(shape, () => random.between(config("minval", -0.05), config("maxval", 0.05))),
  RandomNormal: (_, config) => (shape) => (random) =>
    each(shape, () => config("mean", 0) + config("stddev", 0.05) * random.normal()),
  TruncatedNormal: (_, config) => (shape) => (random) =>
    each(shape, () => config("mean", 0) + config("stddev", 0.05) * truncated(random)),
  VarianceScaling: varianceScaling,
  Orthogonal: (_, config) => orthogonal(config("gain", 1)),
  Identity: (_, config) => identity(config("gain", 1))
}

/** An initialiser's own seed, if it has one, draws the same in every run. */
const seeded =
  (config: Config, init: Init): Init =>
  (random) => {
    const seed = config("seed", Number.NaN)
    return init(Number.isNaN(seed) ? random : Random.make(seed))
  }

/** The first values of a weight of `shape`; undefined for an initialiser of somebody else's. */
export const of = (initializer: unknown, shape: Shape): Init | undefined => {
  if (!isObject(initializer)) return undefined
  const config = configOf(initializer)
  const init = kinds[classOf(initializer)]?.(initializer, config)(shape)
  return init === undefined ? undefined : seeded(config, init)
}

/** An LSTM's bias `[4 · units]`, for input, forget, cell and output: the gates begin to remember (Jozefowicz et al., 2015). */
export const forgetting =
  (bias: Init): Init =>
  (random) => {
    const values = bias(random)
    return values.fill(1, values.length / 4, values.length / 2)
  }
