/**
 * A cell unrolled over time, with a gradient of its own: the tape would record every operation of every step, and
 * multiply once per step what this multiplies once for all times.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../HostTensor.ts"

type States = ReadonlyArray<TF.Tensor>

/** One step of a recurrent layer; all tensors are `[directions, batch, …]`. `Kept` is what `back` needs of `step`. */
export interface Cell<State extends States = States, Kept extends States = States> {
  /** How many times `hidden` the products are wide. */
  readonly gates: number
  /** How many states it has; the first is the output. */
  readonly states: number
  /** `input` and `product` are what the input and the hidden state give: `[…, gates · hidden]`. */
  readonly step: (
    tf: typeof TF,
    input: TF.Tensor,
    product: TF.Tensor,
    states: State
  ) => { readonly states: State; readonly kept: Kept }
  /** The derivatives of the step's operands, by those of the states after it. */
  readonly back: (tf: typeof TF, kept: Kept, before: State, after: State) => Derived
}

export interface Derived {
  readonly input: TF.Tensor
  readonly product: TF.Tensor
  /** By the states before the step, but for what the first gives to `product`; undefined where that is all. */
  readonly states: ReadonlyArray<TF.Tensor | undefined>
}

/** A cell as the loop sees it, which gives it back the lists that it made. */
export const makeCell = <State extends States, Kept extends States>(cell: Cell<State, Kept>): Cell =>
  // oxlint-disable-next-line typescript/consistent-type-assertions -- lists keep their order and their length
  cell as unknown as Cell

/** Parts of the last axis, of these lengths. */
export const parts = <const S extends ReadonlyArray<number>>(tf: typeof TF, x: TF.Tensor, lengths: S) =>
  // oxlint-disable-next-line typescript/consistent-type-assertions -- as many tensors as lengths
  tf.split(x, [...lengths], -1) as unknown as { readonly [K in keyof S]: TF.Tensor }

export interface Unrolled {
  /** What the input gives, of all times: `[directions, time, batch, gates · hidden]`. */
  readonly inputs: TF.Tensor4D
  /** `[directions, hidden, gates · hidden]`: what the hidden state is multiplied by. */
  readonly weight: TF.Tensor3D
  /** Added to each product: `[directions, batch, gates · hidden]`. */
  readonly bias: TF.Tensor3D | undefined
  /** Before the first step: `[directions, batch, hidden]` each. */
  readonly initial: ReadonlyArray<TF.Tensor3D>
  /** 1 where a state moves and 0 where it stays, `[directions, time, batch, 1]`. Default 1 everywhere. */
  readonly mask: TF.Tensor4D | undefined
}

/** The states where the mask is 1, those before the step elsewhere. */
const held = (tf: typeof TF, before: States, after: States, mask: TF.Tensor | undefined): States =>
  mask === undefined
    ? after
    : after.map((state, i) => {
        const old = before[i] ?? state
        return tf.add(old, tf.mul(tf.sub(state, old), mask))
      })

interface Operands {
  readonly weight: TF.Tensor
  readonly bias: TF.Tensor | undefined
}

/** What the backward pass reads of one time. */
interface Saved {
  readonly before: States
  readonly kept: States
}

interface Time extends Saved {
  readonly states: States
}

const productOf = (tf: typeof TF, [hidden]: States, { weight, bias }: Operands): TF.Tensor => {
  const product = tf.matMul(there(hidden), weight)
  return bias === undefined ? product : tf.add(product, bias)
}

const forward = (
  tf: typeof TF,
  cell: Cell,
  inputs: States,
  operands: Operands,
  initial: States,
  masks: States
): ReadonlyArray<Time> => {
  const times: Array<Time> = []
  let before = initial
  for (const [t, input] of inputs.entries()) {
    const { states, kept } = cell.step(tf, input, productOf(tf, before, operands), before)
    const after = held(tf, before, states, masks[t])
    times.push({ before, kept, states: after })
    before = after
  }
  return times
}

const there = (tensor: TF.Tensor | undefined): TF.Tensor => {
  if (tensor === undefined) throw new RangeError("a cell has as many tensors as it says")
  return tensor
}

/** Of those that are there. */
const sum = (tf: typeof TF, a: TF.Tensor | undefined, b: TF.Tensor | undefined): TF.Tensor =>
  a === undefined || b === undefined ? there(a ?? b) : tf.add(a, b)

interface Backwards {
  readonly inputs: States
  readonly products: States
  readonly initial: States
}

/** What the forward pass left to the backward one. */
interface Remembered {
  readonly weight: TF.Tensor
  readonly times: ReadonlyArray<Saved>
  readonly masks: States
}

/** By the derivatives of the outputs of all times, and of the other states after the last. */
const backward = (
  tf: typeof TF,
  cell: Cell,
  { weight, times, masks }: Remembered,
  outputs: States,
  last: States
): Backwards => {
  const inputs: Array<TF.Tensor> = []
  const products: Array<TF.Tensor> = []
  let states: ReadonlyArray<TF.Tensor | undefined> = [undefined, ...last]
  for (let t = times.length - 1; t >= 0; t--) {
    const { before, kept } = times[t] ?? { before: [], kept: [] }
    const after = states.map((state, i) => (i === 0 ? sum(tf, outputs[t], state) : there(state)))
    const mask = masks[t]
    const moved = mask === undefined ? after : after.map((state) => tf.mul(state, mask))
    const derived = cell.back(tf, kept, before, moved)
    inputs.unshift(derived.input)
    products.unshift(derived.product)
    const through = tf.matMul(derived.product, weight, false, true)
    states = after.map((state, i) => {
      const stayed = mask === undefined ? undefined : tf.sub(state, moved[i] ?? state)
      return sum(tf, i === 0 ? sum(tf, derived.states[i], through) : derived.states[i], stayed)
    })
  }
  return { inputs, products, initial: states.map((state) => there(state)) }
}

/** Cuts a list into pieces of these lengths. */
const cut = <A>(list: ReadonlyArray<A>, lengths: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<A>> => {
  let at = 0
  return lengths.map((length) => {
    at += length
    return list.slice(at - length, at)
  })
}

const gradientOf =
  (tf: typeof TF, cell: Cell, biased: boolean, masks: number, kept: number) =>
  (dy: TF.Tensor, saved: ReadonlyArray<TF.Tensor>): Array<TF.Tensor> => {
    const outputs = tf.unstack(dy, 1)
    const steps = outputs.length - (cell.states - 1)
    const [[weight] = [], masked = [], ...pairs] = cut(saved, [
      1,
      masks,
      ...Array.from({ length: steps }, () => [cell.states, kept]).flat()
    ])
    const times = Array.from({ length: steps }, (_, t) => ({
      before: pairs[2 * t] ?? [],
      kept: pairs[2 * t + 1] ?? []
    }))
    const remembered = { weight: there(weight), times, masks: masked }
    const back = backward(tf, cell, remembered, outputs.slice(0, steps), outputs.slice(steps))
    const products = tf.stack([...back.products], 1)
    const rowsOf = (tensor: TF.Tensor) =>
      tf.reshape(tensor, [tensor.shape[0] ?? 1, -1, tensor.shape.at(-1) ?? 1])
    const hidden = tf.stack(
      times.map(({ before }) => there(before[0])),
      1
    )
    return [
      tf.stack([...back.inputs], 1),
      tf.matMul(rowsOf(hidden), rowsOf(products), true, false),
      ...(biased ? [tf.sum(products, 1)] : []),
      ...back.initial
    ]
  }

/**
 * The first state after every step, `[directions, time, batch, hidden]`, and after them along the axis of time the other
 * states after the last step.
 */
export const unroll = (tf: typeof TF, cell: Cell, unrolled: Unrolled): TF.Tensor4D => {
  const { inputs, weight, bias, initial, mask } = unrolled
  const biases = bias === undefined ? [] : [bias]
  const run = tf.customGrad((...args) => {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- customGrad's type omits its arguments
    const save = args.at(-1) as unknown as (tensors: Array<TF.Tensor>) => void
    const masks = mask === undefined ? [] : tf.unstack(mask, 1)
    const times = forward(tf, cell, tf.unstack(inputs, 1), { weight, bias }, initial, masks)
    save([weight, ...masks, ...times.flatMap(({ before, kept }) => [...before, ...kept])])
    const last = times.at(-1)?.states.slice(1) ?? []
    const value = tf.stack([...times.map(({ states }) => there(states[0])), ...last], 1)
    const kept = times[0]?.kept.length ?? 0
    return { value, gradFunc: gradientOf(tf, cell, bias !== undefined, masks.length, kept) }
  })
  return HostTensor.ranked(run(inputs, weight, ...biases, ...initial), 4, "the states over time")
}
