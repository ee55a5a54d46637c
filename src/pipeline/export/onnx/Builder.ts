/**
 * An ONNX graph that is being built. TensorFlow's pictures have their channels last and ONNX's first: a value of rank 4
 * is kept as its maker gave it, and turned only where its reader needs it otherwise, so that a net of convolutions has
 * no turn in it.
 */
import * as HostTensor from "../../nn/HostTensor.ts"
import * as Graph from "../Graph.ts"
import type { Dtype } from "../Trace.ts"
import type { Attribute, Initializer, Node, Type } from "./OnnxGraph.ts"

/** `channels`: channels come second, as ONNX's pictures have them. `plain`: the axes are TensorFlow's. */
export type Layout = "channels" | "plain"

/** Where TensorFlow's axis of a picture is in ONNX's. */
export const CHANNELS_FIRST = [0, 2, 3, 1] as const
/** ONNX's axes in TensorFlow's order, and the other way round. */
const TO_CHANNELS = [0, 3, 1, 2]
const TO_PLAIN = [0, 2, 3, 1]

interface Built {
  readonly nodes: Array<Node>
  readonly initializers: Map<string, Initializer>
  /** Names of a value in either layout. */
  readonly names: Map<number, { [layout in Layout]?: string }>
  readonly taken: Set<string>
  /** Names of nodes that were made already, by what they compute. */
  readonly known: Map<string, ReadonlyArray<string>>
}

export interface Builder {
  readonly graph: Graph.Graph
  readonly built: Built
  /** The module whose nodes are made. */
  readonly scope: string
}

export const make = (graph: Graph.Graph): Builder => ({
  graph,
  scope: "",
  built: { nodes: [], initializers: new Map(), names: new Map(), taken: new Set(), known: new Map() }
})

export const int = (value: number): Attribute => ({ int: value })
export const float = (value: number): Attribute => ({ float: value })
export const text = (value: string): Attribute => ({ text: value })
export const ints = (value: ReadonlyArray<number>): Attribute => ({ ints: [...value] })

/** A name that nothing has yet. */
export const fresh = ({ built: { taken } }: Builder, wanted: string): string => {
  let [name, n] = [wanted, 1]
  while (taken.has(name)) name = `${wanted}_${n++}`
  taken.add(name)
  return name
}

/** Adds a node; gives the names of its outputs. One that computes what another does is not added again. */
export const nodes = (
  builder: Builder,
  op: string,
  inputs: ReadonlyArray<string>,
  attributes: Node["attributes"] = {},
  count = 1
): ReadonlyArray<string> => {
  const { built, scope } = builder
  const key = JSON.stringify([op, inputs, attributes, count])
  const known = built.known.get(key)
  if (known !== undefined) return known
  const name = fresh(builder, scope === "" ? op : `${scope}/${op}`)
  const outputs = Array.from({ length: count }, (_, i) =>
    fresh(builder, count === 1 ? `${name}:out` : `${name}:out${i}`)
  )
  built.nodes.push({ op, name, inputs, outputs, attributes })
  built.known.set(key, outputs)
  return outputs
}

export const node = (
  builder: Builder,
  op: string,
  inputs: ReadonlyArray<string>,
  attributes: Node["attributes"] = {}
): string => nodes(builder, op, inputs, attributes)[0] ?? ""

const initializer = (
  builder: Builder,
  key: string,
  wanted: string,
  tensor: Omit<Initializer, "name">
): string => {
  const known = builder.built.initializers.get(key)
  if (known !== undefined) return known.name
  const name = fresh(builder, wanted)
  builder.built.initializers.set(key, { ...tensor, name })
  return name
}

/** Whole numbers as ONNX takes shapes and axes: int64. */
export const numbers = (builder: Builder, values: ReadonlyArray<number>): string =>
  initializer(
    builder,
    `int64:${values.join(",")}`,
    `ints_${values.join("_").replaceAll("-", "m").slice(0, 40)}`,
    {
      type: "int64",
      dims: [values.length],
      data: BigInt64Array.from(values, (value) => BigInt(value))
    }
  )

export const floats = (
  builder: Builder,
  values: ReadonlyArray<number>,
  dims: ReadonlyArray<number>
): string =>
  initializer(
    builder,
    `float:${dims.join(",")}:${values.join(",")}`,
    `floats_${values.slice(0, 4).join("_")}`,
    {
      type: "float32",
      dims: [...dims],
      data: Float32Array.from(values)
    }
  )

const strides = (shape: ReadonlyArray<number>): ReadonlyArray<number> =>
  shape.map((_, axis) => HostTensor.sizeOf(shape.slice(axis + 1)))

/** The tensor with its axes in another order. */
export const transposed = (
  { data, shape }: HostTensor.HostTensor,
  order: ReadonlyArray<number>
): HostTensor.HostTensor => {
  const steps = strides(shape)
  const axes = order.map((axis) => ({ side: shape[axis] ?? 1, step: steps[axis] ?? 0 }))
  const made = data.slice()
  let at = 0
  const copy = (depth: number, from: number): void => {
    const { side = 1, step = 0 } = axes[depth] ?? {}
    for (let i = 0; i < side; i++) {
      if (depth === axes.length - 1) made[at++] = data[from + i * step] ?? 0
      else copy(depth + 1, from + i * step)
    }
  }
  if (axes.length > 0) copy(0, 0)
  return { data: made, shape: axes.map(({ side }) => side) }
}

const stored = ({ data }: HostTensor.HostTensor, dtype: Dtype): Initializer["data"] => {
  if (dtype === "bool") return Uint8Array.from(data)
  return dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data)
}

/** A constant value changed on its way into the file; `how` tells its forms apart. */
export const constant = (
  builder: Builder,
  number: number,
  how = "",
  change: (tensor: HostTensor.HostTensor) => HostTensor.HostTensor = (tensor) => tensor
): string | undefined => {
  const found = builder.graph.constants.get(number)
  if (found === undefined) return undefined
  const dtype = builder.graph.values[number]?.dtype ?? "float32"
  const key = `value:${number}:${how}`
  const known = builder.built.initializers.get(key)
  if (known !== undefined) return known.name
  const tensor = change(found.tensor)
  return initializer(builder, key, found.name ?? `constant_${number}`, {
    type: dtype satisfies Type,
    dims: tensor.shape,
    data: stored(tensor, dtype)
  })
}

export const rankOf = ({ graph }: Builder, number: number): number =>
  graph.values[number]?.shapes[0]?.length ?? 0

export const isConstant = ({ graph }: Builder, number: number): boolean => graph.constants.has(number)

/** Gives a value the name that a node made for it. */
export const set = ({ built }: Builder, number: number, layout: Layout, name: string): void => {
  built.names.set(number, { ...built.names.get(number), [layout]: name })
}

/** How the value lies that its maker gave. */
export const layoutOf = ({ built }: Builder, number: number): Layout =>
  built.names.get(number)?.channels === undefined ? "plain" : "channels"

/** Pictures of one pixel: their axes can be turned without moving a number. */
const isPixel = ({ graph }: Builder, number: number): boolean => {
  const shapes = graph.values[number]?.shapes ?? []
  return shapes.every(([, height, width]) => height === 1 && width === 1)
}

const turned = (builder: Builder, number: number, from: string, to: Layout): string => {
  const channels = builder.graph.values[number]?.shapes[0]?.[3] ?? 1
  if (isPixel(builder, number))
    return node(builder, "Reshape", [
      from,
      numbers(builder, to === "channels" ? [-1, channels, 1, 1] : [-1, 1, 1, channels])
    ])
  return node(builder, "Transpose", [from], { perm: ints(to === "channels" ? TO_CHANNELS : TO_PLAIN) })
}

/** A constant that is repeated to the size that it has in the pass. */
const expanded = (builder: Builder, number: number, name: string, layout: Layout): string => {
  const value = builder.graph.values[number]
  const { shape = [] } = builder.graph.constants.get(number)?.tensor ?? {}
  const grows =
    value !== undefined && shape.some((side, axis) => !Graph.isFixed(Graph.sides(value, axis)) && side === 1)
  if (!grows || value === undefined) return name
  const place = { kernel: "a constant", place: builder.scope, inputs: {}, outputs: [number] }
  const wanted = shape.map((_, axis) => Graph.sizeOf(builder.graph, place, Graph.sides(value, axis)))
  const order = layout === "channels" ? TO_CHANNELS : wanted.map((_, axis) => axis)
  return node(builder, "Expand", [
    name,
    sizes(
      builder,
      order.map((axis) => wanted[axis] ?? 1)
    )
  ])
}

/** A constant in a layout; undefined for other values. */
const constantIn = (builder: Builder, number: number, layout: Layout): string | undefined => {
  const kept =
    layout === "channels"
      ? constant(builder, number, layout, (tensor) => transposed(tensor, TO_CHANNELS))
      : constant(builder, number)
  return kept === undefined ? undefined : expanded(builder, number, kept, layout)
}

/** The name of a value in a layout; it is turned there if it lies otherwise. Only pictures, of rank 4, can. */
export const read = (builder: Builder, number: number, wanted: Layout = "plain"): string => {
  const layout = rankOf(builder, number) === 4 ? wanted : "plain"
  const kept = constantIn(builder, number, layout)
  if (kept !== undefined) return kept
  const names: { [layout in Layout]?: string } = builder.built.names.get(number) ?? {}
  const own = names[layout]
  if (own !== undefined) return own
  const other = layout === "channels" ? names.plain : names.channels
  const made = turned(builder, number, other ?? "", layout)
  set(builder, number, layout, made)
  return made
}

/** The sides of a value along `axes`, TensorFlow's, as int64. */
const sidesOf = (builder: Builder, number: number, axes: ReadonlyArray<number>): string => {
  const layout = layoutOf(builder, number)
  const own = builder.built.names.get(number)?.[layout] ?? ""
  const shape = node(builder, "Shape", [own])
  const there = layout === "channels" ? axes.map((axis) => CHANNELS_FIRST[axis] ?? axis) : axes
  return node(builder, "Gather", [shape, numbers(builder, there)])
}

const one = (builder: Builder, size: Graph.Size): string => {
  if (typeof size === "number") return numbers(builder, [size])
  const { value, axes, times, over } = size
  const [first = "", ...others] = axes.map((axis) => sidesOf(builder, value, [axis]))
  const product = others.reduce((all, next) => node(builder, "Mul", [all, next]), first)
  const multiple = times === 1 ? product : node(builder, "Mul", [product, numbers(builder, [times])])
  return over === 1 ? multiple : node(builder, "Div", [multiple, numbers(builder, [over])])
}

/** Sizes as a tensor of int64: a constant where all are fixed, else computed from the sizes of values. */
export const sizes = (builder: Builder, all: ReadonlyArray<Graph.Size>): string => {
  const fixed = all.flatMap((size) => (typeof size === "number" ? [size] : []))
  if (fixed.length === all.length) return numbers(builder, fixed)
  const parts = all.map((size) => one(builder, size))
  return parts.length === 1 ? (parts[0] ?? "") : node(builder, "Concat", parts, { axis: int(0) })
}
