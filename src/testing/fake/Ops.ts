/** The operations of the fake device: those of trainer and optimizers, and those for evaluating small models. */
import * as HostTensor from "../../pipeline/nn/HostTensor.ts"
import { type Memory, Tensor, tidy, within } from "./Tensor.ts"

type Operand = Tensor | number | ReadonlyArray<number>
type Shape = ReadonlyArray<number>

/** The next loss and its gradients: the fake does not differentiate. */
export interface Script {
  readonly loss: () => number
  /** The value of every gradient. */
  readonly gradient: number
}

const float = (memory: Memory, values: ArrayLike<number>, shape: Shape): Tensor =>
  new Tensor(memory, Float32Array.from(values), shape)

const lift = (memory: Memory, operand: Operand): Tensor => {
  if (operand instanceof Tensor) return operand
  return typeof operand === "number" ? float(memory, [operand], []) : float(memory, operand, [operand.length])
}

const broadcastShape = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1]
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`shapes [${a}] and [${b}] do not broadcast`)
    return Math.max(left, right)
  })
}

/** Index into a tensor of `shape` for the flat `index` into `whole`, repeating its sides of length 1. */
const sourceIndex = (index: number, whole: Shape, shape: Shape): number => {
  let rest = index
  let source = 0
  let stride = 1
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    const side = whole[axis] ?? 1
    const own = shape[axis - whole.length + shape.length] ?? 1
    source += (own === 1 ? 0 : rest % side) * stride
    stride *= own
    rest = Math.floor(rest / side)
  }
  return source
}

const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((side, axis) => side === b[axis])

type Reader = (index: number) => number

/** Reads a tensor at an index into `whole`; most have the same size, or are a single number. */
const readerOf = ({ values, shape }: Tensor, whole: Shape): Reader => {
  if (sameShape(shape, whole)) return (i) => values[i] ?? Number.NaN
  const [only = Number.NaN] = values
  return values.length === 1 ? () => only : (i) => values[sourceIndex(i, whole, shape)] ?? Number.NaN
}

const binary =
  (memory: Memory, f: (a: number, b: number) => number) =>
  (left: Operand, right: Operand): Tensor => {
    const [a, b] = [lift(memory, left), lift(memory, right)]
    const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShape(a.shape, b.shape)
    const [atA, atB] = [readerOf(a, shape), readerOf(b, shape)]
    const values = new Float32Array(HostTensor.sizeOf(shape))
    for (let i = 0; i < values.length; i++) values[i] = f(atA(i), atB(i))
    return new Tensor(memory, values, shape)
  }

const unary =
  (memory: Memory, f: (value: number) => number) =>
  (operand: Operand): Tensor => {
    const { values, shape } = lift(memory, operand)
    const out = new Float32Array(values.length)
    for (let i = 0; i < out.length; i++) out[i] = f(values[i] ?? Number.NaN)
    return new Tensor(memory, out, shape)
  }

/** `x` without the axes, by default all of them: `add` gathers the values of each group, `end` makes the result. */
const reduced =
  (
    memory: Memory,
    initial: number,
    add: (all: number, value: number) => number,
    end: (all: number, count: number) => number = (all) => all
  ) =>
  (operand: Operand, axis?: number | ReadonlyArray<number>): Tensor => {
    const x = lift(memory, operand)
    const wanted = axis === undefined ? x.shape.map((_, i) => i) : [axis].flat()
    const axes = new Set(wanted.map((i) => (i < 0 ? i + x.rank : i)))
    const groups = x.shape.map((side, i) => (axes.has(i) ? 1 : side))
    const all = new Float64Array(HostTensor.sizeOf(groups)).fill(initial)
    for (let i = 0; i < x.size; i++) {
      const group = all.length === 1 ? 0 : sourceIndex(i, x.shape, groups)
      all[group] = add(all[group] ?? Number.NaN, x.values[i] ?? Number.NaN)
    }
    const count = x.size / all.length
    const shape = x.shape.filter((_, i) => !axes.has(i))
    return new Tensor(
      memory,
      Float32Array.from(all, (one) => end(one, count)),
      shape
    )
  }

const plus = (a: number, b: number): number => a + b

const reshape = (memory: Memory, x: Tensor, wanted: Shape): Tensor => {
  const known = HostTensor.sizeOf(wanted.filter((side) => side !== -1))
  return new Tensor(
    memory,
    x.values,
    wanted.map((side) => (side === -1 ? x.size / known : side))
  )
}

const matMul = (memory: Memory, a: Tensor, b: Tensor): Tensor => {
  const [rows = 0, inner = 0] = a.shape
  const [, columns = 0] = b.shape
  const values = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    let sum = 0
    for (let k = 0; k < inner; k++) {
      sum += (a.values[row * inner + k] ?? 0) * (b.values[k * columns + column] ?? 0)
    }
    return sum
  })
  return new Tensor(memory, values, [rows, columns])
}

interface FusedMatMul {
  readonly a: Tensor
  readonly b: Tensor
  readonly bias?: Tensor
  readonly activation?: string
}

/** A dense layer: the product, a bias and a ReLU. */
const fusedMatMul = (memory: Memory, { a, b, bias, activation }: FusedMatMul): Tensor => {
  const product = matMul(memory, a, b)
  const sum = bias === undefined ? product : binary(memory, plus)(product, bias)
  return activation === "relu" ? unary(memory, (x) => Math.max(0, x))(sum) : sum
}

const filled = (memory: Memory, shape: Shape, value: number): Tensor =>
  float(memory, new Float32Array(HostTensor.sizeOf(shape)).fill(value), shape)

const making = (memory: Memory) => ({
  tensor: (values: HostTensor.HostData | ReadonlyArray<number>, shape: Shape = [values.length]) => {
    if (values instanceof Float32Array || values instanceof Int32Array) {
      return new Tensor(memory, values.slice(), shape)
    }
    return values instanceof Uint8Array
      ? new Tensor(memory, Int32Array.from(values), shape)
      : float(memory, values, shape)
  },
  tensor1d: (values: ReadonlyArray<number>) => float(memory, values, [values.length]),
  scalar: (value: number) => float(memory, [value], []),
  zeros: (shape: Shape) => filled(memory, shape, 0),
  ones: (shape: Shape) => filled(memory, shape, 1),
  fill: (shape: Shape, value: number) => filled(memory, shape, value),
  zerosLike: (x: Tensor) => filled(memory, x.shape, 0),
  onesLike: (x: Tensor) => filled(memory, x.shape, 1),
  clone: (x: Tensor) => new Tensor(memory, x.values, x.shape)
})

const holding = (memory: Memory) => ({
  tidy: <A>(body: () => A) => tidy(memory, body),
  keep: (x: Tensor) => Object.assign(x, { kept: true }),
  dispose: (container: unknown) => {
    for (const tensor of within(container)) tensor.dispose()
  },
  memory: () => ({
    numTensors: memory.alive.size,
    numBytes: [...memory.alive].reduce((sum, { values }) => sum + values.byteLength, 0)
  })
})

const elementwise = (memory: Memory) => ({
  add: binary(memory, plus),
  sub: binary(memory, (a, b) => a - b),
  mul: binary(memory, (a, b) => a * b),
  div: binary(memory, (a, b) => a / b),
  minimum: binary(memory, Math.min),
  maximum: binary(memory, Math.max),
  neg: unary(memory, (x) => -x),
  abs: unary(memory, Math.abs),
  square: unary(memory, (x) => x * x),
  sqrt: unary(memory, Math.sqrt),
  exp: unary(memory, Math.exp),
  log: unary(memory, Math.log),
  sign: unary(memory, Math.sign),
  relu: unary(memory, (x) => Math.max(0, x)),
  tanh: unary(memory, Math.tanh),
  sigmoid: unary(memory, (x) => 1 / (1 + Math.exp(-x))),
  clipByValue: (x: Tensor, low: number, high: number) =>
    unary(memory, (value) => Math.min(high, Math.max(low, value)))(x)
})

const joining = (memory: Memory) => ({
  sum: reduced(memory, 0, plus),
  mean: reduced(memory, 0, plus, (all, count) => all / count),
  max: reduced(memory, Number.NEGATIVE_INFINITY, Math.max),
  addN: (all: ReadonlyArray<Tensor>) => all.reduce(binary(memory, plus)),
  concat1d: (all: ReadonlyArray<Tensor>) => {
    const values = all.flatMap((x) => [...x.values])
    return float(memory, values, [values.length])
  },
  reshape: (x: Tensor, shape: Shape) => reshape(memory, x, shape),
  matMul: (a: Tensor, b: Tensor) => matMul(memory, a, b),
  fused: { matMul: (operands: FusedMatMul) => fusedMatMul(memory, operands) }
})

/** Every operation by its name in TensorFlow.js. */
export const make = (memory: Memory, { loss, gradient }: Script) => ({
  ...making(memory),
  ...holding(memory),
  ...elementwise(memory),
  ...joining(memory),
  valueAndGrads: () => (parameters: ReadonlyArray<Tensor>) => ({
    value: float(memory, [loss()], []),
    grads: parameters.map(({ shape }) => filled(memory, shape, gradient))
  })
})
