/** From a graph of kernels to a TensorFlow.js graph model, whose operations are TensorFlow's. */
import * as Schema from "effect/Schema"
import * as Graph from "../Graph.ts"
import * as Step from "../Step.ts"
import { refuse } from "../Trace.ts"
import { pair } from "../Windows.ts"
import * as Model from "./GraphModel.ts"

type GraphStep = Graph.GraphStep
type Builder = Model.Builder

/** Gives the names of a step's outputs. */
type Kernel = (builder: Builder, step: GraphStep) => string

const inputsOf = (builder: Builder, step: GraphStep): ReadonlyArray<string> =>
  Object.values(step.inputs).map((value) => Model.read(builder, value))

const input = (builder: Builder, step: GraphStep, role: string): string =>
  Model.read(builder, Step.input(step, role))

/** An operation with the kernel's inputs and no attributes. */
const same =
  (op: string): Kernel =>
  (builder, step) =>
    Model.node(builder, op, inputsOf(builder, step))

const named = (names: ReadonlyArray<string>): { readonly [kernel: string]: Kernel } =>
  Object.fromEntries(names.map((name) => [name, same(name)]))

/** Called the same there. */
const plain = named(
  "Abs Acos Acosh AddN Asin Asinh Atan Atanh Ceil Cos Cosh Elu Equal Erf Exp Expm1 Floor FloorDiv Greater GreaterEqual IsInf IsNan Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr Maximum Minimum Neg NotEqual Pow Prelu RealDiv Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Sqrt Square SquaredDifference Sub Tan Tanh ZerosLike LogSoftmax Softmax".split(
    " "
  )
)

const axesOf = (builder: Builder, step: GraphStep): string => {
  const attrs = step.attrs[0] ?? {}
  const key = Object.keys(attrs).find((name) => ["axis", "reductionIndices", "dims"].includes(name))
  const axes = key === undefined ? [] : Step.list(step, key)
  const rank = Step.shapesOf(builder.graph, Step.input(step, "x"))[0]?.length ?? 0
  return Model.numbers(builder, axes.length > 0 ? axes : Array.from({ length: rank }, (_, axis) => axis))
}

const reduce =
  (op: string): Kernel =>
  (builder, step) => {
    const [from = [], to = []] = [Step.input(step, "x"), step.outputs[0] ?? -1].map(
      (value) => Step.shapesOf(builder.graph, value)[0]
    )
    const attr = { keep_dims: { b: from.length === to.length } }
    return Model.node(builder, op, [input(builder, step, "x"), axesOf(builder, step)], attr)
  }

const argument =
  (op: string): Kernel =>
  (builder, step) => {
    const [axis = 0] = Step.list(step, "axis")
    return Model.node(builder, op, [input(builder, step, "x"), Model.scalar(builder, axis, "int32")])
  }

const fused: { readonly [activation: string]: string } = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  leakyrelu: "LeakyRelu",
  sigmoid: "Sigmoid"
}

const activated = (builder: Builder, step: GraphStep, x: string): string => {
  const activation = String(Step.attribute(step, "activation") ?? "linear")
  if (activation === "linear") return x
  const alpha = Step.attribute(step, "leakyreluAlpha")
  const op = fused[activation] ?? refuse(step, `it activates by ${activation}`)
  return Model.node(builder, op, [x], typeof alpha === "number" ? { alpha: { f: alpha } } : {})
}

const isPads = Schema.is(Schema.Tuple([Schema.Int, Schema.Int, Schema.Int, Schema.Int]))

/** The picture with what lies around it, and the word for what the window adds itself. */
const padded = (
  builder: Builder,
  step: GraphStep,
  value: number
): { readonly x: string; readonly padding: Model.Attribute } => {
  const x = input(builder, step, "x")
  if (step.attrs.every((attrs) => attrs["automatic"] === true)) return { x, padding: Model.text("SAME") }
  const pads = Step.attribute(step, "pads")
  if (!isPads(pads)) return refuse(step, "its padding depends on the size of the input")
  const padding = Model.text("VALID")
  const [top, left, bottom, right] = pads
  if (pads.every((side) => side === 0)) return { x, padding }
  const flat = { data: Int32Array.of(0, 0, top, bottom, left, right, 0, 0), shape: [4, 2] }
  const around = Model.tensor(builder, flat)
  return { x: Model.node(builder, "PadV2", [x, around, Model.scalar(builder, value)]), padding }
}

const two = (step: GraphStep, key: string): Model.Attribute => {
  const [down, right] = pair({ attrs: step.attrs[0] ?? {} }, key)
  return Model.ints([1, down, right, 1])
}

const NHWC = Model.text("NHWC")

const convolution =
  (op: string, withBias: string): Kernel =>
  (builder, step) => {
    const { x, padding } = padded(builder, step, 0)
    const attr = {
      strides: two(step, "strides"),
      dilations: two(step, "dilations"),
      padding,
      data_format: NHWC
    }
    const filter = input(builder, step, "filter")
    if (step.inputs["bias"] === undefined)
      return activated(builder, step, Model.node(builder, op, [x, filter], attr))
    const activation = String(Step.attribute(step, "activation") ?? "linear")
    const isFused = activation === "relu" || activation === "relu6"
    const ops = ["BiasAdd", ...(isFused ? [fused[activation] ?? ""] : [])]
    const y = Model.node(builder, withBias, [x, filter, input(builder, step, "bias")], {
      ...attr,
      fused_ops: Model.texts(ops),
      num_args: { i: 1 }
    })
    return isFused ? y : activated(builder, step, y)
  }

/** Below every number that a net computes with. */
const LEAST = -3.4028234663852886e38

const pool =
  (op: string, outside: number): Kernel =>
  (builder, step) => {
    const { x, padding } = padded(builder, step, outside)
    return Model.node(builder, op, [x], {
      ksize: two(step, "filterSize"),
      strides: two(step, "strides"),
      padding,
      data_format: NHWC
    })
  }

/** The shape of a step's output. One side that differs may be found by the operation itself. */
const shapeFor = (builder: Builder, step: GraphStep, infers: boolean): string => {
  const wanted = Step.axesOf(builder.graph, step.outputs[0] ?? -1)
  const free = infers ? wanted.findIndex((sides) => !Graph.isFixed(sides)) : -1
  return Model.sizes(
    builder,
    wanted.map((sides, axis) => (axis === free ? -1 : Graph.sizeOf(builder.graph, step, sides)))
  )
}

const reshape: Kernel = (builder, step) =>
  Model.node(builder, "Reshape", [inputsOf(builder, step)[0] ?? "", shapeFor(builder, step, true)])

const resize =
  (op: string): Kernel =>
  (builder, step) => {
    const [, rows = [], columns = []] = Step.axesOf(builder.graph, step.outputs[0] ?? -1)
    const size = Model.sizes(
      builder,
      [rows, columns].map((sides) => Graph.sizeOf(builder.graph, step, sides))
    )
    return Model.node(builder, op, [input(builder, step, "images"), size], {
      align_corners: { b: Step.attribute(step, "alignCorners") === true },
      half_pixel_centers: { b: Step.attribute(step, "halfPixelCenters") === true }
    })
  }

const product: Kernel = (builder, step) => {
  const y = Model.node(builder, "BatchMatMulV2", [input(builder, step, "a"), input(builder, step, "b")], {
    adj_x: { b: Step.attribute(step, "transposeA") === true },
    adj_y: { b: Step.attribute(step, "transposeB") === true }
  })
  const bias = step.inputs["bias"]
  const sum = bias === undefined ? y : Model.node(builder, "AddV2", [y, Model.read(builder, bias)])
  return activated(builder, step, sum)
}

const transposed: Kernel = (builder, step) =>
  Model.node(
    builder,
    "Conv2DBackpropInput",
    [shapeFor(builder, step, false), input(builder, step, "filter"), input(builder, step, "dy")],
    {
      strides: two(step, "strides"),
      padding: Model.text(Step.attribute(step, "pad") === "same" ? "SAME" : "VALID"),
      data_format: NHWC,
      dilations: Model.ints([1, 1, 1, 1])
    }
  )

const concat: Kernel = (builder, step) => {
  const parts = inputsOf(builder, step)
  const axis = Model.scalar(builder, Step.number(step, "axis"), "int32")
  return Model.node(builder, "ConcatV2", [...parts, axis], { N: { i: parts.length } })
}

const slice: Kernel = (builder, step) => {
  const value = Step.input(step, "x")
  const own = Step.axesOf(builder.graph, value)
  const wanted = Step.axesOf(builder.graph, step.outputs[0] ?? -1)
  const begins = own.map((_, axis) => Step.column(step, "begin", axis))
  const at = (numbers: ReadonlyArray<ReadonlyArray<number>>) =>
    Model.sizes(
      builder,
      numbers.map((one) => Graph.sizeOf(builder.graph, step, one))
    )
  // -1 takes all that is left.
  const sizes = wanted.map((sides, axis) => {
    const reaches = sides.every((side, i) => side + (begins[axis]?.[i] ?? 0) === own[axis]?.[i])
    return reaches ? sides.map(() => -1) : sides
  })
  return Model.node(builder, "Slice", [input(builder, step, "x"), at(begins), at(sizes)])
}

const isPaddings = Schema.is(Schema.Array(Schema.Array(Schema.Int)))

const pad =
  (op: string): Kernel =>
  (builder, step) => {
    const paddings = Step.attribute(step, "paddings")
    if (!isPaddings(paddings)) return refuse(step, "its padding depends on the size of the input")
    const around = Model.tensor(builder, {
      data: Int32Array.from(paddings.flat()),
      shape: [paddings.length, 2]
    })
    const value = Step.attribute(step, "constantValue")
    const filled = op === "PadV2" ? [Model.scalar(builder, typeof value === "number" ? value : 0)] : []
    const mode = Step.attribute(step, "mode")
    const attr = typeof mode === "string" ? { mode: Model.text(mode.toUpperCase()) } : {}
    return Model.node(builder, op, [input(builder, step, "x"), around, ...filled], attr)
  }

const tile: Kernel = (builder, step) => {
  const own = Step.axesOf(builder.graph, Step.input(step, "x"))
  const wanted = Step.axesOf(builder.graph, step.outputs[0] ?? -1)
  const times = wanted.map((sides, axis) => sides.map((side, i) => side / (own[axis]?.[i] ?? 1)))
  const reps = Model.sizes(
    builder,
    times.map((one) => Graph.sizeOf(builder.graph, step, one))
  )
  return Model.node(builder, "Tile", [input(builder, step, "x"), reps])
}

const split: Kernel = (builder, step) => {
  const axis = Step.number(step, "axis")
  const rank = Step.axesOf(builder.graph, Step.input(step, "x")).length
  const at = axis < 0 ? axis + rank : axis
  const lengths = step.outputs.map((value) => Step.axesOf(builder.graph, value)[at] ?? [])
  if (!lengths.every(Graph.isFixed)) return refuse(step, "its parts depend on the size of the input")
  const sizes = Model.numbers(
    builder,
    lengths.map(([length = 0]) => length)
  )
  return Model.node(
    builder,
    "SplitV",
    [input(builder, step, "x"), sizes, Model.scalar(builder, at, "int32")],
    {
      num_split: { i: lengths.length }
    }
  )
}

const kernels: { readonly [kernel: string]: Kernel } = {
  ...plain,
  Add: same("AddV2"),
  All: reduce("All"),
  Any: reduce("Any"),
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  AvgPool: pool("AvgPool", 0),
  BatchMatMul: product,
  BroadcastTo: (builder, step) =>
    Model.node(builder, "BroadcastTo", [input(builder, step, "x"), shapeFor(builder, step, false)]),
  Cast: (builder, step) =>
    Model.node(builder, "Cast", [input(builder, step, "x")], {
      DstT: { type: Model.TYPES[builder.graph.values[step.outputs[0] ?? -1]?.dtype ?? "float32"] }
    }),
  ClipByValue: (builder, step) => {
    const bounds = ["clipValueMin", "clipValueMax"].map((key) =>
      Model.scalar(builder, Step.number(step, key))
    )
    return Model.node(builder, "ClipByValue", [input(builder, step, "x"), ...bounds])
  },
  Concat: concat,
  Conv2D: convolution("Conv2D", "_FusedConv2D"),
  Conv2DBackpropInput: transposed,
  Cumsum: (builder, step) =>
    Model.node(
      builder,
      "Cumsum",
      [input(builder, step, "x"), Model.scalar(builder, Step.number(step, "axis"), "int32")],
      {
        exclusive: { b: Step.attribute(step, "exclusive") === true },
        reverse: { b: Step.attribute(step, "reverse") === true }
      }
    ),
  DepthToSpace: (builder, step) =>
    Model.node(builder, "DepthToSpace", [input(builder, step, "x")], {
      block_size: { i: Step.number(step, "blockSize") },
      data_format: NHWC
    }),
  DepthwiseConv2dNative: convolution("DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"),
  ExpandDims: reshape,
  FusedBatchNorm: (builder, step) =>
    Model.node(
      builder,
      "FusedBatchNormV3",
      ["x", "scale", "offset", "mean", "variance"].map((role) => input(builder, step, role)),
      { epsilon: { f: Step.number(step, "varianceEpsilon") }, data_format: NHWC, is_training: { b: false } }
    ),
  FusedConv2D: convolution("Conv2D", "_FusedConv2D"),
  FusedDepthwiseConv2D: convolution("DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"),
  GatherV2: (builder, step) =>
    Model.node(
      builder,
      "GatherV2",
      [
        input(builder, step, "x"),
        input(builder, step, "indices"),
        Model.scalar(builder, Step.number(step, "axis"), "int32")
      ],
      { batch_dims: { i: Number(Step.attribute(step, "batchDims") ?? 0) } }
    ),
  LeakyRelu: (builder, step) =>
    Model.node(builder, "LeakyRelu", [input(builder, step, "x")], {
      alpha: { f: Step.number(step, "alpha") }
    }),
  Max: reduce("Max"),
  MaxPool: pool("MaxPool", LEAST),
  Mean: reduce("Mean"),
  Min: reduce("Min"),
  MirrorPad: pad("MirrorPad"),
  Multiply: same("Mul"),
  Pack: (builder, step) =>
    Model.node(builder, "Pack", inputsOf(builder, step), { axis: { i: Step.number(step, "axis") } }),
  PadV2: pad("PadV2"),
  Prod: reduce("Prod"),
  Reshape: reshape,
  ResizeBilinear: resize("ResizeBilinear"),
  ResizeNearestNeighbor: resize("ResizeNearestNeighbor"),
  Reverse: (builder, step) =>
    Model.node(builder, "ReverseV2", [
      input(builder, step, "x"),
      Model.numbers(builder, Step.list(step, "dims"))
    ]),
  Select: same("SelectV2"),
  Slice: slice,
  SplitV: split,
  Sum: reduce("Sum"),
  Tile: tile,
  Transpose: (builder, step) =>
    Model.node(builder, "Transpose", [
      input(builder, step, "x"),
      Model.numbers(builder, Step.list(step, "perm"))
    ]),
  Unpack: (builder, step) =>
    Model.node(builder, "Unpack", [input(builder, step, "value")], {
      axis: { i: Step.number(step, "axis") },
      num: { i: step.outputs.length }
    }),
  _FusedMatMul: product
}

export interface Port {
  readonly name: string
  readonly dtype: Graph.Value["dtype"]
  /** -1 for a side that may have any length. */
  readonly shape: ReadonlyArray<number>
}

export interface Lowered extends Pick<Builder, "nodes"> {
  readonly weights: ReadonlyArray<Model.Weight>
  readonly inputs: ReadonlyArray<Port>
  readonly outputs: ReadonlyArray<Port>
}

const port = ({ values }: Graph.Graph, name: string, value: number): Port => {
  const own = values[value] ?? { dtype: "float32", shapes: [] }
  const shape = own.shapes[0]?.map((side, axis) => (Graph.isFixed(Graph.sides(own, axis)) ? side : -1)) ?? []
  return { name, dtype: own.dtype, shape }
}

const placeholder = (builder: Builder, { name, dtype, shape }: Port): string => {
  const dim = shape.map((side) => ({ size: String(side) }))
  return Model.node(
    builder,
    "Placeholder",
    [],
    { dtype: { type: Model.TYPES[dtype] }, shape: { shape: { dim } } },
    name
  )
}

const add = (builder: Builder, step: GraphStep): void => {
  const kernel = kernels[step.kernel] ?? refuse(step, "this kernel has no counterpart in an export yet")
  const name = kernel({ ...builder, scope: Step.scopeOf(step) }, step)
  for (const [i, output] of step.outputs.entries()) builder.names.set(output, i === 0 ? name : `${name}:${i}`)
}

/** Throws `Unexportable` for a kernel that it does not know. */
export const lower = (graph: Graph.Graph): Lowered => {
  const builder = Model.make(graph)
  const inputs = graph.inputs.map(({ name, value }) => port(graph, name, value))
  for (const [i, { value }] of graph.inputs.entries()) {
    const own = inputs[i]
    if (own !== undefined) builder.names.set(value, placeholder(builder, own))
  }
  for (const step of graph.steps) add(builder, step)
  const outputs = graph.outputs.map(({ name, value }) => {
    const made = Model.node(builder, "Identity", [Model.read(builder, value)], {}, name)
    return port(graph, made, value)
  })
  return { nodes: builder.nodes, weights: [...builder.weights.values()], inputs, outputs }
}
