/** The windows of convolutions and pools: what lies around a picture for them, in pixels. */
import * as Schema from "effect/Schema"
import { refuse, type Step, shapeOf, side, type Value } from "./Trace.ts"

/** Pixels above, left, below and right, ONNX's order. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number]

const Pair = Schema.Union([Schema.Int, Schema.Array(Schema.Int)])
const pairOf = (value: number | ReadonlyArray<number>): readonly [number, number] =>
  typeof value === "number" ? [value, value] : [value.at(-2) ?? 1, value.at(-1) ?? value[0] ?? 1]

const isPair = Schema.is(Pair)

/** `[rows, columns]` of an attribute; 1 where it is absent. */
export const pair = ({ attrs }: Pick<Step, "attrs">, key: string): readonly [number, number] => {
  const value = attrs[key]
  return isPair(value) ? pairOf(value) : [1, 1]
}

/** Whether a kernel moves a window over a picture, and the role of the picture. */
const pictures: { readonly [kernel: string]: string } = {
  Conv2D: "x",
  FusedConv2D: "x",
  DepthwiseConv2dNative: "x",
  FusedDepthwiseConv2D: "x",
  MaxPool: "x",
  AvgPool: "x"
}

export const pictureOf = (step: Step): number | undefined => step.inputs[pictures[step.kernel] ?? ""]

/** Height and width of the window, by the filter or the attribute. */
export const kernelOf = (step: Step, values: ReadonlyArray<Value>): readonly [number, number] => {
  const filter = step.inputs["filter"]
  if (filter === undefined) return pair(step, "filterSize")
  const [height = 1, width = 1] = values[filter]?.shape ?? []
  return [height, width]
}

const same = (
  length: number,
  kernel: number,
  stride: number,
  dilation: number
): readonly [number, number] => {
  const reach = (kernel - 1) * dilation + 1
  const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length)
  const before = Math.floor(total / 2)
  return [before, total - before]
}

const isExplicit = Schema.is(Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])))

/** What SAME puts around a picture of the shape. */
const automatic = (step: Step, values: ReadonlyArray<Value>): Pads => {
  const shape = shapeOf(values, pictureOf(step))
  const [kernel, stride, dilation] = [kernelOf(step, values), pair(step, "strides"), pair(step, "dilations")]
  const rows = same(side(shape, 1), kernel[0], stride[0], dilation[0])
  const columns = same(side(shape, 2), kernel[1], stride[1], dilation[1])
  return [rows[0], columns[0], rows[1], columns[1]]
}

/** What the step itself puts around its picture. */
export const padsOf = (step: Step, values: ReadonlyArray<Value>): Pads => {
  const { pad } = step.attrs
  if (pad === "same") return automatic(step, values)
  if (pad === "valid") return [0, 0, 0, 0]
  if (typeof pad === "number") return [pad, pad, pad, pad]
  const [, rows, columns] = isExplicit(pad) ? pad : []
  if (rows === undefined || columns === undefined) return refuse(step, `it pads by ${String(pad)}`)
  return [rows[0], columns[0], rows[1], columns[1]]
}
