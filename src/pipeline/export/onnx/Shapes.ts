/** Kernels that give a tensor another shape or order, and products of matrices. */
import type * as HostTensor from "../../nn/HostTensor.ts"
import * as Graph from "../Graph.ts"
import { refuse } from "../Trace.ts"
import * as Builder from "./Builder.ts"
import * as Kernel from "./Kernel.ts"

type Step = Graph.GraphStep

/**
 * The shape that a tensor gets. ONNX copies the side of an axis for 0, and finds one side itself for -1; only what is
 * left over is computed from sizes.
 */
const shapeFor = (builder: Builder.Builder, step: Step, value: number): string => {
  const out = Kernel.output(step)
  const wanted = Kernel.shapeOf(builder, out).map((_, axis) => Kernel.sidesOf(builder, out, axis))
  const copies = (sides: ReadonlyArray<number>, axis: number): boolean => {
    const own = Kernel.sidesOf(builder, value, axis)
    return axis < Builder.rankOf(builder, value) && sides.every((side, i) => side === own[i])
  }
  const open = wanted.flatMap((sides, axis) => (Graph.isFixed(sides) || copies(sides, axis) ? [] : [axis]))
  const [free] = open
  const sizes = wanted.map((sides, axis): Graph.Size => {
    if (Graph.isFixed(sides)) return sides[0] ?? 1
    if (copies(sides, axis)) return 0
    return axis === free ? -1 : Graph.sizeOf(builder.graph, step, sides)
  })
  return Builder.sizes(builder, sizes)
}

const reshape: Kernel.Kernel = (builder, step) => {
  const [value = -1] = Object.values(step.inputs)
  const x = Builder.read(builder, value)
  Kernel.give(builder, step, "plain", Builder.node(builder, "Reshape", [x, shapeFor(builder, step, value)]))
}

/** A turn from one layout to the other costs nothing. */
const transpose: Kernel.Kernel = (builder, step) => {
  const perm = Kernel.list(step, "perm")
  const x = Builder.read(builder, Kernel.input(step, "x"))
  Kernel.give(builder, step, "plain", Builder.node(builder, "Transpose", [x], { perm: Builder.ints(perm) }))
}

const swapped = (rank: number): ReadonlyArray<number> => [
  ...Array.from({ length: Math.max(0, rank - 2) }, (_, axis) => axis),
  rank - 1,
  rank - 2
]

/** A factor of a product, its last two axes exchanged where the kernel says so. */
const factor = (builder: Builder.Builder, value: number, turn: boolean): string => {
  if (!turn) return Builder.read(builder, value)
  const order = swapped(Builder.rankOf(builder, value))
  return (
    Builder.constant(builder, value, "exchanged", (tensor: HostTensor.HostTensor) =>
      Builder.transposed(tensor, order)
    ) ?? Builder.node(builder, "Transpose", [Builder.read(builder, value)], { perm: Builder.ints(order) })
  )
}

const product: Kernel.Kernel = (builder, step) => {
  const [a, b] = (["a", "b"] as const).map((role) =>
    factor(
      builder,
      Kernel.input(step, role),
      Kernel.attribute(step, `transpose${role.toUpperCase()}`) === true
    )
  )
  const multiplied = Builder.node(builder, "MatMul", [a ?? "", b ?? ""])
  const bias = step.inputs["bias"]
  const sum =
    bias === undefined ? multiplied : Builder.node(builder, "Add", [multiplied, Builder.read(builder, bias)])
  Kernel.give(builder, step, "plain", Kernel.activated(builder, step, sum))
}

/** Rows of 0 and 1. */
const oneHot: Kernel.Kernel = (builder, step) => {
  const indices = Builder.read(builder, Kernel.input(step, "indices"))
  const depth = Builder.numbers(builder, [Kernel.number(step, "depth")])
  const values = Builder.floats(
    builder,
    [Kernel.number(step, "offValue"), Kernel.number(step, "onValue")],
    [2]
  )
  if (Kernel.attribute(step, "dtype") !== "float32") refuse(step, "its numbers are not float32")
  Kernel.give(
    builder,
    step,
    "plain",
    Builder.node(builder, "OneHot", [indices, depth, values], { axis: Builder.int(-1) })
  )
}

export const kernels: { readonly [kernel: string]: Kernel.Kernel } = {
  BatchMatMul: product,
  BroadcastTo: (builder, step) => {
    const out = Kernel.output(step)
    const sizes = Kernel.shapeOf(builder, out).map((_, axis) =>
      Graph.sizeOf(builder.graph, step, Kernel.sidesOf(builder, out, axis))
    )
    const x = Builder.read(builder, Kernel.input(step, "x"))
    Kernel.give(builder, step, "plain", Builder.node(builder, "Expand", [x, Builder.sizes(builder, sizes)]))
  },
  ExpandDims: reshape,
  OneHot: oneHot,
  Reshape: reshape,
  Transpose: transpose,
  _FusedMatMul: product
}
