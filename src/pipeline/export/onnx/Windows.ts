/** Kernels on pictures: convolutions, pools, normalisation, resizing; channels come first in all of them. */
import * as Schema from "effect/Schema"
import type * as HostTensor from "../../nn/HostTensor.ts"
import type * as Graph from "../Graph.ts"
import { isFixed, sizeOf } from "../Graph.ts"
import { refuse } from "../Trace.ts"
import { pair } from "../Windows.ts"
import * as Builder from "./Builder.ts"
import * as Kernel from "./Kernel.ts"
import type { Node } from "./OnnxGraph.ts"

type Step = Graph.GraphStep

const twoOf = (step: Step, key: string): readonly [number, number] =>
  pair({ attrs: step.attrs[0] ?? {} }, key)

const isPads = Schema.is(Schema.Tuple([Schema.Int, Schema.Int, Schema.Int, Schema.Int]))

/**
 * What lies around the pictures. SAME depends on a picture's size where the stride is not 1, and an explicit padding may
 * look like it at one size: it is SAME where the traces differ, or where its sides are as unequal as only SAME makes
 * them.
 */
const padding = (step: Step): Node["attributes"] => {
  const pads = Kernel.attribute(step, "pads")
  const automatic = step.attrs.every((attrs) => attrs["automatic"] === true)
  const strided = Math.max(...twoOf(step, "strides")) > 1
  if (isPads(pads)) {
    const [top, left, bottom, right] = pads
    const uneven = top !== bottom || left !== right
    return automatic && strided && uneven
      ? { auto_pad: Builder.text("SAME_UPPER") }
      : { pads: Builder.ints(pads) }
  }
  return automatic
    ? { auto_pad: Builder.text("SAME_UPPER") }
    : refuse(step, "its padding depends on the size of the input")
}

const checkFormat = (step: Step): void => {
  const format = Kernel.attribute(step, "dataFormat") ?? "NHWC"
  if (format !== "NHWC") refuse(step, `its pictures are ${String(format)}`, "Use channels last, NHWC.")
}

/** `[height, width, inputs, outputs]` to `[outputs, inputs, height, width]`. */
const outputsFirst = (filter: HostTensor.HostTensor): HostTensor.HostTensor =>
  Builder.transposed(filter, [3, 2, 0, 1])

/** `[height, width, channels, multiplier]` to `[channels · multiplier, 1, height, width]`. */
const depthwise = (filter: HostTensor.HostTensor): HostTensor.HostTensor => {
  const { data, shape } = Builder.transposed(filter, [2, 3, 0, 1])
  const [channels = 1, multiplier = 1, height = 1, width = 1] = shape
  return { data, shape: [channels * multiplier, 1, height, width] }
}

const filterOf = (
  builder: Builder.Builder,
  step: Step,
  change: (filter: HostTensor.HostTensor) => HostTensor.HostTensor
): string =>
  Builder.constant(builder, Kernel.input(step, "filter"), "filter", change) ??
  refuse(step, "its filter depends on the input", "Use filters that are parameters.")

/** A fused kernel's bias; it is a constant `[channels]`. */
const biasOf = (builder: Builder.Builder, step: Step): ReadonlyArray<string> => {
  const bias = step.inputs["bias"]
  if (bias === undefined) return []
  return [
    Builder.constant(builder, bias, "vector", ({ data }) => ({ data, shape: [data.length] })) ??
      refuse(step, "its bias depends on the input")
  ]
}

const convolution =
  (isDepthwise: boolean): Kernel.Kernel =>
  (builder, step) => {
    checkFormat(step)
    const [height = 1, width = 1, inputs = 1] = Kernel.shapeOf(builder, Kernel.input(step, "filter"))
    const picture = Kernel.input(step, "x")
    const channels = Kernel.shapeOf(builder, picture)[3] ?? inputs
    const inputNames = [
      Builder.read(builder, picture, "channels"),
      filterOf(builder, step, isDepthwise ? depthwise : outputsFirst),
      ...biasOf(builder, step)
    ]
    const y = Builder.node(builder, "Conv", inputNames, {
      kernel_shape: Builder.ints([height, width]),
      strides: Builder.ints(twoOf(step, "strides")),
      dilations: Builder.ints(twoOf(step, "dilations")),
      group: Builder.int(isDepthwise ? inputs : channels / inputs),
      ...padding(step)
    })
    Kernel.give(builder, step, "channels", Kernel.activated(builder, step, y))
  }

const maxPool: Kernel.Kernel = (builder, step) => {
  checkFormat(step)
  const x = Builder.read(builder, Kernel.input(step, "x"), "channels")
  const y = Builder.node(builder, "MaxPool", [x], {
    kernel_shape: Builder.ints(twoOf(step, "filterSize")),
    strides: Builder.ints(twoOf(step, "strides")),
    ...padding(step)
  })
  Kernel.give(builder, step, "channels", y)
}

const averagePool: Kernel.Kernel = (builder, step) => {
  checkFormat(step)
  const x = Builder.read(builder, Kernel.input(step, "x"), "channels")
  const windows = ["filterSize", "strides"].map((key) => Kernel.attribute(step, key))
  if (windows.includes(undefined)) refuse(step, "its window depends on the size of the input")
  const y = Builder.node(builder, "AveragePool", [x], {
    kernel_shape: Builder.ints(twoOf(step, "filterSize")),
    strides: Builder.ints(twoOf(step, "strides")),
    count_include_pad: Builder.int(Kernel.attribute(step, "counted") === true ? 1 : 0),
    ...padding(step)
  })
  Kernel.give(builder, step, "channels", y)
}

/** What is cut from the whole result of a transposed convolution, and what is added to it, along one axis. */
const cutOf = (
  builder: Builder.Builder,
  step: Step,
  axis: 1 | 2,
  [kernel, stride]: readonly [number, number]
): { readonly before: number; readonly after: number; readonly added: number } => {
  const from = Kernel.sidesOf(builder, Kernel.input(step, "dy"), axis)
  const to = Kernel.sidesOf(builder, Kernel.output(step), axis)
  const surplus = from.map((side, i) => (side - 1) * stride + kernel - (to[i] ?? 0))
  if (!isFixed(surplus)) refuse(step, "what it cuts depends on the size of the input")
  const [cut = 0] = surplus
  if (cut < 0) return { before: 0, after: 0, added: -cut }
  const before = Kernel.attribute(step, "pad") === "same" ? Math.floor(cut / 2) : 0
  return { before, after: cut - before, added: 0 }
}

const transposedConvolution: Kernel.Kernel = (builder, step) => {
  checkFormat(step)
  const [height = 1, width = 1] = Kernel.shapeOf(builder, Kernel.input(step, "filter"))
  const [down, right] = twoOf(step, "strides")
  const rows = cutOf(builder, step, 1, [height, down])
  const columns = cutOf(builder, step, 2, [width, right])
  const x = Builder.read(builder, Kernel.input(step, "dy"), "channels")
  // `[height, width, outputs, inputs]` to `[inputs, outputs, height, width]`.
  const y = Builder.node(builder, "ConvTranspose", [x, filterOf(builder, step, outputsFirst)], {
    kernel_shape: Builder.ints([height, width]),
    strides: Builder.ints([down, right]),
    pads: Builder.ints([rows.before, columns.before, rows.after, columns.after]),
    output_padding: Builder.ints([rows.added, columns.added])
  })
  Kernel.give(builder, step, "channels", y)
}

const batchNorm: Kernel.Kernel = (builder, step) => {
  const value = Kernel.input(step, "x")
  const channels = Kernel.shapeOf(builder, value).at(-1) ?? 1
  const vector = (role: string, otherwise: number): string => {
    const given = step.inputs[role]
    if (given === undefined)
      return Builder.floats(builder, Array<number>(channels).fill(otherwise), [channels])
    return (
      Builder.constant(builder, given, "vector", ({ data }) => ({ data, shape: [data.length] })) ??
      refuse(step, `its ${role} depends on the input`)
    )
  }
  const parts = [vector("scale", 1), vector("offset", 0), vector("mean", 0), vector("variance", 1)]
  const y = Builder.node(
    builder,
    "BatchNormalization",
    [Builder.read(builder, value, "channels"), ...parts],
    {
      epsilon: Builder.float(Kernel.number(step, "varianceEpsilon"))
    }
  )
  Kernel.give(builder, step, "channels", y)
}

/** How many times as large a side becomes, if it is a whole number in all traces. */
const factor = (builder: Builder.Builder, step: Step, axis: number): number | undefined => {
  const from = Kernel.sidesOf(builder, Kernel.input(step, "images"), axis)
  const times = Kernel.sidesOf(builder, Kernel.output(step), axis).map((side, i) => side / (from[i] ?? 1))
  const [first = 0] = times
  return isFixed(times) && Number.isInteger(first) ? first : undefined
}

/** If the new size is a fixed multiple of the picture's, the node has the factors; otherwise the graph computes the size. */
const resized = (
  builder: Builder.Builder,
  step: Step,
  wanted: readonly [ReadonlyArray<number>, ReadonlyArray<number>]
): ReadonlyArray<string> => {
  const scales = [factor(builder, step, 1), factor(builder, step, 2)]
  const [down, right] = scales
  const dynamic = wanted.some((sides) => !isFixed(sides))
  if (dynamic && down !== undefined && right !== undefined)
    return ["", Builder.floats(builder, [1, 1, down, right], [4])]
  const x = Builder.read(builder, Kernel.input(step, "images"), "channels")
  const [rows, columns] = wanted.map((sides) => Builder.sizes(builder, [sizeOf(builder.graph, step, sides)]))
  const shape = Builder.node(builder, "Shape", [x])
  const kept = Builder.node(builder, "Gather", [shape, Builder.numbers(builder, [0, 1])])
  return [
    "",
    "",
    Builder.node(builder, "Concat", [kept, rows ?? "", columns ?? ""], { axis: Builder.int(0) })
  ]
}

const resize =
  (mode: "linear" | "nearest"): Kernel.Kernel =>
  (builder, step) => {
    const x = Builder.read(builder, Kernel.input(step, "images"), "channels")
    const out = Kernel.output(step)
    const wanted = [Kernel.sidesOf(builder, out, 1), Kernel.sidesOf(builder, out, 2)] as const
    const [corners, centres] = ["alignCorners", "halfPixelCenters"].map(
      (key) => Kernel.attribute(step, key) === true
    )
    const between = centres ? "half_pixel" : "asymmetric"
    const rounding = corners || centres ? "round_prefer_ceil" : "floor"
    const y = Builder.node(builder, "Resize", [x, ...resized(builder, step, wanted)], {
      mode: Builder.text(mode),
      coordinate_transformation_mode: Builder.text(corners ? "align_corners" : between),
      ...(mode === "nearest" ? { nearest_mode: Builder.text(rounding) } : {})
    })
    Kernel.give(builder, step, "channels", y)
  }

const depthToSpace: Kernel.Kernel = (builder, step) => {
  checkFormat(step)
  const x = Builder.read(builder, Kernel.input(step, "x"), "channels")
  const y = Builder.node(builder, "DepthToSpace", [x], {
    blocksize: Builder.int(Kernel.number(step, "blockSize")),
    mode: Builder.text("DCR")
  })
  Kernel.give(builder, step, "channels", y)
}

export const kernels: { readonly [kernel: string]: Kernel.Kernel } = {
  AvgPool: averagePool,
  Conv2D: convolution(false),
  Conv2DBackpropInput: transposedConvolution,
  DepthToSpace: depthToSpace,
  DepthwiseConv2dNative: convolution(true),
  FusedBatchNorm: batchNorm,
  FusedConv2D: convolution(false),
  FusedDepthwiseConv2D: convolution(true),
  MaxPool: maxPool,
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest")
}
