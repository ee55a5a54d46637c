/** Encodings of positions: what makes attention see an order. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../HostTensor.ts"
import * as Initial from "../Initial.ts"
import type { Module } from "../Module.ts"
import { expect, type Pass, parameter, refuse, visit } from "../Pass.ts"

export interface PositionOptions {
  /** Values at each place. */
  readonly width: number
  /** The longest sequence, in places. */
  readonly places: number
}

/** Sines and cosines in turns: `sin(place / 10000^(2i / width))` at 2i, the cosine at 2i + 1. */
const waves = ({ width, places }: PositionOptions): Float32Array =>
  Float32Array.from({ length: places * width }, (_, index) => {
    const [place, column] = [Math.floor(index / width), index % width]
    const angle = place / 10000 ** ((column - (column % 2)) / width)
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })

const added = (pass: Pass, kind: string, x: TF.Tensor3D, table: TF.Tensor2D, places: number): TF.Tensor3D => {
  const { tf } = pass
  const [, time, width] = x.shape
  if (time > places) expect(pass, kind, x, ["batch", `up to ${places}`, width, "nothing more"])
  const y = tf.add<TF.Tensor3D>(x, tf.slice(table, [0, 0], [time, width]))
  visit(pass, kind, x, y)
  return y
}
