/** What metrics off the shelf take of a batch: numbers in a row, and scores by class. */
import type { HostTensor } from "../nn/HostTensor.ts"

/** Numbers in a row: an array, a typed array, or a tensor, whose values count in row-major order. */
export type Values = ArrayLike<number> | HostTensor

const isTensor = (values: Values): values is HostTensor => "data" in values && "shape" in values

export const rowOf = (values: Values): ArrayLike<number> => (isTensor(values) ? values.data : values)

/** Both in a row. Throws where they differ in number. */
export const paired = (
  one: { readonly what: string; readonly values: Values },
  other: { readonly what: string; readonly values: Values }
): readonly [ArrayLike<number>, ArrayLike<number>] => {
  const [first, second] = [rowOf(one.values), rowOf(other.values)]
  if (first.length !== second.length) {
    throw new Error(
      `a metric was given ${first.length} ${one.what} and ${second.length} ${other.what}: it needs as many of both`
    )
  }
  return [first, second]
}

/** Classes in the last dimension of `[..., classes]`. Throws where there are fewer than `least`. */
export const classesIn = ({ shape, data }: HostTensor, least: number): number => {
  const classes = shape.at(-1) ?? 0
  if (shape.length < 2 || classes < least) {
    throw new Error(
      `scores have the shape [${shape.join(", ")}]: a metric needs [samples, classes] with at least ${least} classes; of one score a sample give predictions instead`
    )
  }
  if (data.length % classes !== 0)
    throw new Error(
      `scores of the shape [${shape.join(", ")}] hold ${data.length} values, which is no whole number of rows`
    )
  return classes
}
