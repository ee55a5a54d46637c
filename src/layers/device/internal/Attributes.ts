/** Decodes the untyped attributes that TensorFlow.js hands to kernels and gradients. */
import type { NamedAttrMap } from "@tensorflow/tfjs-core"

export type Attributes = NamedAttrMap | undefined

const isNumbers = (value: unknown): value is Array<number> =>
  Array.isArray(value) && value.every((item) => typeof item === "number")

const wrong = (name: string, wanted: string): never => {
  throw new TypeError(`attribute "${name}" is not ${wanted}`)
}

export const number = (attrs: Attributes, name: string, otherwise?: number): number => {
  const value = attrs?.[name] ?? otherwise
  return typeof value === "number" ? value : wrong(name, "a number")
}

export const flag = (attrs: Attributes, name: string): boolean => attrs?.[name] === true

export const text = (attrs: Attributes, name: string, otherwise: string): string => {
  const value = attrs?.[name] ?? otherwise
  return typeof value === "string" ? value : wrong(name, "a string")
}

/** A list of numbers; a single number means a list of one. */
export const numbers = (attrs: Attributes, name: string): Array<number> => {
  const value = attrs?.[name]
  if (typeof value === "number") return [value]
  return isNumbers(value) ? value : wrong(name, "a list of numbers")
}

/** Axes of a tensor of this rank, from 0 and in order; if absent, all of them. */
export const axes = (attrs: Attributes, name: string, rank: number): Array<number> => {
  const value = attrs?.[name]
  if (value === undefined || value === null) return Array.from({ length: rank }, (_, axis) => axis)
  return numbers(attrs, name)
    .map((axis) => (axis < 0 ? axis + rank : axis))
    .toSorted((a, b) => a - b)
}

/** Height and width; a single number means both, and `otherwise` is the default. */
export const pair = (attrs: Attributes, name: string, otherwise?: number): [number, number] => {
  const value = attrs?.[name] ?? otherwise
  if (typeof value === "number") return [value, value]
  if (!isNumbers(value)) return wrong(name, "a number or a pair of numbers")
  const [first = wrong(name, "a pair"), second = first] = value
  return [first, second]
}

/** Pairs of numbers, such as the paddings of each axis. */
export const pairs = (attrs: Attributes, name: string): Array<[number, number]> => {
  const value: unknown = attrs?.[name]
  if (!Array.isArray(value)) return wrong(name, "a list of pairs")
  return value.map((item: unknown): [number, number] => {
    if (!isNumbers(item)) return wrong(name, "a list of pairs")
    const [first = wrong(name, "a list of pairs"), second = wrong(name, "a list of pairs")] = item
    return [first, second]
  })
}
