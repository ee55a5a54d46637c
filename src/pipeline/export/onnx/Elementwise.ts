/** Kernels that compute each number from those at its place in the inputs. */
import type * as HostTensor from "../../nn/HostTensor.ts"
import type { Dtype } from "../Trace.ts"
import * as Builder from "./Builder.ts"
import * as Kernel from "./Kernel.ts"
import type { Node } from "./OnnxGraph.ts"

type Unary = (builder: Builder.Builder, x: string, step: Parameters<Kernel.Kernel>[1]) => string

const op =
  (name: string, attributes: Node["attributes"] = {}): Unary =>
  (builder, x) =>
    Builder.node(builder, name, [x], attributes)

/** A scalar. */
const scalar = (builder: Builder.Builder, value: number): string => Builder.floats(builder, [value], [])

const withScalar =
  (name: string, value: number): Unary =>
  (builder, x) =>
    Builder.node(builder, name, [x, scalar(builder, value)])

const then =
  (first: Unary, second: Unary): Unary =>
  (builder, x, step) =>
    second(builder, first(builder, x, step), step)

/** ONNX's numbers of types. */
const TYPES: { readonly [type in Dtype]: number } = { float32: 1, int32: 6, bool: 9 }

const isDtype = (dtype: unknown): dtype is Dtype => typeof dtype === "string" && dtype in TYPES

export const cast = (builder: Builder.Builder, x: string, dtype: Dtype): string =>
  Builder.node(builder, "Cast", [x], { to: Builder.int(TYPES[dtype]) })

/** Constants of the scaled exponential linear unit. */
const [SELU_ALPHA, SELU_SCALE] = [1.673_263_242_354_377_2, 1.050_700_987_355_480_5]

const unary: { readonly [kernel: string]: Unary } = {
  Abs: op("Abs"),
  Acos: op("Acos"),
  Acosh: op("Acosh"),
  Asin: op("Asin"),
  Asinh: op("Asinh"),
  Atan: op("Atan"),
  Atanh: op("Atanh"),
  Cast: (builder, x, step) => {
    const dtype = Kernel.attribute(step, "dtype")
    return cast(builder, x, isDtype(dtype) ? dtype : "float32")
  },
  Ceil: op("Ceil"),
  ClipByValue: (builder, x, step) =>
    Kernel.clip(builder, x, Kernel.number(step, "clipValueMin"), Kernel.number(step, "clipValueMax")),
  Cos: op("Cos"),
  Cosh: op("Cosh"),
  Elu: op("Elu"),
  Erf: op("Erf"),
  Exp: op("Exp"),
  Expm1: then(op("Exp"), withScalar("Sub", 1)),
  Floor: op("Floor"),
  IsInf: op("IsInf"),
  IsNan: op("IsNaN"),
  LeakyRelu: (builder, x, step) =>
    Builder.node(builder, "LeakyRelu", [x], { alpha: Builder.float(Kernel.number(step, "alpha")) }),
  Log: op("Log"),
  Log1p: then(withScalar("Add", 1), op("Log")),
  LogicalNot: op("Not"),
  Neg: op("Neg"),
  Reciprocal: op("Reciprocal"),
  Relu: op("Relu"),
  Relu6: (builder, x) => Kernel.clip(builder, x, 0, 6),
  Round: op("Round"),
  Rsqrt: then(op("Sqrt"), op("Reciprocal")),
  Selu: op("Selu", { alpha: Builder.float(SELU_ALPHA), gamma: Builder.float(SELU_SCALE) }),
  Sigmoid: op("Sigmoid"),
  Sign: op("Sign"),
  Sin: op("Sin"),
  Sinh: op("Sinh"),
  Softplus: op("Softplus"),
  Sqrt: op("Sqrt"),
  Square: (builder, x) => Builder.node(builder, "Mul", [x, x]),
  Tan: op("Tan"),
  Tanh: op("Tanh"),
  ZerosLike: withScalar("Mul", 0)
}

const one =
  (compute: Unary): Kernel.Kernel =>
  (builder, step) => {
    const [value = -1] = Object.values(step.inputs)
    const [name, layout] = Kernel.asIs(builder, value)
    Kernel.give(builder, step, layout, compute(builder, name, step))
  }

const lifted = ({ data, shape }: HostTensor.HostTensor): HostTensor.HostTensor => ({
  data,
  shape: [...Array.from({ length: 4 - shape.length }, () => 1), ...shape]
})

/** Whether all of a constant's numbers are its first, so that it is a scalar to whatever broadcasts it. */
const isScalar = ({ data, shape }: HostTensor.HostTensor): boolean =>
  shape.every((side) => side === 1) && data.length === 1

/** An operand of a broadcasting operator; of a constant only as much as is needed. */
const operand = (builder: Builder.Builder, value: number, layout: Builder.Layout): string => {
  const constant = builder.graph.constants.get(value)
  if (constant === undefined) return Builder.read(builder, value, layout)
  if (isScalar(constant.tensor) && constant.tensor.shape.length < 4)
    return Builder.constant(builder, value, "scalar", ({ data }) => ({ data, shape: [] })) ?? ""
  const turn = (tensor: HostTensor.HostTensor) => Builder.transposed(lifted(tensor), [0, 3, 1, 2])
  return (
    (layout === "channels"
      ? Builder.constant(builder, value, "broadcast", turn)
      : Builder.constant(builder, value)) ?? ""
  )
}

/** Pictures are combined as they lie, if one of them has its channels first and all others can. */
const layoutFor = (builder: Builder.Builder, values: ReadonlyArray<number>): Builder.Layout => {
  const moving = values.filter((value) => !Builder.isConstant(builder, value))
  const can = moving.every(
    (value) => Builder.rankOf(builder, value) === 4 || Kernel.shapeOf(builder, value).length === 0
  )
  return can && moving.some((value) => Builder.layoutOf(builder, value) === "channels") ? "channels" : "plain"
}

type Combine = (builder: Builder.Builder, operands: ReadonlyArray<string>) => string

const several =
  (combine: Combine): Kernel.Kernel =>
  (builder, step) => {
    const values = Object.values(step.inputs)
    const layout = layoutFor(builder, values)
    const operands = values.map((value) => operand(builder, value, layout))
    Kernel.give(builder, step, layout, combine(builder, operands))
  }

const both =
  (name: string, attributes: Node["attributes"] = {}): Combine =>
  (builder, operands) =>
    Builder.node(builder, name, operands, attributes)

const combined: { readonly [kernel: string]: Combine } = {
  Add: both("Add"),
  AddN: (builder, operands) => Builder.node(builder, "Sum", operands),
  Equal: both("Equal"),
  FloorDiv: (builder, operands) => Builder.node(builder, "Floor", [Builder.node(builder, "Div", operands)]),
  Greater: both("Greater"),
  GreaterEqual: both("GreaterOrEqual"),
  Less: both("Less"),
  LessEqual: both("LessOrEqual"),
  LogicalAnd: both("And"),
  LogicalOr: both("Or"),
  LogicalXor: both("Xor"),
  Maximum: both("Max"),
  Minimum: both("Min"),
  Multiply: both("Mul"),
  NotEqual: (builder, operands) => Builder.node(builder, "Not", [Builder.node(builder, "Equal", operands)]),
  Pow: both("Pow"),
  Prelu: both("PRelu"),
  RealDiv: both("Div"),
  Select: both("Where"),
  SquaredDifference: (builder, operands) => {
    const difference = Builder.node(builder, "Sub", operands)
    return Builder.node(builder, "Mul", [difference, difference])
  },
  Sub: both("Sub")
}

export const kernels: { readonly [kernel: string]: Kernel.Kernel } = {
  ...Object.fromEntries(Object.entries(unary).map(([name, compute]) => [name, one(compute)])),
  ...Object.fromEntries(Object.entries(combined).map(([name, combine]) => [name, several(combine)]))
}
