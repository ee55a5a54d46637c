/** Long short-term memory (Hochreiter and Schmidhuber, 1997; with forget gates, Gers et al., 2000). */
import type * as TF from "@tensorflow/tfjs-core"
import type { Module } from "../Module.ts"
import type { Pass } from "../Pass.ts"
import { makeCell, parts } from "./Recurrence.ts"
import * as Recurrent from "./Recurrent.ts"

/** `[layers · directions, batch, hidden]` each: layer 0 forward, layer 0 backward, layer 1 forward, … */
export interface LstmState {
  readonly hidden: TF.Tensor3D
  readonly cell: TF.Tensor3D
}

export interface LstmOutput {
  /** `[batch, time, directions · hidden]`. */
  readonly output: TF.Tensor3D
  /** After the last time of each sequence; of the backward direction, after the first. */
  readonly state: LstmState
}

export type LstmInput = TF.Tensor3D | Recurrent.Sequences<LstmState>

type T = TF.Tensor
type States = readonly [h: T, c: T]
type Kept = readonly [gates: T, i: T, f: T, g: T, o: T, bounded: T]

/**
 * With i, f, g, o from the sum of both products, `c' = σ(f) c + σ(i) tanh(g)` and `h' = σ(o) tanh(c')`. The columns of g
 * come doubled, and `tanh(g) = 2σ(2g) - 1`, so that one sigmoid serves all gates.
 */
const cell = makeCell<States, Kept>({
  gates: 4,
  states: 2,
  step: (tf, input, product, [, before]) => {
    const gates = tf.sigmoid(tf.add(input, product))
    const width = before.shape.at(-1) ?? 0
    const [i, f, twice, o] = parts(tf, gates, [width, width, width, width])
    const g = tf.sub(tf.add(twice, twice), 1)
    const c = tf.add(tf.mul(f, before), tf.mul(i, g))
    const bounded = tf.tanh(c)
    return { states: [tf.mul(o, bounded), c], kept: [gates, i, f, g, o, bounded] }
  },
  back: (tf, [gates, i, f, g, o, bounded], [, before], [dh, dcAfter]) => {
    const slope = tf.sub(1, tf.square(bounded))
    const dc = tf.add(dcAfter, tf.mul(tf.mul(dh, o), slope))
    const di = tf.mul(dc, i)
    const outside = tf.concat([tf.mul(dc, g), tf.mul(dc, before), tf.add(di, di), tf.mul(dh, bounded)], -1)
    const derived = tf.mul(outside, tf.sub(gates, tf.square(gates)))
    return { input: derived, product: derived, states: [undefined, tf.mul(dc, f)] }
  }
})

/** The columns of g doubled. */
const doubled = <X extends TF.Tensor>(tf: typeof TF, x: X): X => {
  const width = (x.shape.at(-1) ?? 0) / 4
  const factors = Float32Array.from({ length: 4 * width }, (_, i) => (Math.floor(i / width) === 2 ? 2 : 1))
  return tf.mul(x, tf.tensor1d(factors))
}

const kind: Recurrent.Kind = {
  name: "lstm",
  cell,
  prepare: (tf, { ih, hh, biases }) => ({
    ih: doubled(tf, ih),
    hh: doubled(tf, hh),
    inputBias: biases === undefined ? undefined : doubled(tf, tf.add<TF.Tensor1D>(...biases)),
    hiddenBias: undefined
  })
}

const compute = (pass: Pass, settled: Recurrent.Settled, input: LstmInput): LstmOutput => {
  const { output, states } = Recurrent.run(pass, kind, settled, input, ({ hidden, cell }) => [hidden, cell])
  const [hidden = output, last = output] = states
  return { output, state: { hidden, cell: last } }
}

/**
 * PyTorch's `LSTM` with `batch_first`: `[batch, time, inputs]`, or that with lengths and initial states, to
 * `[batch, time, directions · hidden]`; with `state: true` to that and the states after the last time. Parameters, for
 * layer 0 and the forward direction: `weight_ih_l0` `[inputs, 4 · hidden]`, `weight_hh_l0` `[hidden, 4 · hidden]`,
 * `bias_ih_l0` and `bias_hh_l0` `[4 · hidden]`, gates in the order i, f, g, o; `_l1`, … for layers above, `_reverse` for
 * the backward direction.
 */
export const lstm: {
  (options: Recurrent.RecurrentOptions & { readonly state: true }): Module<LstmInput, LstmOutput>
  (options: Recurrent.RecurrentOptions & { readonly state?: false }): Module<LstmInput, TF.Tensor3D>
} = (options: Recurrent.RecurrentOptions & { readonly state?: boolean }): never => {
  const settled = Recurrent.settle(kind, options)
  const module = Recurrent.declare(kind, settled, options, (pass, input: LstmInput) => {
    const all = compute(pass, settled, input)
    return options.state === true ? all : all.output
  })
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the overloads say what it gives
  return module as never
}
