/** A TensorFlow.js graph model as a plain value: what `model.json` says, and the weights beside it. */
import type * as HostTensor from "../../nn/HostTensor.ts"
import * as Graph from "../Graph.ts"
import type { Dtype } from "../Trace.ts"

export type Attribute =
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  /** Base64. */
  | { readonly s: string }
  | { readonly type: string }
  | { readonly list: { readonly i?: ReadonlyArray<number>; readonly s?: ReadonlyArray<string> } }
  | { readonly shape: { readonly dim: ReadonlyArray<{ readonly size: string }> } }

export interface Node {
  readonly name: string
  /** TensorFlow's operation. */
  readonly op: string
  readonly input: ReadonlyArray<string>
  readonly attr: { readonly [name: string]: Attribute }
}

export interface Weight {
  readonly name: string
  readonly dtype: Dtype
  readonly tensor: HostTensor.HostTensor
}

export interface Builder {
  readonly graph: Graph.Graph
  readonly nodes: Array<Node>
  readonly weights: Map<string, Weight>
  /** Names of values. */
  readonly names: Map<number, string>
  readonly taken: Set<string>
  /** The module whose nodes are made. */
  readonly scope: string
}

export const make = (graph: Graph.Graph): Builder => ({
  graph,
  nodes: [],
  weights: new Map(),
  names: new Map(),
  taken: new Set(),
  scope: ""
})

export const TYPES: { readonly [dtype in Dtype]: string } = {
  float32: "DT_FLOAT",
  int32: "DT_INT32",
  bool: "DT_BOOL"
}

export const text = (value: string): Attribute => ({ s: btoa(value) })
export const ints = (i: ReadonlyArray<number>): Attribute => ({ list: { i: [...i] } })
export const texts = (values: ReadonlyArray<string>): Attribute => ({
  list: { s: values.map((one) => btoa(one)) }
})

const fresh = ({ taken }: Builder, wanted: string): string => {
  let [name, n] = [wanted, 1]
  while (taken.has(name)) name = `${wanted}_${n++}`
  taken.add(name)
  return name
}

/** Adds a node; gives its name, which is also its first output's. */
export const node = (
  builder: Builder,
  op: string,
  input: ReadonlyArray<string>,
  attr: Node["attr"] = {},
  wanted = builder.scope === "" ? op : `${builder.scope}/${op}`
): string => {
  const name = fresh(builder, wanted)
  builder.nodes.push({ name, op, input, attr: { T: { type: "DT_FLOAT" }, ...attr } })
  return name
}

const weight = (builder: Builder, key: string, wanted: string, given: Omit<Weight, "name">): string => {
  const known = builder.weights.get(key)
  if (known !== undefined) return known.name
  const name = node(builder, "Const", [], { dtype: { type: TYPES[given.dtype] } }, wanted)
  builder.weights.set(key, { ...given, name })
  return name
}

/** Whole numbers: a shape, axes. */
export const numbers = (builder: Builder, values: ReadonlyArray<number>): string =>
  weight(builder, `ints:${values.join(",")}`, "ints", {
    dtype: "int32",
    tensor: { data: Int32Array.from(values), shape: [values.length] }
  })

/** Whole numbers in any shape. */
export const tensor = (builder: Builder, given: HostTensor.HostTensor): string =>
  weight(builder, `tensor:${given.shape.join(",")}:${given.data.join(",")}`, "tensor", {
    dtype: "int32",
    tensor: given
  })

/** One number without an axis. */
export const scalar = (builder: Builder, value: number, dtype: "int32" | "float32" = "float32"): string =>
  weight(builder, `${dtype}:${value}`, "number", {
    dtype,
    tensor: { data: dtype === "int32" ? Int32Array.of(value) : Float32Array.of(value), shape: [] }
  })

/** A constant, as large as it is in the pass. */
const constant = (builder: Builder, number: number): string | undefined => {
  const found = builder.graph.constants.get(number)
  if (found === undefined) return undefined
  const value = builder.graph.values[number] ?? { dtype: "float32", shapes: [] }
  const name = weight(builder, `value:${number}`, found.name ?? `constant_${number}`, {
    dtype: value.dtype,
    tensor: found.tensor
  })
  const repeats = value.shapes[0]?.map((_, axis) => Graph.sides(value, axis)) ?? []
  if (repeats.every(Graph.isFixed)) return name
  const place = { kernel: "a constant", place: builder.scope, inputs: {}, outputs: [number] }
  const shape = sizes(
    builder,
    repeats.map((sides) => Graph.sizeOf(builder.graph, place, sides))
  )
  return node(builder, "BroadcastTo", [name, shape])
}

export const read = (builder: Builder, number: number): string =>
  constant(builder, number) ?? builder.names.get(number) ?? ""

const one = (builder: Builder, size: Graph.Size): string => {
  if (typeof size === "number") return numbers(builder, [size])
  const { value, axes, times, over } = size
  const shape = node(builder, "Shape", [read(builder, value)])
  const [first = "", ...others] = axes.map((axis) =>
    node(builder, "GatherV2", [shape, numbers(builder, [axis]), scalar(builder, 0, "int32")])
  )
  const product = others.reduce((all, next) => node(builder, "Mul", [all, next]), first)
  const multiple = times === 1 ? product : node(builder, "Mul", [product, numbers(builder, [times])])
  return over === 1 ? multiple : node(builder, "FloorDiv", [multiple, numbers(builder, [over])])
}

/** Sizes as a tensor of int32. */
export const sizes = (builder: Builder, all: ReadonlyArray<Graph.Size>): string => {
  const fixed = all.flatMap((size) => (typeof size === "number" ? [size] : []))
  if (fixed.length === all.length) return numbers(builder, fixed)
  const parts = all.map((size) => one(builder, size))
  return parts.length === 1
    ? (parts[0] ?? "")
    : node(builder, "ConcatV2", [...parts, scalar(builder, 0, "int32")], { N: { i: parts.length } })
}
