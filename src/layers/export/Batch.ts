/** The tensors of a batch, whatever the task: typed arrays anywhere in it, named by their keys. */
import type { DataType } from "@tensorflow/tfjs-core"
import * as HostTensor from "../../pipeline/nn/HostTensor.ts"
import * as Random from "../../pipeline/nn/Random.ts"

const isData = (value: unknown): value is HostTensor.HostData =>
  value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array

/** A tensor's own keys say nothing: `images.data` is called `images`. */
const nameBelow = (name: string, key: string): string => {
  if (key === "data" && name !== "") return name
  return name === "" ? key : `${name}_${key}`
}

/** All typed arrays in a value, by name. */
const arraysIn = (value: unknown, name = ""): ReadonlyArray<readonly [string, HostTensor.HostData]> => {
  if (isData(value)) return [[name === "" ? "input" : name, value]]
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => arraysIn(inner, nameBelow(name, key)))
}

const equal = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return a.length === b.length
}

const isNumbers = (data: unknown): data is HostTensor.HostData | ReadonlyArray<number> =>
  isData(data) || (Array.isArray(data) && data.every((one) => typeof one === "number"))

/** What an upload is called in the batch: the array that it is, or is a copy of; undefined if it is from elsewhere. */
export const nameOf = (
  batch: unknown,
  samples: number,
  data: unknown,
  shape: ReadonlyArray<number>
): string | undefined => {
  const all = arraysIn(batch)
  const itself = all.find(([, array]) => array === data)
  if (itself !== undefined) return itself[0]
  if (!isNumbers(data) || shape[0] !== samples || data.length === 0) return undefined
  return all.find(([, array]) => array.length === data.length && equal(array, data))?.[0]
}

/** The numbers of an upload, in an array of their own. */
export const tensorOf = (data: unknown, shape: ReadonlyArray<number>): HostTensor.HostTensor => ({
  data: isData(data) ? data.slice() : Float32Array.from(isNumbers(data) ? data : []),
  shape: [...shape]
})

/** The numbers as the upload wants them. */
export const as = (data: HostTensor.HostData, dtype: DataType | undefined): HostTensor.HostData => {
  if (dtype === "int32") return data instanceof Int32Array ? data : Int32Array.from(data)
  if (dtype === "bool") return data instanceof Uint8Array ? data : Uint8Array.from(data)
  return data instanceof Float32Array ? data : Float32Array.from(data)
}

const typeOf = (data: HostTensor.HostData): DataType => {
  if (data instanceof Float32Array) return "float32"
  return data instanceof Int32Array ? "int32" : "bool"
}

/** The tensor in another shape of the same rank: repeated along each axis, or cut. */
export const resized = (
  { data, shape }: HostTensor.HostTensor,
  to: ReadonlyArray<number>
): HostTensor.HostTensor => {
  const all = as(new Float32Array(HostTensor.sizeOf(to)), typeOf(data))
  const strides = shape.map((_, axis) => HostTensor.sizeOf(shape.slice(axis + 1)))
  let at = 0
  const copy = (axis: number, from: number): void => {
    const [side = 1, own = 1, stride = 1] = [to[axis], shape[axis], strides[axis]]
    for (let i = 0; i < side; i++) {
      const next = from + (i % own) * stride
      if (axis === to.length - 1) all[at++] = data[next] ?? 0
      else copy(axis + 1, next)
    }
  }
  if (to.length > 0) copy(0, 0)
  return { data: all, shape: [...to] }
}

/** Numbers within the range of the tensor's own, drawn evenly; whole ones where it holds whole ones. */
export const random = (tensor: HostTensor.HostTensor, seed: number): HostTensor.HostTensor => {
  const { data, shape } = tensor
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)]
  const draw = Random.make(seed, Random.keyOf("export"))
  const isWhole = !(data instanceof Float32Array)
  const made = data.slice()
  for (let i = 0; i < made.length; i++) {
    const value = draw.between(low, high)
    made[i] = isWhole ? Math.round(value) : value
  }
  return { data: made, shape }
}
