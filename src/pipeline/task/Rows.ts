/** Tensors whose first dimension is the sample: made of arrays, taken apart into rows, and stacked again. */
import { type HostData, type HostTensor, make, sizeOf } from "../nn/HostTensor.ts"

/** Arrays of numbers in arrays, as deep as the tensor has dimensions. */
export interface Nested extends ReadonlyArray<number | Nested> {}

/** A tensor, a typed array of one number a sample, or arrays of numbers, which become float32. */
export type Column = HostTensor | HostData | Nested

/** Why something is no tensor of samples. */
export interface Problem {
  readonly problem: string
}

export const isProblem = (value: HostTensor | Problem): value is Problem => "problem" in value

const isHostData = (value: unknown): value is HostData =>
  value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array

export const isTensor = (value: unknown): value is HostTensor =>
  typeof value === "object" &&
  value !== null &&
  "data" in value &&
  "shape" in value &&
  isHostData(value.data) &&
  Array.isArray(value.shape)

const shapeText = (shape: ReadonlyArray<number>): string => `[${shape.join(", ")}]`

/** What is wrong with a tensor by itself: that its shape says another number of values than it has. */
export const lie = ({ data, shape }: HostTensor): string | undefined =>
  sizeOf(shape) === data.length
    ? undefined
    : `it has the shape ${shapeText(shape)}, which is ${sizeOf(shape)} values, and holds ${data.length}`

/** Arrays of arrays as a tensor, unless they are of different lengths or depths. */
const flatten = (nested: Nested, place: string): HostTensor | Problem => {
  const rows: Array<HostTensor> = []
  for (const [i, one] of nested.entries()) {
    if (typeof one === "number") continue
    const row = flatten(one, `${place}[${i}]`)
    if (isProblem(row)) return row
    rows.push(row)
  }
  if (rows.length === 0) return make(Float32Array.from(nested, Number), [nested.length])
  if (rows.length === nested.length) return stack(rows, (i) => `${place}[${i}]`)
  return { problem: `${place} holds both numbers and arrays` }
}

/** The tensor that `column` stands for. */
export const fromColumn = (column: Column, name: string): HostTensor | Problem => {
  if (isHostData(column)) return make(column, [column.length])
  if (!isTensor(column)) return flatten(column, name)
  const wrong = column.shape.length === 0 ? "it is a scalar, without samples" : lie(column)
  return wrong === undefined ? column : { problem: `${name}: ${wrong}` }
}

/** Row `index` as a tensor of one dimension less; it shares the memory. */
export const row = ({ data, shape }: HostTensor, index: number): HostTensor => {
  const own = shape.slice(1)
  const size = sizeOf(own)
  return make(data.subarray(index * size, (index + 1) * size), own)
}

const emptyLike = (data: HostData, length: number): HostData => {
  if (data instanceof Float32Array) return new Float32Array(length)
  return data instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length)
}

const kindOf = (data: HostData): string => {
  if (data instanceof Float32Array) return "float32"
  return data instanceof Int32Array ? "int32" : "uint8"
}

const sameShape = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean =>
  a.length === b.length && a.every((side, i) => side === b[i])

/** Tensors of one shape and type as one, in memory of its own, with a dimension more in front. `nameOf` is for problems. */
export const stack = (
  rows: ReadonlyArray<HostTensor>,
  nameOf: (index: number) => string
): HostTensor | Problem => {
  const first = rows[0] ?? make(new Float32Array(), [0])
  const data = emptyLike(first.data, rows.length * first.data.length)
  for (const [i, one] of rows.entries()) {
    if (!sameShape(one.shape, first.shape))
      return {
        problem: `${nameOf(i)} has the shape ${shapeText(one.shape)} and ${nameOf(0)} ${shapeText(first.shape)}`
      }
    if (kindOf(one.data) !== kindOf(first.data))
      return { problem: `${nameOf(i)} is ${kindOf(one.data)} and ${nameOf(0)} ${kindOf(first.data)}` }
    data.set(one.data, i * first.data.length)
  }
  return make(data, [rows.length, ...first.shape])
}
