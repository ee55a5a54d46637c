/** Encodings of positions: what makes attention see an order. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Initial from "../Initial.ts"
import type { Module } from "../Module.ts"
import { expect, labelOf, type Pass, parameter, refuse, visit } from "../Pass.ts"

export interface PositionOptions {
  /** Values at each place. */
  readonly width: number
  /** The longest sequence, in places. */
  readonly places: number
}

const waves = ({ width, places }: PositionOptions): Float32Array =>
  Float32Array.from({ length: places * width }, (_, index) => {
    const [place, column] = [Math.floor(index / width), index % width]
    const angle = place / 10000 ** ((column - (column % 2)) / width)
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })

/** `x` with the first rows of the table. */
const add = (
  pass: Pass,
  kind: string,
  x: TF.Tensor3D,
  table: TF.Tensor2D,
  { width, places }: PositionOptions
): TF.Tensor3D => {
  const { tf } = pass
  expect(pass, kind, x, ["batch", "time", width])
  const time = x.shape[1]
  if (time > places)
    refuse(labelOf(pass, kind), `was given ${time} places, but has ${places}`, "Make it with as many.")
  const y = tf.add<TF.Tensor3D>(x, time === places ? table : tf.slice(table, [0, 0], [time, width]))
  visit(pass, kind, x, y)
  return y
}

/**
 * Adds sines and cosines of each place (Vaswani et al., 2017, 3.5) to `[batch, time, width]`:
 * `sin(place / 10000^(2i / width))` at 2i and the cosine at 2i + 1.
 */
export const sinusoidalPosition = (options: PositionOptions): Module<TF.Tensor3D, TF.Tensor3D> => {
  const { width, places } = options
  const table = waves(options)
  return {
    kind: "sinusoidalPosition",
    inputs: width,
    outputs: width,
    parameters: [],
    apply: (pass, x) => add(pass, "sinusoidalPosition", x, pass.tf.tensor2d(table, [places, width]), options)
  }
}

/** Adds a trained vector of each place, the rows of `weight` `[places, width]`, to `[batch, time, width]`. */
export const learntPosition = (
  options: PositionOptions & {
    /** First values of `weight`. Default normal of deviation 0.02, as BERT and ViT have. */
    readonly init?: Initial.Initial
  }
): Module<TF.Tensor3D, TF.Tensor3D> => {
  const { width, places, init = Initial.normal(0.02) } = options
  const shape = [places, width]
  const first = init({ shape, fanIn: places, fanOut: width })
  return {
    kind: "learntPosition",
    inputs: width,
    outputs: width,
    parameters: [{ name: "weight", shape, trainable: true, decay: false, init: first }],
    apply: (pass, x) => add(pass, "learntPosition", x, parameter(pass, "weight", 2), options)
  }
}

/**
 * Rotary positions (Su et al., 2021): pairs of values turned by `place · 10000^(-2i / width)`, so that the products of
 * queries and keys know how far they are apart. `[…, places, width]` with an even width; value i is paired with
 * i + width / 2, as in GPT-NeoX and LLaMA.
 */
export const rotate = (tf: typeof TF, x: TF.Tensor4D): TF.Tensor4D => {
  const [, , places, width] = x.shape
  const half = width / 2
  const angles = Float32Array.from(
    { length: places * width },
    (_, i) => Math.floor(i / width) / 10000 ** (((i % width) % half) / half)
  )
  const table = (of: (angle: number) => number) => tf.tensor2d(angles.map(of), [places, width])
  const [first, second] = tf.split<TF.Tensor4D>(x, 2, -1)
  const turned = tf.concat([tf.neg(second ?? x), first ?? x], -1)
  return tf.add(tf.mul(x, table(Math.cos)), tf.mul(turned, table(Math.sin)))
}
