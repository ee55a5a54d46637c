/** Gated recurrent units (Cho et al., 2014), with the reset gate after the product, as cuDNN and PyTorch have it. */
import type * as TF from "@tensorflow/tfjs-core"
import type { Module } from "../Module.ts"
import { makeCell, parts } from "./Recurrence.ts"
import * as Recurrent from "./Recurrent.ts"

export interface GruOutput {
  /** `[batch, time, directions · hidden]`. */
  readonly output: TF.Tensor3D
  /**
   * After the last time of each sequence, and of the backward direction after the first: `[layers · directions, batch,
   * hidden]`, layer 0 forward, layer 0 backward, …
   */
  readonly state: TF.Tensor3D
}

export type GruInput = TF.Tensor3D | Recurrent.Sequences<TF.Tensor3D>

type T = TF.Tensor
type States = readonly [h: T]
type Kept = readonly [gates: T, r: T, z: T, n: T, product: T]

/** `r, z = σ(input + product)`, `n = tanh(input + r · product)`, `h' = n + z (h - n)`, each with its own columns. */
const cell = makeCell<States, Kept>({
  gates: 3,
  states: 1,
  step: (tf, input, product, [h]) => {
    const width = h.shape.at(-1) ?? 0
    const [inputGates, inputNew] = parts(tf, input, [2 * width, width])
    const [productGates, productNew] = parts(tf, product, [2 * width, width])
    const gates = tf.sigmoid(tf.add(inputGates, productGates))
    const [r, z] = parts(tf, gates, [width, width])
    const n = tf.tanh(tf.add(inputNew, tf.mul(r, productNew)))
    return { states: [tf.add(n, tf.mul(z, tf.sub(h, n)))], kept: [gates, r, z, n, productNew] }
  },
  back: (tf, [gates, r, z, n, product], [h], [dh]) => {
    const kept = tf.mul(dh, z)
    const dn = tf.mul(tf.sub(dh, kept), tf.sub(1, tf.square(n)))
    const outside = tf.concat([tf.mul(dn, product), tf.mul(dh, tf.sub(h, n))], -1)
    const opened = tf.mul(outside, tf.sub(gates, tf.square(gates)))
    return {
      input: tf.concat([opened, dn], -1),
      product: tf.concat([opened, tf.mul(dn, r)], -1),
      states: [kept]
    }
  }
})

const kind: Recurrent.Kind = {
  name: "gru",
  cell,
  prepare: (_, { ih, hh, biases: [inputBias, hiddenBias] = [undefined, undefined] }) => ({
    ih,
    hh,
    inputBias,
    hiddenBias
  })
}

/**
 * PyTorch's `GRU` with `batch_first`: `[batch, time, inputs]`, or that with lengths and initial states, to
 * `[batch, time, directions · hidden]`; with `state: true` to that and the states after the last time. Parameters, for
 * layer 0 and the forward direction: `weight_ih_l0` `[inputs, 3 · hidden]`, `weight_hh_l0` `[hidden, 3 · hidden]`,
 * `bias_ih_l0` and `bias_hh_l0` `[3 · hidden]`, gates in the order r, z, n; `_l1`, … for layers above, `_reverse` for
 * the backward direction.
 */
export const gru: {
  (options: Recurrent.RecurrentOptions & { readonly state: true }): Module<GruInput, GruOutput>
  (options: Recurrent.RecurrentOptions & { readonly state?: false }): Module<GruInput, TF.Tensor3D>
} = (options: Recurrent.RecurrentOptions & { readonly state?: boolean }): never => {
  const settled = Recurrent.settle(kind, options)
  const module = Recurrent.declare(kind, settled, options, (pass, input: GruInput) => {
    const { output, states } = Recurrent.run(pass, kind, settled, input, (state) => [state])
    const [state = output] = states
    return options.state === true ? { output, state } : output
  })
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the overloads say what it gives
  return module as never
}
