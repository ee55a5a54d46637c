/** A forward pass as it was recorded: the kernels that ran between its inputs and its outputs, and what they were given. */
import * as Schema from "effect/Schema"
import type { HostTensor } from "../nn/HostTensor.ts"

/** TensorFlow.js' types of numbers that can leave. */
export type Dtype = "float32" | "int32" | "bool"

export interface Value {
  readonly shape: ReadonlyArray<number>
  readonly dtype: Dtype
}

/** A tensor that no input decides: a parameter, or what was computed from parameters alone. */
export interface Constant {
  readonly tensor: HostTensor
  /** The parameter that it is, or was computed from; absent for other numbers. */
  readonly name: string | undefined
}

/** One kernel. Values are named by their index in `Trace.values`. */
export interface Step {
  /** TensorFlow.js' name, such as `Conv2D`. */
  readonly kernel: string
  /** By TensorFlow.js' names, in their order. */
  readonly inputs: { readonly [role: string]: number }
  readonly attrs: { readonly [key: string]: unknown }
  readonly outputs: ReadonlyArray<number>
  /** Where in the net: the last parameter that was used, or the line of code. */
  readonly place: string
}

export interface Port {
  readonly name: string
  readonly value: number
}

export interface Trace {
  readonly values: ReadonlyArray<Value>
  /** Tensors of the batch that the pass uploaded, named after the batch's keys. */
  readonly inputs: ReadonlyArray<Port>
  readonly constants: ReadonlyMap<number, Constant>
  /** Only what depends on an input, and on which an output depends. */
  readonly steps: ReadonlyArray<Step>
  readonly outputs: ReadonlyArray<Port>
}

/** A net computes what an export cannot say. */
export class Unexportable extends Schema.TaggedError<Unexportable>()("Unexportable", {
  /** TensorFlow.js' name of the kernel, or what of the pass it is. */
  what: Schema.String,
  /** Where in the net. */
  place: Schema.String,
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${this.what} ${this.place}: ${this.problem}. ${this.cure}`
  }
}

export const refuse = (
  { kernel, place }: Pick<Step, "kernel" | "place">,
  problem: string,
  cure = "Compute it another way in the model's evaluation, or export to another format."
): never => {
  throw new Unexportable({ what: `kernel ${kernel}`, place, problem, cure })
}

/** The shape of a value; none of a value that there is not. */
export const shapeOf = (values: ReadonlyArray<Value>, number: number | undefined): ReadonlyArray<number> =>
  values[number ?? -1]?.shape ?? []

/** The side of an axis; 1 of one that a shape does not have. */
export const side = (shape: ReadonlyArray<number>, axis: number): number => shape[axis] ?? 1

/** The steps on which the outputs depend, and values numbered anew: inputs, then as the steps use and make them. */
export const compact = (trace: Trace): Trace => {
  const steps = living(trace)
  const numbers = new Map<number, number>()
  const numberOf = (old: number): number => {
    const known = numbers.get(old)
    if (known !== undefined) return known
    numbers.set(old, numbers.size)
    return numbers.size - 1
  }
  const inputs = trace.inputs.map(({ name, value }) => ({ name, value: numberOf(value) }))
  const renumbered = steps.map((step) => ({
    ...step,
    inputs: Object.fromEntries(Object.entries(step.inputs).map(([role, value]) => [role, numberOf(value)])),
    outputs: step.outputs.map(numberOf)
  }))
  const outputs = trace.outputs.map(({ name, value }) => ({ name, value: numberOf(value) }))
  const constants = new Map<number, Constant>()
  for (const [old, constant] of trace.constants) {
    const value = numbers.get(old)
    if (value !== undefined) constants.set(value, constant)
  }
  const values = [...numbers.keys()].flatMap((old) => trace.values[old] ?? [])
  return { values, inputs, constants, steps: renumbered, outputs }
}

const living = ({ steps, outputs }: Trace): ReadonlyArray<Step> => {
  const wanted = new Set(outputs.map(({ value }) => value))
  const kept: Array<Step> = []
  for (const step of steps.toReversed()) {
    if (!step.outputs.some((value) => wanted.has(value))) continue
    for (const value of Object.values(step.inputs)) wanted.add(value)
    kept.push(step)
  }
  return kept.reverse()
}
