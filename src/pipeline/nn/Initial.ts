/** First values of parameters, as `torch.nn.init` defines them; every draw is keyed by the run's seed and the name. */
import type * as Random from "./Random.ts"

/** A parameter's shape, and how many values go into and out of each unit of its layer. */
export interface Sized {
  readonly shape: ReadonlyArray<number>
  readonly fanIn: number
  readonly fanOut: number
}

export type Initial = (sized: Sized) => (random: Random.Random) => Float32Array

const sizeOf = ({ shape }: Sized): number => shape.reduce((product, side) => product * side, 1)

const drawn =
  (deviationOf: (sized: Sized) => number, draw: (random: Random.Random, scale: number) => number): Initial =>
  (sized) =>
  (random) => {
    const scale = deviationOf(sized)
    return Float32Array.from({ length: sizeOf(sized) }, () => draw(random, scale))
  }

const gaussian = (random: Random.Random, deviation: number): number => deviation * random.normal()

/** Uniform in [-√3 σ, √3 σ), which has the deviation σ. */
const even = (random: Random.Random, deviation: number): number => {
  const bound = Math.sqrt(3) * deviation
  return random.between(-bound, bound)
}

export const constant =
  (value: number): Initial =>
  (sized) =>
  () =>
    new Float32Array(sizeOf(sized)).fill(value)

export const zeros: Initial = constant(0)
export const ones: Initial = constant(1)

/** Normal, with this deviation. */
export const normal = (deviation: number): Initial => drawn(() => deviation, gaussian)

/** Uniform in [-bound, bound). */
export const uniform = (bound: number): Initial => drawn(() => bound / Math.sqrt(3), even)

export interface HeOptions {
  /** Which side's variance is kept. Default `in`. */
  readonly mode?: "in" | "out"
  /** √2 for a ReLU (the default), 1 for none, as `torch.nn.init.calculate_gain`. */
  readonly gain?: number
}

const he =
  ({ mode = "in", gain = Math.SQRT2 }: HeOptions = {}) =>
  ({ fanIn, fanOut }: Sized) =>
    gain / Math.sqrt(mode === "in" ? fanIn : fanOut)

/** `gain / √fan` as deviation (He et al., 2015): `kaiming_normal_`. */
export const heNormal = (options?: HeOptions): Initial => drawn(he(options), gaussian)

/** The same deviation, uniform: `kaiming_uniform_`. */
export const heUniform = (options?: HeOptions): Initial => drawn(he(options), even)

const glorot = ({ fanIn, fanOut }: Sized): number => Math.sqrt(2 / (fanIn + fanOut))

/** `√(2 / (fanIn + fanOut))` as deviation (Glorot and Bengio, 2010): `xavier_normal_`. */
export const glorotNormal: Initial = drawn(glorot, gaussian)

/** The same deviation, uniform: `xavier_uniform_`. */
export const glorotUniform: Initial = drawn(glorot, even)

/** Uniform in ±1/√fanIn, weights and biases alike: what `torch.nn.Linear` and `Conv2d` begin with. */
export const torchDefault: Initial = drawn(({ fanIn }) => 1 / Math.sqrt(3 * fanIn), even)

/** Normal, drawn again outside of `±bound` (default 2, not in deviations): `trunc_normal_` with its defaults of a and b. */
export const truncatedNormal = (deviation: number, bound = 2): Initial =>
  drawn(
    () => deviation,
    (random, scale) => {
      let value = scale * random.normal()
      while (Math.abs(value) > bound) value = scale * random.normal()
      return value
    }
  )

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

/** `row` without its part along each of `basis`, at length 1: a step of Gram and Schmidt, done twice to be exact. */
const orthonormal = (row: Float64Array, basis: ReadonlyArray<Float64Array>): Float64Array => {
  const left = [...basis, ...basis].reduce((rest, unit) => {
    const along = dot(rest, unit)
    return rest.map((value, i) => value - along * (unit[i] ?? 0))
  }, row)
  const length = Math.sqrt(dot(left, left))
  return left.map((value) => value / length)
}

/**
 * Orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al., 2014): `orthogonal_`. The matrix has
 * outputs (the last axis) on one side and all other axes on the other.
 */
export const orthogonal =
  (gain = 1): Initial =>
  (sized) =>
  (random) => {
    const columns = sized.shape.at(-1) ?? 1
    const rows = sizeOf(sized) / columns
    const [few, many] = [Math.min(rows, columns), Math.max(rows, columns)]
    const basis: Array<Float64Array> = []
    for (let i = 0; i < few; i++)
      basis.push(
        orthonormal(
          Float64Array.from({ length: many }, () => random.normal()),
          basis
        )
      )
    const at = (row: number, column: number) =>
      rows <= columns ? basis[row]?.[column] : basis[column]?.[row]
    return Float32Array.from(
      { length: rows * columns },
      (_, i) => gain * (at(Math.floor(i / columns), i % columns) ?? 0)
    )
  }
