/** What the translations of kernels share: reading attributes, inputs and shapes of a step. */
import type * as Graph from "../Graph.ts"
import { attribute, number } from "../Step.ts"
import { refuse } from "../Trace.ts"
import * as Builder from "./Builder.ts"

export { attribute, input, list, number } from "../Step.ts"

/** Adds the nodes of a step, and names its outputs. */
export type Kernel = (builder: Builder.Builder, step: Graph.GraphStep) => void

export const output = (step: Graph.GraphStep): number => step.outputs[0] ?? -1

/** The shapes of a value in each trace. */
export const shapesOf = ({ graph }: Builder.Builder, value: number): ReadonlyArray<ReadonlyArray<number>> =>
  graph.values[value]?.shapes ?? []

export const shapeOf = (builder: Builder.Builder, value: number): ReadonlyArray<number> =>
  shapesOf(builder, value)[0] ?? []

/** The sides of an axis in each trace. */
export const sidesOf = (builder: Builder.Builder, value: number, axis: number): ReadonlyArray<number> =>
  shapesOf(builder, value).map((shape) => shape[axis] ?? 1)

/** An axis counted from 0. */
export const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Where axes of a value are in its layout. */
export const placed = (axes: ReadonlyArray<number>, layout: Builder.Layout): ReadonlyArray<number> =>
  layout === "plain" ? axes : axes.map((axis) => Builder.CHANNELS_FIRST[axis] ?? axis)

/** The result of a step, in the layout that it was computed in. */
export const give = (
  builder: Builder.Builder,
  step: Graph.GraphStep,
  layout: Builder.Layout,
  name: string
): void => Builder.set(builder, output(step), layout, name)

/** The input in the layout that it lies in, and that layout: for what does not care. */
export const asIs = (
  builder: Builder.Builder,
  value: number
): readonly [name: string, layout: Builder.Layout] => {
  const layout = Builder.isConstant(builder, value) ? "plain" : Builder.layoutOf(builder, value)
  return [Builder.read(builder, value, layout), layout]
}

/** The float constants that activations of fused kernels are computed with. */
const activations: {
  readonly [name: string]: (builder: Builder.Builder, x: string, step: Graph.GraphStep) => string
} = {
  linear: (_, x) => x,
  relu: (builder, x) => Builder.node(builder, "Relu", [x]),
  relu6: (builder, x) => clip(builder, x, 0, 6),
  elu: (builder, x) => Builder.node(builder, "Elu", [x]),
  sigmoid: (builder, x) => Builder.node(builder, "Sigmoid", [x]),
  leakyrelu: (builder, x, step) =>
    Builder.node(builder, "LeakyRelu", [x], { alpha: Builder.float(number(step, "leakyreluAlpha")) })
}

export const clip = (builder: Builder.Builder, x: string, low: number, high: number): string =>
  Builder.node(builder, "Clip", [x, Builder.floats(builder, [low], []), Builder.floats(builder, [high], [])])

/** What a fused kernel does last. */
export const activated = (builder: Builder.Builder, step: Graph.GraphStep, x: string): string => {
  const name = String(attribute(step, "activation") ?? "linear")
  const activate = activations[name]
  return activate === undefined ? refuse(step, `it activates by ${name}`) : activate(builder, x, step)
}
