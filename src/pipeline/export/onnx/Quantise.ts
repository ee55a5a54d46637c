/**
 * Weights in 8 bits: each channel of a filter or matrix as whole numbers from -127 to 127 and a factor, which
 * `DequantizeLinear` multiplies again. What is computed stays float32, so that no data is needed to choose ranges.
 */
import * as HostTensor from "../../nn/HostTensor.ts"
import * as Builder from "./Builder.ts"
import type { Initializer, Node, OnnxGraph } from "./OnnxGraph.ts"

/** Where the weights of an operator are among its inputs, and along which axis their outputs lie. */
const weighted: { readonly [op: string]: { readonly at: number; readonly axis: (rank: number) => number } } =
  {
    Conv: { at: 1, axis: () => 0 },
    ConvTranspose: { at: 1, axis: () => 1 },
    MatMul: { at: 1, axis: (rank) => rank - 1 }
  }

/** Fewer numbers than this are not worth a factor for each channel. */
const FEWEST = 256

/** The largest number of each channel, over 127; 1 for a channel of zeros. */
const factors = ({ dims, data }: Initializer, axis: number): Float32Array => {
  const channels = dims[axis] ?? 1
  const inner = HostTensor.sizeOf(dims.slice(axis + 1))
  const most = new Float32Array(channels)
  for (const [i, value] of data.entries()) {
    const channel = Math.floor(i / inner) % channels
    most[channel] = Math.max(most[channel] ?? 0, Math.abs(Number(value)))
  }
  return most.map((value) => (value === 0 ? 1 : value / 127))
}

/** A tensor as three: whole numbers, factors and zeros, and the node that makes it of them. */
const quantised = (tensor: Initializer, axis: number) => {
  const { name, dims, data } = tensor
  const scale = factors(tensor, axis)
  const inner = HostTensor.sizeOf(dims.slice(axis + 1))
  const whole = new Int8Array(data.length)
  for (const [i, value] of data.entries())
    whole[i] = Math.round(Number(value) / (scale[Math.floor(i / inner) % scale.length] ?? 1))
  const names = { whole: `${name}_quantized`, scale: `${name}_scale`, zero: `${name}_zero_point` }
  const initializers: ReadonlyArray<Initializer> = [
    { name: names.whole, type: "int8", dims, data: whole },
    { name: names.scale, type: "float32", dims: [scale.length], data: scale },
    { name: names.zero, type: "int8", dims: [scale.length], data: new Int8Array(scale.length) }
  ]
  const node: Node = {
    op: "DequantizeLinear",
    name: `${name}/DequantizeLinear`,
    inputs: [names.whole, names.scale, names.zero],
    outputs: [name],
    attributes: { axis: Builder.int(axis) }
  }
  return { initializers, node }
}

/** Along which axis each tensor's outputs lie, for those that are weights and nothing else. */
const weightsIn = ({ nodes, initializers }: OnnxGraph): ReadonlyMap<string, number> => {
  const ranks = new Map(initializers.map(({ name, dims }) => [name, dims.length]))
  const found = new Map<string, number>()
  const others = new Set<string>()
  for (const { op, inputs } of nodes)
    for (const [i, name] of inputs.entries()) {
      const use = weighted[op]
      if (use?.at === i) found.set(name, use.axis(ranks.get(name) ?? 0))
      else others.add(name)
    }
  return new Map([...found].filter(([name]) => !others.has(name)))
}

/** The graph with its weights in 8 bits. */
export const quantise = (graph: OnnxGraph): OnnxGraph => {
  const weights = weightsIn(graph)
  const changed = graph.initializers.map((tensor) => {
    const axis = weights.get(tensor.name)
    const applies = axis !== undefined && tensor.type === "float32" && tensor.data.length >= FEWEST
    return applies ? quantised(tensor, axis) : { initializers: [tensor], node: undefined }
  })
  const nodes = changed.flatMap(({ node }) => (node === undefined ? [] : [node]))
  return {
    ...graph,
    initializers: changed.flatMap(({ initializers }) => initializers),
    nodes: [...nodes, ...graph.nodes]
  }
}
