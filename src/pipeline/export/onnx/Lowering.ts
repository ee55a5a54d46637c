/** From a graph of TensorFlow.js's kernels to one of ONNX's operators, opset 17. */
import type * as Graph from "../Graph.ts"
import { isFixed, sides } from "../Graph.ts"
import { scopeOf } from "../Step.ts"
import { refuse } from "../Trace.ts"
import * as Axes from "./Axes.ts"
import * as Builder from "./Builder.ts"
import * as Elementwise from "./Elementwise.ts"
import type { Kernel } from "./Kernel.ts"
import type { OnnxGraph, Port } from "./OnnxGraph.ts"
import * as Shapes from "./Shapes.ts"
import * as Windows from "./Windows.ts"

export const OPSET = 17

const kernels: { readonly [kernel: string]: Kernel } = {
  ...Elementwise.kernels,
  ...Windows.kernels,
  ...Axes.kernels,
  ...Shapes.kernels
}

/** A port, and how it lies: pictures come and go with their channels first. */
export interface Tensor extends Port {
  readonly layout: Builder.Layout
}

export interface Lowered {
  readonly graph: OnnxGraph
  readonly inputs: ReadonlyArray<Tensor>
  readonly outputs: ReadonlyArray<Tensor>
}

const PICTURE_SIDES = ["batch_size", "height", "width", "channels"]

/** What a side of an input is called that may have any length. */
const symbolOf = (name: string, rank: number, axis: number): string =>
  (rank === 4 ? PICTURE_SIDES[axis] : undefined) ?? (axis === 0 ? "batch_size" : `${name}_${axis}`)

/** Names of lengths that differ, after the first input that has them. */
const symbols = (graph: Graph.Graph): ReadonlyMap<string, string> => {
  const all = graph.inputs.flatMap(({ name, value }) => {
    const own = graph.values[value] ?? NOTHING
    const shape = own.shapes[0] ?? []
    return shape.map((_, axis) => ({ lengths: sides(own, axis), symbol: symbolOf(name, shape.length, axis) }))
  })
  const free = all.filter(({ lengths }) => !isFixed(lengths))
  return new Map(free.toReversed().map(({ lengths, symbol }) => [lengths.join(","), symbol]))
}

const NOTHING: Graph.Value = { dtype: "float32", shapes: [] }

const port = (
  graph: Graph.Graph,
  names: ReadonlyMap<string, string>,
  { name, value }: { readonly name: string; readonly value: number },
  layout: Builder.Layout
): Tensor => {
  const own = graph.values[value]
  const dims = (own?.shapes[0] ?? []).map((side, axis) => {
    if (own === undefined || isFixed(sides(own, axis))) return side
    const known = names.get(sides(own, axis).join(","))
    return known ?? `${name}_${PICTURE_SIDES[axis] ?? axis}`
  })
  const order = layout === "channels" ? [0, 3, 1, 2] : dims.map((_, axis) => axis)
  return { name, type: own?.dtype ?? "float32", dims: order.map((axis) => dims[axis] ?? 1), layout }
}

/** What transformers.js calls the pictures that a model takes. */
const PIXELS = "pixel_values"

/** Whole numbers that are only ever cast are taken as float32, which is what clients have. */
const takesFloat = ({ values, steps }: Graph.Graph, value: number): boolean => {
  const readers = steps.filter(({ inputs }) => Object.values(inputs).includes(value))
  const casts = readers.every(({ kernel, attrs }) => kernel === "Cast" && attrs[0]?.["dtype"] === "float32")
  return values[value]?.dtype === "float32" || (readers.length > 0 && casts)
}

const addInputs = (builder: Builder.Builder, names: ReadonlyMap<string, string>): ReadonlyArray<Tensor> => {
  const { graph } = builder
  const pictures = graph.inputs.filter(({ value }) => Builder.rankOf(builder, value) === 4)
  return graph.inputs.map((input) => {
    const isPicture = pictures.includes(input)
    const name = Builder.fresh(builder, isPicture && pictures.length === 1 ? PIXELS : input.name)
    const made = port(graph, names, { ...input, name }, isPicture ? "channels" : "plain")
    Builder.set(builder, input.value, made.layout, name)
    return takesFloat(graph, input.value) ? { ...made, type: "float32" } : made
  })
}

const isIdleCast = (graph: Graph.Graph, { kernel, inputs }: Graph.GraphStep): boolean =>
  kernel === "Cast" && graph.inputs.some(({ value }) => value === inputs["x"] && takesFloat(graph, value))

const addStep = (builder: Builder.Builder, step: Graph.GraphStep): void => {
  const within = { ...builder, scope: scopeOf(step) }
  const [x, y] = [step.inputs["x"], step.outputs[0]]
  if (isIdleCast(builder.graph, step) && x !== undefined && y !== undefined) {
    builder.built.names.set(y, { ...builder.built.names.get(x) })
    return
  }
  const kernel = kernels[step.kernel]
  if (kernel === undefined) return refuse(step, "this kernel has no counterpart in an export yet")
  kernel(within, step)
}

const addOutputs = (builder: Builder.Builder, names: ReadonlyMap<string, string>): ReadonlyArray<Tensor> =>
  builder.graph.outputs.map((output) => {
    const layout = Builder.isConstant(builder, output.value)
      ? "plain"
      : Builder.layoutOf(builder, output.value)
    const name = Builder.fresh(builder, output.name)
    const from = Builder.read(builder, output.value, layout)
    builder.built.nodes.push({
      op: "Identity",
      name: `${name}/Identity`,
      inputs: [from],
      outputs: [name],
      attributes: {}
    })
    return port(builder.graph, names, { ...output, name }, layout)
  })

/** Throws `Unexportable` for a kernel that it does not know. */
export const lower = (graph: Graph.Graph): Lowered => {
  const builder = Builder.make(graph)
  const names = symbols(graph)
  const inputs = addInputs(builder, names)
  for (const { name } of graph.outputs) builder.built.taken.add(`${name}:out`)
  for (const step of graph.steps) addStep(builder, step)
  const outputs = addOutputs(builder, names)
  const { nodes, initializers } = builder.built
  return {
    graph: tidy({ nodes, initializers: [...initializers.values()], inputs, outputs }),
    inputs,
    outputs
  }
}

/** Outputs are named by the node that makes them, and what nothing reads is left out. */
const tidy = (graph: OnnxGraph): OnnxGraph => {
  const nodes = living(renamed(graph), graph.outputs)
  const read = new Set(nodes.flatMap(({ inputs }) => inputs))
  return { ...graph, nodes, initializers: graph.initializers.filter(({ name }) => read.has(name)) }
}

/** An output that copies what one node made, and nothing else reads, is that node's. */
const renamed = ({ nodes, outputs }: OnnxGraph): OnnxGraph["nodes"] => {
  const ends = new Set(outputs.map(({ name }) => name))
  const copies = nodes.filter(({ op, outputs: [to = ""] }) => op === "Identity" && ends.has(to))
  const makers = new Set(nodes.flatMap(({ outputs: made }) => made))
  const renames = new Map<string, string>()
  for (const {
    inputs: [from = ""],
    outputs: [to = ""]
  } of copies)
    if (makers.has(from) && !renames.has(from)) renames.set(from, to)
  const name = (old: string) => renames.get(old) ?? old
  return nodes.flatMap((node) => {
    const [from = ""] = node.inputs
    if (copies.includes(node) && renames.get(from) === node.outputs[0]) return []
    return [{ ...node, inputs: node.inputs.map(name), outputs: node.outputs.map(name) }]
  })
}

const living = (nodes: OnnxGraph["nodes"], outputs: OnnxGraph["outputs"]): OnnxGraph["nodes"] => {
  const wanted = new Set(outputs.map(({ name }) => name))
  return nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((name) => wanted.has(name))) return false
      for (const name of node.inputs) wanted.add(name)
      return true
    })
    .toReversed()
}
