/** Sums, products, activations and their gradients by the kernel pack, and tiles. */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { size } from "../internal/Shape.ts"
import { type Pack, shares, worthwhile } from "./Pack.ts"

/** The order of the enumeration in elementwise.c. */
const kinds = [
  "add",
  "subtract",
  "multiply",
  "relu",
  "reluGradient",
  "sigmoidGradient",
  "exp",
  "tanh",
  "erf"
] as const
export type Kind = (typeof kinds)[number]

/** Elements that one thread does in a microsecond. */
const elementsPerMicrosecond = 1000

/** Operands of the same shape, float32; `b` is absent for operations of one operand. */
export const apply = (pack: Pack, kind: Kind, a: TensorInfo, b: TensorInfo = a): TensorInfo => {
  const { at, output } = pack.memory
  const y = output(a.shape)
  const count = size(a.shape)
  const words = [at(a), at(b), at(y), kinds.indexOf(kind)]
  const threads = worthwhile(pack, count / elementsPerMicrosecond)
  pack.parallel(
    "elementwise",
    shares(Math.ceil(count / 4), threads).map(([begin, end]) => [
      ...words,
      4 * begin,
      Math.min(count, 4 * end)
    ])
  )
  return y
}

/** x of four-byte elements, with at least one axis, none of them empty. */
export const tile = (pack: Pack, x: TensorInfo, repeats: ReadonlyArray<number>): TensorInfo => {
  const { memory } = pack
  const y = memory.output(
    x.shape.map((length, axis) => length * (repeats[axis] ?? 1)),
    x.dtype
  )
  const bytes = 4 * x.shape.length
  const [lengths = 0, counts = 0] = memory.scratch([bytes, bytes])
  memory.write(lengths, x.shape)
  memory.write(counts, repeats)
  pack.call("tile", memory.at(x), memory.at(y), lengths, counts, x.shape.length)
  return y
}
