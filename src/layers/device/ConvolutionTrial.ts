/**
 * A table of convolutions and their gradients, compared with plain sums: libraries choose their code by the shape,
 * and some of it is wrong for a few shapes only.
 */
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import { Device, type Tf } from "../../pipeline/device/Device.ts"
import { four } from "./internal/Shape.ts"

interface Shape {
  readonly kernel: number
  readonly stride: number
  readonly channels: number
  readonly outputs: number
  /** The output's height and width, pixels. */
  readonly side: number
}

const upTo = (last: number): ReadonlyArray<number> => Array.from({ length: last }, (_, index) => index + 1)

/** Values around the counts that fill the vectors of processors. */
const narrow = [...upTo(9), 15, 16, 17, 24, 31, 32, 33, 48, 64]

/** Counts that fill a vector and counts that do not. */
const outputsFor = (channels: number): number => 1 + ((channels * 7) % 17)

/**
 * All counts of channels for a filter of one tap, which has its own code, on a picture that is processed in several
 * parts.
 */
const shapes: ReadonlyArray<Shape> = upTo(7).flatMap((kernel) =>
  upTo(3).flatMap((stride) =>
    (kernel === 1 ? upTo(64) : narrow).map((channels) => ({
      kernel,
      stride,
      channels,
      outputs: outputsFor(channels),
      side: kernel === 1 ? 36 : 5
    }))
  )
)

/** Small whole numbers except 0, so that float32 sums are exact in any order, and each number has an effect. */
const numbers = (length: number, seed: number): Float32Array => {
  const values = new Float32Array(length)
  let state = seed
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    values[index] = ([-2, -1, 1, 2] as const)[state >>> 30] ?? 1
  }
  return values
}

interface Values {
  readonly x: Float32Array
  readonly filter: Float32Array
  /** The gradient of the loss by the output. */
  readonly dy: Float32Array
}

const inputs = ({ kernel, stride, channels, outputs, side }: Shape): Values => ({
  x: numbers((side * stride) ** 2 * channels, 1),
  filter: numbers(kernel ** 2 * channels * outputs, 2),
  dy: numbers(side ** 2 * outputs, 3)
})

interface Sums {
  readonly y: Float32Array
  readonly dx: Float32Array
  readonly dfilter: Float32Array
}

const add = (sums: Float32Array, at: number, value: number): void => {
  sums[at] = (sums[at] ?? 0) + value
}

/** Adds the contribution of one tap of the filter, from the pixel at `from` to the output at `to`. */
const addTap = (shape: Shape, given: Values, sums: Sums, tap: number, from: number, to: number): void => {
  const { channels, outputs } = shape
  const { x, filter, dy } = given
  for (let channel = 0; channel < channels; channel++) {
    const weights = (tap * channels + channel) * outputs
    const pixel = x[from * channels + channel] ?? 0
    let back = 0
    for (let output = 0; output < outputs; output++) {
      const weight = filter[weights + output] ?? 0
      const incoming = dy[to * outputs + output] ?? 0
      add(sums.y, to * outputs + output, pixel * weight)
      add(sums.dfilter, weights + output, pixel * incoming)
      back += weight * incoming
    }
    add(sums.dx, from * channels + channel, back)
  }
}

/** Taps beyond the edge add nothing. */
const addWindow = (shape: Shape, given: Values, sums: Sums, row: number, column: number): void => {
  const { kernel, stride, side } = shape
  const width = side * stride
  // The padding that `same` adds above and to the left: half of what is missing, rounded down.
  const before = Math.floor(Math.max(kernel - stride, 0) / 2)
  for (let tap = 0; tap < kernel ** 2; tap++) {
    const y = row * stride + Math.floor(tap / kernel) - before
    const x = column * stride + (tap % kernel) - before
    if (Math.min(x, y) < 0 || Math.max(x, y) >= width) continue
    addTap(shape, given, sums, tap, y * width + x, row * side + column)
  }
}

const reference = (shape: Shape, given: Values): Sums => {
  const sums: Sums = {
    y: new Float32Array(given.dy.length),
    dx: new Float32Array(given.x.length),
    dfilter: new Float32Array(given.filter.length)
  }
  for (let at = 0; at < shape.side ** 2; at++) {
    addWindow(shape, given, sums, Math.floor(at / shape.side), at % shape.side)
  }
  return sums
}

const near = (values: ArrayLike<number>, wanted: Float32Array): boolean =>
  values.length === wanted.length &&
  wanted.every((want, index) => Math.abs((values[index] ?? Number.NaN) - want) <= 1e-4 * (1 + Math.abs(want)))

interface Kernel {
  readonly name: string
  readonly compute: (tf: Tf, shape: Shape, given: Values) => Tensor
  readonly wanted: keyof Sums
}

const picture = (tf: Tf, { channels, stride, side }: Shape, values: Float32Array) =>
  tf.tensor4d(values, [1, side * stride, side * stride, channels])

const taps = (tf: Tf, { kernel, channels, outputs }: Shape, values: Float32Array) =>
  tf.tensor4d(values, [kernel, kernel, channels, outputs])

const result = (tf: Tf, { outputs, side }: Shape, values: Float32Array) =>
  tf.tensor4d(values, [1, side, side, outputs])

const kernels: ReadonlyArray<Kernel> = [
  {
    name: "convolution",
    wanted: "y",
    compute: (tf, shape, { x, filter }) =>
      tf.conv2d(picture(tf, shape, x), taps(tf, shape, filter), shape.stride, "same")
  },
  {
    name: "gradient of a convolution by its input",
    wanted: "dx",
    compute: (tf, shape, { x, filter, dy }) =>
      tf.grad((of: Tensor) =>
        tf.conv2d(tf.reshape<Rank.R4>(of, four(of.shape)), taps(tf, shape, filter), shape.stride, "same")
      )(picture(tf, shape, x), result(tf, shape, dy))
  },
  {
    name: "gradient of a convolution by its filter",
    wanted: "dfilter",
    compute: (tf, shape, { x, filter, dy }) =>
      tf.grad((of: Tensor) =>
        tf.conv2d(picture(tf, shape, x), tf.reshape<Rank.R4>(of, four(of.shape)), shape.stride, "same")
      )(taps(tf, shape, filter), result(tf, shape, dy))
  }
]

const described = ({ kernel, stride, channels, outputs }: Shape): string =>
  `${kernel}x${kernel}, stride ${stride}, ${channels} to ${outputs} channels`

/**
 * Returns the wrong cases of the table. `begin` is called with the name of each before it is tried, so that a crash
 * can be attributed.
 */
export const run = Effect.fn("ConvolutionTrial.run")(function* (
  begin: (name: string) => Effect.Effect<void>
) {
  const device = yield* Device
  const wrong: Array<string> = []
  for (const shape of shapes) {
    const given = inputs(shape)
    const sums = reference(shape, given)
    for (const { name, compute, wanted } of kernels) {
      const said = `${name} ${described(shape)}`
      yield* begin(said)
      const tensor = yield* device.run(said, (tf) => compute(tf, shape, given))
      const values = yield* device.read(tensor)
      tensor.dispose()
      if (!near(values, sums[wanted])) wrong.push(said)
    }
  }
  return wrong
})
