/**
 * One graph of several traces of the same net at different sizes: what is equal in all of them is fixed, and what
 * differs must follow from the sizes of earlier tensors.
 */
import * as HostTensor from "../nn/HostTensor.ts"
import { type Constant, type Dtype, type Port, type Step, side, type Trace, Unexportable } from "./Trace.ts"

export interface Value {
  readonly dtype: Dtype
  /** In each trace. */
  readonly shapes: ReadonlyArray<ReadonlyArray<number>>
}

export interface GraphStep extends Omit<Step, "attrs"> {
  /** In each trace. */
  readonly attrs: ReadonlyArray<Step["attrs"]>
}

export interface Graph {
  readonly values: ReadonlyArray<Value>
  readonly inputs: ReadonlyArray<Port>
  /** A constant that is larger in some traces has a side of 1 there: its numbers repeat along that axis. */
  readonly constants: ReadonlyMap<number, Constant>
  readonly steps: ReadonlyArray<GraphStep>
  readonly outputs: ReadonlyArray<Port>
}

const differs = (problem: string, place = "of the forward pass") =>
  new Unexportable({
    what: "the net",
    place,
    problem,
    cure: "Export it for one size."
  })

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Which steps a trace has, and what each reads and makes. */
const outline = ({ steps }: Trace) => steps.map(({ kernel, inputs, outputs }) => [kernel, inputs, outputs])

/** Throws unless two traces compute in the same steps. */
const checkSame = (a: Trace, b: Trace): void => {
  const [own, others] = [outline(a), outline(b)]
  const at = own.findIndex((step, i) => !same(step, others[i]))
  const step = a.steps[at]
  if (step !== undefined) {
    const other = b.steps[at]?.kernel ?? "nothing"
    throw differs(
      `it computes ${step.kernel} at one size, and ${other} of other tensors at another`,
      step.place
    )
  }
  if (own.length !== others.length || !same([a.inputs, a.outputs], [b.inputs, b.outputs]))
    throw differs("it computes in more steps at another size")
}

export const isFixed = (numbers: ReadonlyArray<number>): boolean => numbers.every((n) => n === numbers[0])

/** The sides of an axis in each trace. */
export const sides = ({ shapes }: Value, axis: number): ReadonlyArray<number> =>
  shapes.map((shape) => shape[axis] ?? 1)

/** The tensor with only its first entry along `axis`, if all along it are the same. */
const first = ({ data, shape }: HostTensor.HostTensor, axis: number): HostTensor.HostTensor | undefined => {
  const inner = HostTensor.sizeOf(shape.slice(axis + 1))
  const side = shape[axis] ?? 1
  const outer = HostTensor.sizeOf(shape.slice(0, axis))
  const made = data.slice(0, outer * inner)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const value = data[o * side * inner + i] ?? 0
      for (let s = 1; s < side; s++) if (data[(o * side + s) * inner + i] !== value) return undefined
      made[o * inner + i] = value
    }
  }
  return { data: made, shape: shape.map((n, k) => (k === axis ? 1 : n)) }
}

const equal = (a: HostTensor.HostTensor, b: HostTensor.HostTensor): boolean => {
  if (!same(a.shape, b.shape)) return false
  for (let i = 0; i < a.data.length; i++) if (!Object.is(a.data[i], b.data[i])) return false
  return true
}

/** Without the axes along which it only repeats, where the traces differ in their length. */
const collapsed = (
  tensor: HostTensor.HostTensor,
  axes: ReadonlyArray<number>
): HostTensor.HostTensor | undefined =>
  axes.reduce<HostTensor.HostTensor | undefined>((found, axis) => found && first(found, axis), tensor)

/** Axes along which the traces differ in length. */
const varyingOf = (value: Value): ReadonlyArray<number> =>
  (value.shapes[0] ?? []).flatMap((_, axis) => (isFixed(sides(value, axis)) ? [] : [axis]))

/** The one tensor that all are, where they repeat along `axes`. */
const agreed = (
  all: ReadonlyArray<HostTensor.HostTensor>,
  axes: ReadonlyArray<number>
): HostTensor.HostTensor | undefined => {
  const [one, ...others] = all.map((tensor) => collapsed(tensor, axes))
  return one !== undefined && others.every((other) => other !== undefined && equal(one, other))
    ? one
    : undefined
}

const constantOf = (found: ReadonlyArray<Constant | undefined>, value: Value): Constant => {
  const all = found.flatMap((one) => one ?? [])
  const name = all.find((one) => one.name !== undefined)?.name
  const axes = varyingOf(value)
  // A large constant is read in the first trace only: its shape must then be the same in all.
  const complete = axes.length === 0 || all.length === value.shapes.length
  const tensor = complete
    ? agreed(
        all.map((one) => one.tensor),
        axes
      )
    : undefined
  if (tensor !== undefined) return { tensor, name }
  const shape = String(value.shapes[0])
  throw differs(
    `it makes a tensor of ${shape} whose numbers depend on the size of the input`,
    name && `near ${name}`
  )
}

/** Throws `Unexportable` where the traces are not of one graph. */
export const merge = (traces: readonly [Trace, ...ReadonlyArray<Trace>]): Graph => {
  const [base, ...others] = traces
  for (const other of others) checkSame(base, other)
  const values = base.values.map(({ dtype }, i) => ({
    dtype,
    shapes: traces.map((trace) => trace.values[i]?.shape ?? [])
  }))
  const constants = new Map(
    [...base.constants.keys()].map((number) => {
      const value = values[number] ?? { dtype: "float32", shapes: [] }
      return [
        number,
        constantOf(
          traces.map((trace) => trace.constants.get(number)),
          value
        )
      ] as const
    })
  )
  const steps = base.steps.map((step, i) => ({
    ...step,
    attrs: traces.map((trace) => trace.steps[i]?.attrs ?? {})
  }))
  return { values, inputs: base.inputs, constants, steps, outputs: base.outputs }
}

/** A product of sides of an earlier value, times a fraction. */
export interface Sized {
  readonly value: number
  readonly axes: ReadonlyArray<number>
  readonly times: number
  readonly over: number
}

/** A number that is fixed, or follows from sides. */
export type Size = number | Sized

/** The most that a size is a multiple, or a part, of another. */
const MOST = 4096

/** `numbers` over `of` as a fraction in its lowest terms, if it is the same in all traces. */
const ratio = (numbers: ReadonlyArray<number>, of: ReadonlyArray<number>) => {
  const [n = 0, d = 0] = [numbers[0], of[0]]
  const common = divisor(n, d)
  const [times, over] = [n / common, d / common]
  const holds =
    d > 0 && times <= MOST && over <= MOST && numbers.every((one, i) => one * over === (of[i] ?? 0) * times)
  return holds ? { times, over } : undefined
}

const divisor = (a: number, b: number): number => (b === 0 ? Math.max(a, 1) : divisor(b, a % b))

/** Axes to multiply: each alone, then two, then three. */
const products = (rank: number): ReadonlyArray<ReadonlyArray<number>> => {
  const ones = Array.from({ length: rank }, (_, axis) => [axis])
  const twos = ones.flatMap(([a = 0]) => ones.flatMap(([b = 0]) => (b > a ? [[a, b]] : [])))
  const threes = twos.flatMap((two) => ones.flatMap(([c = 0]) => (c > (two[1] ?? 0) ? [[...two, c]] : [])))
  return [...ones, ...twos, ...threes]
}

/** A product of sides of a value that the numbers are, or are a fraction of. */
const within = (value: Value, number: number, numbers: ReadonlyArray<number>): ReadonlyArray<Sized> =>
  products(value.shapes[0]?.length ?? 0).flatMap((axes) => {
    const of = value.shapes.map((shape) => axes.reduce((all, axis) => all * side(shape, axis), 1))
    const found = isFixed(of) ? undefined : ratio(numbers, of)
    return found === undefined ? [] : [{ value: number, axes, ...found }]
  })

/** Whether it is a side as it is. */
const isPlain = ({ axes, times, over }: Sized): boolean => axes.length === 1 && times === over

/**
 * Where numbers come from that differ between the traces: a side of one of the values `near`, of any before them, or a
 * multiple. Throws `Unexportable` if it is none.
 */
export const sizeOf = (
  graph: Graph,
  step: Pick<GraphStep, "kernel" | "place" | "inputs" | "outputs">,
  numbers: ReadonlyArray<number>
): Size => {
  if (isFixed(numbers)) return numbers[0] ?? 0
  const own = Object.values(step.inputs)
  const until = Math.min(...step.outputs)
  const earlier = Array.from({ length: until }, (_, i) => until - 1 - i)
  const near = [...own, ...graph.inputs.map(({ value }) => value), ...earlier]
  const found = near.flatMap((number) => {
    const value = graph.values[number]
    return value === undefined || graph.constants.has(number) ? [] : within(value, number, numbers)
  })
  const best = found.find(isPlain) ?? found[0]
  if (best !== undefined) return best
  throw differs(
    `${step.kernel} has a size of ${numbers.join(" or ")} that follows from none before it`,
    step.place
  )
}
