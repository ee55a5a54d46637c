/** Layers of a recurrent net over sequences: directions, layers above each other, lengths and states. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../HostTensor.ts"
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import type { Module } from "../Module.ts"
import { expect, type Pass, parameter, refuse, visit } from "../Pass.ts"
import { type Cell, unroll } from "./Recurrence.ts"

export interface RecurrentOptions {
  /** Values of the input at each time. */
  readonly inputs: number
  /** Values of the state of each layer and direction. */
  readonly hidden: number
  /** Layers above each other, each taking the outputs of the one below. Default 1. */
  readonly layers?: number
  /** Also from the last time to the first: the outputs of both directions lie side by side. Default false. */
  readonly bidirectional?: boolean
  /** Default true. */
  readonly bias?: boolean
  /** First values of all parameters. Default uniform in ±1/√hidden. */
  readonly init?: Initial.Initial
}

/** Sequences with what is known about them. */
export interface Sequences<State> {
  /** `[batch, time, inputs]`. */
  readonly x: TF.Tensor3D
  /** Times of each sequence, `[batch]`, int32: what comes after them is not read, and its outputs are 0. Default all. */
  readonly lengths?: TF.Tensor1D
  /** Before the first time. Default zeros. */
  readonly initial?: State
}

/** A kind of recurrent net: its cell, and how its biases enter. */
export interface Kind {
  readonly name: string
  readonly cell: Cell
  /** The parameters of a layer and direction as the cell takes them. */
  readonly prepare: (tf: typeof TF, own: Weights) => Prepared
}

/** As PyTorch has them, with weights transposed. */
export interface Weights {
  /** `[inputs, gates · hidden]`. */
  readonly ih: TF.Tensor2D
  /** `[hidden, gates · hidden]`. */
  readonly hh: TF.Tensor2D
  /** `[gates · hidden]` both. */
  readonly biases: readonly [ih: TF.Tensor1D, hh: TF.Tensor1D] | undefined
}

export interface Prepared {
  readonly ih: TF.Tensor2D
  readonly hh: TF.Tensor2D
  /** Added to what the input gives. */
  readonly inputBias: TF.Tensor1D | undefined
  /** Added to what the hidden state gives. */
  readonly hiddenBias: TF.Tensor1D | undefined
}

export interface Settled {
  readonly inputs: number
  readonly hidden: number
  readonly layers: number
  /** What names end with. */
  readonly directions: ReadonlyArray<string>
  readonly bias: boolean
}

export const settle = ({ name }: Kind, options: RecurrentOptions): Settled => {
  const { inputs, hidden, layers = 1, bidirectional = false, bias = true } = options
  for (const [what, count] of Object.entries({ inputs, hidden, layers }))
    if (!Number.isInteger(count) || count < 1)
      refuse(name, `has ${count} ${what}`, "Give it a whole number of at least 1.")
  return { inputs, hidden, layers, directions: bidirectional ? ["", "_reverse"] : [""], bias }
}

const inputsOf = ({ inputs, hidden, directions }: Settled, layer: number): number =>
  layer === 0 ? inputs : hidden * directions.length

/** `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, the same with `_reverse`, then `l1`, … */
const specs = (
  { cell }: Kind,
  settled: Settled,
  { init = Initial.uniform(1 / Math.sqrt(settled.hidden)) }: Pick<RecurrentOptions, "init">
): ReadonlyArray<ParameterSpec> => {
  const { hidden, layers, directions, bias } = settled
  const width = cell.gates * hidden
  const make = (name: string, shape: ReadonlyArray<number>): ParameterSpec => {
    const first = init({ shape, fanIn: shape.length === 1 ? hidden : (shape[0] ?? 1), fanOut: width })
    return { name, shape, trainable: true, decay: shape.length > 1, init: first }
  }
  return Array.from({ length: layers }, (_, layer) =>
    directions.flatMap((end) => [
      make(`weight_ih_l${layer}${end}`, [inputsOf(settled, layer), width]),
      make(`weight_hh_l${layer}${end}`, [hidden, width]),
      ...(bias ? ["ih", "hh"].map((side) => make(`bias_${side}_l${layer}${end}`, [width])) : [])
    ])
  ).flat()
}

/** The module of a kind. */
export const declare = <I, O>(
  kind: Kind,
  settled: Settled,
  options: Pick<RecurrentOptions, "init">,
  apply: (pass: Pass, input: I) => O
): Module<I, O> => ({
  kind: kind.name,
  inputs: settled.inputs,
  outputs: settled.hidden * settled.directions.length,
  parameters: specs(kind, settled, options),
  apply
})

const weightsOf = (pass: Pass, end: string, bias: boolean): Weights => ({
  ih: parameter(pass, `weight_ih_${end}`, 2),
  hh: parameter(pass, `weight_hh_${end}`, 2),
  biases: bias ? [parameter(pass, `bias_ih_${end}`, 1), parameter(pass, `bias_hh_${end}`, 1)] : undefined
})

const isTensor = <S>(input: TF.Tensor3D | Sequences<S>): input is TF.Tensor3D => "dataId" in input

/** A list of one is not copied. */
const stack = (tf: typeof TF, tensors: ReadonlyArray<TF.Tensor>): TF.Tensor =>
  tensors.length === 1 && tensors[0] !== undefined ? tf.expandDims(tensors[0], 0) : tf.stack([...tensors], 0)

/** What the input gives at all times, in one product: `[time · batch, gates · hidden]`. */
const project = ({ tf, ops }: Pass, x: TF.Tensor3D, { ih, inputBias }: Prepared): TF.Tensor2D => {
  const rows = tf.reshape<TF.Rank.R2>(x, [-1, x.shape[2]])
  return inputBias === undefined ? tf.matMul<TF.Tensor2D>(rows, ih) : ops.dense(rows, ih, inputBias)
}

/** The biases of the hidden side, repeated for the batch: adding tensors of one shape is much faster. */
const hiddenBiases = (
  tf: typeof TF,
  prepared: ReadonlyArray<Prepared>,
  batch: number
): TF.Tensor3D | undefined => {
  const biases = prepared.flatMap(({ hiddenBias }) => (hiddenBias === undefined ? [] : [hiddenBias]))
  if (biases.length === 0) return undefined
  const [[width] = [1]] = biases.map(({ shape }) => shape)
  return tf.tile<TF.Tensor3D>(tf.reshape(stack(tf, biases), [biases.length, 1, width]), [1, batch, 1])
}

/** `[directions, time, batch, 1]`, 1 within a sequence; the second direction sees the times from last to first. */
const maskOf = (tf: typeof TF, lengths: TF.Tensor1D, time: number, directions: number): TF.Tensor4D => {
  const times = tf.reshape(tf.range(0, time, 1, "int32"), [time, 1])
  const within = tf.cast(tf.less(times, tf.reshape(lengths, [1, -1])), "float32")
  const both = [within, tf.reverse(within, 0)].slice(0, directions)
  return tf.reshape<TF.Rank.R4>(stack(tf, both), [directions, time, -1, 1])
}

interface Layer {
  /** `[time, batch, directions · hidden]`. */
  readonly y: TF.Tensor3D
  /** After the last time of each sequence, `[directions, batch, hidden]` each. */
  readonly states: ReadonlyArray<TF.Tensor>
}

/** `[directions, time, batch, hidden]` as `[time, batch, directions · hidden]`, the second direction turned around. */
const sideBySide = (tf: typeof TF, hidden: TF.Tensor4D): TF.Tensor3D => {
  const [forward, backward] = tf.unstack(hidden, 0)
  const ahead = HostTensor.ranked(forward ?? hidden, 3, "a direction")
  if (backward === undefined) return ahead
  return tf.concat([ahead, HostTensor.ranked(tf.reverse(backward, 0), 3, "a direction")], 2)
}

const layerOf = (
  pass: Pass,
  { cell }: Kind,
  x: TF.Tensor3D,
  prepared: ReadonlyArray<Prepared>,
  initial: ReadonlyArray<TF.Tensor3D>,
  mask: TF.Tensor4D | undefined
): Layer => {
  const { tf } = pass
  const [time, batch] = x.shape
  const sides = [x, ...(prepared.length > 1 ? [tf.reverse(x, 0)] : [])]
  const projected = stack(
    tf,
    prepared.map((own, i) => project(pass, sides[i] ?? x, own))
  )
  const all = unroll(tf, cell, {
    inputs: tf.reshape<TF.Rank.R4>(projected, [prepared.length, time, batch, -1]),
    weight: HostTensor.ranked(
      stack(
        tf,
        prepared.map(({ hh }) => hh)
      ),
      3,
      "the weights"
    ),
    bias: hiddenBiases(tf, prepared, batch),
    initial,
    mask
  })
  const [hidden, ...rest] = tf.split<TF.Tensor4D>(all, [time, ...Array<number>(cell.states - 1).fill(1)], 1)
  const steps = hidden ?? all
  const last = tf.slice(steps, [0, time - 1], [-1, 1])
  return {
    y: sideBySide(tf, mask === undefined ? steps : tf.mul<TF.Tensor4D>(steps, mask)),
    states: [last, ...rest].map((state) => tf.squeeze(state, [1]))
  }
}

export interface Run {
  /** `[batch, time, directions · hidden]`. */
  readonly output: TF.Tensor3D
  /** Each state after the last time, `[layers · directions, batch, hidden]`: layer 0 forward, layer 0 backward, … */
  readonly states: ReadonlyArray<TF.Tensor3D>
}

/** The initial states of one layer, of those of all. */
const initialOf = (
  tf: typeof TF,
  states: ReadonlyArray<TF.Tensor3D> | undefined,
  layer: number,
  shape: [number, number, number],
  count: number
): ReadonlyArray<TF.Tensor3D> =>
  states === undefined
    ? Array.from({ length: count }, () => tf.zeros<TF.Rank.R3>(shape))
    : states.map((state) => tf.slice(state, [layer * shape[0], 0, 0], shape))

const check = (
  pass: Pass,
  { name }: Kind,
  settled: Settled,
  x: TF.Tensor3D,
  {
    lengths,
    states = []
  }: { lengths: TF.Tensor1D | undefined; states?: ReadonlyArray<TF.Tensor3D> | undefined }
): void => {
  const { inputs, hidden, layers, directions } = settled
  expect(pass, name, x, ["batch", "time", inputs])
  if (lengths !== undefined) expect(pass, `${name}'s lengths`, lengths, [x.shape[0]])
  for (const state of states)
    expect(pass, `${name}'s initial state`, state, [layers * directions.length, x.shape[0], hidden])
}

/** All layers on a batch. `statesOf` reads the initial states in the order of the cell's. */
export const run = <State>(
  pass: Pass,
  kind: Kind,
  settled: Settled,
  input: TF.Tensor3D | Sequences<State>,
  statesOf: (state: State) => ReadonlyArray<TF.Tensor3D>
): Run => {
  const { tf } = pass
  const { x, lengths, initial }: Sequences<State> = isTensor(input) ? { x: input } : input
  const states = initial === undefined ? undefined : statesOf(initial)
  check(pass, kind, settled, x, { lengths, states })
  const { hidden, layers, directions, bias } = settled
  const [batch, time] = x.shape
  const mask = lengths === undefined ? undefined : maskOf(tf, lengths, time, directions.length)
  const last: Array<Layer> = []
  let y = tf.transpose(x, [1, 0, 2])
  for (let layer = 0; layer < layers; layer++) {
    const prepared = directions.map((end) => kind.prepare(tf, weightsOf(pass, `l${layer}${end}`, bias)))
    const first = initialOf(tf, states, layer, [directions.length, batch, hidden], kind.cell.states)
    const done = layerOf(pass, kind, y, prepared, first, mask)
    y = done.y
    last.push(done)
  }
  const output = tf.transpose(y, [1, 0, 2])
  visit(pass, kind.name, x, output, multiplyAdds(kind, settled) * batch * time)
  return {
    output,
    states: Array.from({ length: kind.cell.states }, (_, i) =>
      tf.concat(
        last.map(({ states }) => HostTensor.ranked(states[i] ?? y, 3, "a state")),
        0
      )
    )
  }
}

/** Of one time of one sequence. */
const multiplyAdds = ({ cell }: Kind, settled: Settled): number => {
  const { hidden, layers, directions } = settled
  const each = Array.from({ length: layers }, (_, layer) => inputsOf(settled, layer) + hidden)
  return each.reduce((all, rows) => all + rows, 0) * cell.gates * hidden * directions.length
}
