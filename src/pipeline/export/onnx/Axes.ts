/** Kernels that work along axes: reductions, softmax, sums that run, joining, cutting, repeating and padding. */
import * as Schema from "effect/Schema"
import type * as Graph from "../Graph.ts"
import { isFixed, sizeOf } from "../Graph.ts"
import { column } from "../Step.ts"
import { refuse } from "../Trace.ts"
import * as Builder from "./Builder.ts"
import { cast } from "./Elementwise.ts"
import * as Kernel from "./Kernel.ts"
import type { Node } from "./OnnxGraph.ts"

type Step = Graph.GraphStep

/** Whether what is left of a picture's axes is in TensorFlow's order, though its channels come first. */
const keepsOrder = (axes: ReadonlyArray<number>): boolean => {
  const left = [0, 3, 1, 2].filter((axis) => !axes.includes(axis))
  return left.every((axis, i) => i === 0 || axis > (left[i - 1] ?? 0))
}

/** What is read of the input, where its axes are, and how the result lies. */
const along = (builder: Builder.Builder, step: Step, value: number, axes: ReadonlyArray<number>) => {
  const rank = Builder.rankOf(builder, value)
  const kept = Builder.rankOf(builder, Kernel.output(step)) === rank
  const given = axes.map((axis) => Kernel.positive(axis, rank))
  const [, own] = Kernel.asIs(builder, value)
  const layout: Builder.Layout = kept || keepsOrder(given) ? own : "plain"
  return {
    x: Builder.read(builder, value, layout),
    axes: Kernel.placed(given, layout),
    kept,
    result: kept ? layout : ("plain" as const)
  }
}

const axesOf = (step: Step, rank: number): ReadonlyArray<number> => {
  const key = Object.keys(step.attrs[0] ?? {}).find((name) =>
    ["axis", "reductionIndices", "dim"].includes(name)
  )
  const axes = key === undefined ? [] : Kernel.list(step, key)
  return axes.length > 0 ? axes : Array.from({ length: rank }, (_, axis) => axis)
}

const isWhole = (axes: ReadonlyArray<number>): boolean => [...axes].toSorted().join() === "2,3"

type Along = ReturnType<typeof along>

/** The mean of a whole picture has an operator of its own. */
const isGlobalMean = (op: string, { axes, kept, result }: Along): boolean =>
  op === "ReduceMean" && kept && result === "channels" && isWhole(axes)

/** ReduceSum takes its axes as an input from opset 13 on; the others as an attribute up to opset 17. */
const reduced = (builder: Builder.Builder, op: string, given: Along): string => {
  const { x, axes, kept } = given
  const keepdims = Builder.int(kept ? 1 : 0)
  if (isGlobalMean(op, given)) return Builder.node(builder, "GlobalAveragePool", [x])
  return op === "ReduceSum"
    ? Builder.node(builder, op, [x, Builder.numbers(builder, axes)], { keepdims })
    : Builder.node(builder, op, [x], { axes: Builder.ints(axes), keepdims })
}

const reduce =
  (op: string): Kernel.Kernel =>
  (builder, step) => {
    const value = Kernel.input(step, "x")
    const given = along(builder, step, value, axesOf(step, Builder.rankOf(builder, value)))
    Kernel.give(builder, step, given.result, reduced(builder, op, given))
  }

/** Truth is reduced as numbers. */
const reduceTruth =
  (op: string): Kernel.Kernel =>
  (builder, step) => {
    const value = Kernel.input(step, "x")
    const { x, axes, kept, result } = along(
      builder,
      step,
      value,
      axesOf(step, Builder.rankOf(builder, value))
    )
    const y = Builder.node(builder, op, [cast(builder, x, "int32")], {
      axes: Builder.ints(axes),
      keepdims: Builder.int(kept ? 1 : 0)
    })
    Kernel.give(builder, step, result, cast(builder, y, "bool"))
  }

const argument =
  (op: string): Kernel.Kernel =>
  (builder, step) => {
    const value = Kernel.input(step, "x")
    const x = Builder.read(builder, value)
    const [axis = 0] = Kernel.list(step, "axis")
    const y = Builder.node(builder, op, [x], { axis: Builder.int(axis), keepdims: Builder.int(0) })
    Kernel.give(builder, step, "plain", cast(builder, y, "int32"))
  }

const softmax =
  (op: string, role: string): Kernel.Kernel =>
  (builder, step) => {
    const value = Kernel.input(step, role)
    const [x, layout] = Kernel.asIs(builder, value)
    const rank = Builder.rankOf(builder, value)
    const [axis = -1] = Kernel.placed([rank - 1], layout)
    Kernel.give(builder, step, layout, Builder.node(builder, op, [x], { axis: Builder.int(axis) }))
  }

const running: Kernel.Kernel = (builder, step) => {
  const x = Builder.read(builder, Kernel.input(step, "x"))
  const y = Builder.node(builder, "CumSum", [x, Builder.numbers(builder, [Kernel.number(step, "axis")])], {
    exclusive: Builder.int(Kernel.attribute(step, "exclusive") === true ? 1 : 0),
    reverse: Builder.int(Kernel.attribute(step, "reverse") === true ? 1 : 0)
  })
  Kernel.give(builder, step, "plain", y)
}

const concat: Kernel.Kernel = (builder, step) => {
  const values = Object.values(step.inputs)
  const rank = Builder.rankOf(builder, Kernel.output(step))
  const moving = values.filter((value) => !Builder.isConstant(builder, value))
  const layout: Builder.Layout =
    rank === 4 && moving.some((value) => Builder.layoutOf(builder, value) === "channels")
      ? "channels"
      : "plain"
  const [axis = 0] = Kernel.placed([Kernel.positive(Kernel.number(step, "axis"), rank)], layout)
  const parts = values.map((value) => Builder.read(builder, value, layout))
  Kernel.give(builder, step, layout, Builder.node(builder, "Concat", parts, { axis: Builder.int(axis) }))
}

const pack: Kernel.Kernel = (builder, step) => {
  const rank = Builder.rankOf(builder, Kernel.output(step))
  const axis = Kernel.positive(Kernel.number(step, "axis"), rank)
  const parts = Object.values(step.inputs).map((value) =>
    Builder.node(builder, "Unsqueeze", [Builder.read(builder, value), Builder.numbers(builder, [axis])])
  )
  Kernel.give(builder, step, "plain", Builder.node(builder, "Concat", parts, { axis: Builder.int(axis) }))
}

const split = (
  builder: Builder.Builder,
  step: Step,
  value: number,
  wanted: number
): { readonly parts: ReadonlyArray<string>; readonly layout: Builder.Layout } => {
  const [x, layout] = Kernel.asIs(builder, value)
  const axis = Kernel.positive(wanted, Builder.rankOf(builder, value))
  const lengths = step.outputs.map((output) => Kernel.sidesOf(builder, output, axis))
  const [at = 0] = Kernel.placed([axis], layout)
  const fixed = lengths.every(isFixed)
  const sizes = Builder.numbers(
    builder,
    lengths.map(([length = 0]) => length)
  )
  const parts = Builder.nodes(
    builder,
    "Split",
    fixed ? [x, sizes] : [x],
    { axis: Builder.int(at) },
    step.outputs.length
  )
  return { parts, layout }
}

const splitSizes: Kernel.Kernel = (builder, step) => {
  const { parts, layout } = split(builder, step, Kernel.input(step, "x"), Kernel.number(step, "axis"))
  for (const [i, output] of step.outputs.entries()) Builder.set(builder, output, layout, parts[i] ?? "")
}

const unpack: Kernel.Kernel = (builder, step) => {
  const value = Kernel.input(step, "value")
  const rank = Builder.rankOf(builder, value)
  const axis = Kernel.positive(Kernel.number(step, "axis"), rank)
  const x = Builder.read(builder, value)
  const ones = Builder.numbers(
    builder,
    step.outputs.map(() => 1)
  )
  const parts = Builder.nodes(builder, "Split", [x, ones], { axis: Builder.int(axis) }, step.outputs.length)
  for (const [i, output] of step.outputs.entries()) {
    const name = Builder.node(builder, "Squeeze", [parts[i] ?? "", Builder.numbers(builder, [axis])])
    Builder.set(builder, output, "plain", name)
  }
}

/** ONNX's word for the end of any axis. */
const END = 2 ** 31 - 1

/** Where a cut along an axis ends: at a fixed place, or as far from the end in all traces. */
const endOf = (
  step: Step,
  begins: ReadonlyArray<number>,
  sizes: ReadonlyArray<number>,
  sides: ReadonlyArray<number>
) => {
  const ends = begins.map((begin, i) => begin + (sizes[i] ?? 0))
  const left = ends.map((end, i) => (sides[i] ?? 0) - end)
  if (isFixed(left)) return left[0] === 0 ? END : -(left[0] ?? 0)
  return isFixed(ends) ? (ends[0] ?? 0) : refuse(step, "where it ends depends on the size of the input")
}

/** Where it begins, counted from either end. */
const beginOf = (step: Step, begins: ReadonlyArray<number>, sides: ReadonlyArray<number>) => {
  if (isFixed(begins)) return begins[0] ?? 0
  const left = begins.map((begin, i) => begin - (sides[i] ?? 0))
  return isFixed(left) ? (left[0] ?? 0) : refuse(step, "where it begins depends on the size of the input")
}

const slice: Kernel.Kernel = (builder, step) => {
  const value = Kernel.input(step, "x")
  const [x, layout] = Kernel.asIs(builder, value)
  const cuts = Kernel.shapeOf(builder, value).flatMap((_, axis) => {
    const sides = Kernel.sidesOf(builder, value, axis)
    const sizes = Kernel.sidesOf(builder, Kernel.output(step), axis)
    if (sides.every((side, i) => side === sizes[i])) return []
    const begins = column(step, "begin", axis)
    return [{ axis, begin: beginOf(step, begins, sides), end: endOf(step, begins, sizes, sides) }]
  })
  const named = (values: ReadonlyArray<number>) => Builder.numbers(builder, values)
  const axes = Kernel.placed(
    cuts.map(({ axis }) => axis),
    layout
  )
  const inputs = [x, named(cuts.map(({ begin }) => begin)), named(cuts.map(({ end }) => end)), named(axes)]
  Kernel.give(builder, step, layout, cuts.length === 0 ? x : Builder.node(builder, "Slice", inputs))
}

const reverse: Kernel.Kernel = (builder, step) => {
  const value = Kernel.input(step, "x")
  const [x, layout] = Kernel.asIs(builder, value)
  const dims = Kernel.list(step, "dims").map((axis) => Kernel.positive(axis, Builder.rankOf(builder, value)))
  const all = (n: number) =>
    Builder.numbers(
      builder,
      dims.map(() => n)
    )
  const axes = Builder.numbers(builder, Kernel.placed(dims, layout))
  Kernel.give(builder, step, layout, Builder.node(builder, "Slice", [x, all(-1), all(-END), axes, all(-1)]))
}

const isPaddings = Schema.is(Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])))

/** In ONNX's order: what comes before each axis, then what comes after. */
const pad =
  (mode: (step: Step) => string): Kernel.Kernel =>
  (builder, step) => {
    const [x, layout] = Kernel.asIs(builder, Kernel.input(step, "x"))
    const paddings = Kernel.attribute(step, "paddings")
    if (!isPaddings(paddings)) return refuse(step, "its padding depends on the size of the input")
    const order = layout === "channels" ? [0, 3, 1, 2] : paddings.map((_, axis) => axis)
    const pads = [0, 1].flatMap((end) => order.map((axis) => paddings[axis]?.[end] ?? 0))
    const value = Kernel.attribute(step, "constantValue")
    const filled = typeof value === "number" && value !== 0 ? [Builder.floats(builder, [value], [])] : []
    const name = Builder.node(builder, "Pad", [x, Builder.numbers(builder, pads), ...filled], {
      mode: Builder.text(mode(step))
    })
    Kernel.give(builder, step, layout, name)
  }

const mirror = (step: Step): string =>
  Kernel.attribute(step, "mode") === "reflect"
    ? "reflect"
    : refuse(step, "it mirrors the edge itself", 'Mirror with "reflect".')

/** Each axis as often as the result is larger. */
const tile: Kernel.Kernel = (builder, step) => {
  const value = Kernel.input(step, "x")
  const times = Kernel.shapeOf(builder, value).map((_, axis) => {
    const from = Kernel.sidesOf(builder, value, axis)
    return Kernel.sidesOf(builder, Kernel.output(step), axis).map((side, i) => side / (from[i] ?? 1))
  })
  const repeats = Builder.sizes(
    builder,
    times.map((one) => sizeOf(builder.graph, step, one))
  )
  Kernel.give(builder, step, "plain", Builder.node(builder, "Tile", [Builder.read(builder, value), repeats]))
}

const gather: Kernel.Kernel = (builder, step) => {
  if ((Kernel.attribute(step, "batchDims") ?? 0) !== 0) refuse(step, "it gathers by batch")
  const inputs = ["x", "indices"].map((role) => Builder.read(builder, Kernel.input(step, role)))
  const axis: Node["attributes"] = { axis: Builder.int(Kernel.number(step, "axis")) }
  Kernel.give(builder, step, "plain", Builder.node(builder, "Gather", inputs, axis))
}

export const kernels: { readonly [kernel: string]: Kernel.Kernel } = {
  All: reduceTruth("ReduceMin"),
  Any: reduceTruth("ReduceMax"),
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  Concat: concat,
  Cumsum: running,
  GatherV2: gather,
  LogSoftmax: softmax("LogSoftmax", "logits"),
  Max: reduce("ReduceMax"),
  Mean: reduce("ReduceMean"),
  Min: reduce("ReduceMin"),
  MirrorPad: pad(mirror),
  Pack: pack,
  PadV2: pad(() => "constant"),
  Prod: reduce("ReduceProd"),
  Reverse: reverse,
  Slice: slice,
  Softmax: softmax("Softmax", "logits"),
  SplitV: splitSizes,
  Sum: reduce("ReduceSum"),
  Tile: tile,
  Unpack: unpack
}
