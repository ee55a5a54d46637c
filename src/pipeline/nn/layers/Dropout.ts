/** Dropout (Srivastava et al., 2014): in training, values are set to 0 at random; evaluation leaves them alone. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Same } from "../Module.ts"
import { type Pass, random, refuse, visit } from "../Pass.ts"

/** `1 / (1 - p)` with probability 1 - p, else 0. */
const mask = (pass: Pass, shape: ReadonlyArray<number>, p: number): TF.Tensor => {
  const { float } = random(pass)
  const kept = 1 / (1 - p)
  const length = shape.reduce((product, side) => product * side, 1)
  const values = new Float32Array(length)
  for (let i = 0; i < length; i++) values[i] = float() < p ? 0 : kept
  return pass.tf.tensor<TF.Rank>(values, [...shape])
}

const make = (
  kind: string,
  p: number,
  drawn: (shape: ReadonlyArray<number>) => ReadonlyArray<number>
): Same => {
  if (!(p >= 0 && p < 1)) refuse(kind, `drops values with probability ${p}`, "Use one from 0 to below 1.")
  return {
    kind,
    parameters: [],
    apply: (pass, x) => {
      const active = pass.mode === "train" && p > 0
      const y = active ? pass.tf.mul<typeof x>(x, mask(pass, drawn(x.shape), p)) : x
      visit(pass, kind, x, y)
      return y
    }
  }
}

/**
 * Each value is dropped with probability `p` and the others grow by `1 / (1 - p)`. What is dropped depends on the run's
 * seed, the step, the layer's name and how often it was applied in the step, so a resumed run drops the same.
 */
export const dropout = (p: number): Same => make("dropout", p, (shape) => shape)

/** Drops whole channels of each example, `[batch, …, channels]`, as PyTorch's `Dropout2d` (Tompson et al., 2015). */
export const spatialDropout = (p: number): Same =>
  make("spatialDropout", p, (shape) =>
    shape.map((side, axis) => (axis === 0 || axis === shape.length - 1 ? side : 1))
  )
