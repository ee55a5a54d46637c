/** Gradients of kernels that only move, repeat or cut data. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { four, unbroadcast } from "../internal/Shape.ts"
import type { Gradient, Step } from "./Gradient.ts"

/** Undoes a crop: zeros around `dy` until it has `shape` again. */
const uncrop = (tf: Tf, dy: Tensor, begin: ReadonlyArray<number>, shape: ReadonlyArray<number>): Tensor =>
  tf.pad(
    dy,
    shape.map((n, axis) => {
      const before = begin[axis] ?? 0
      return [before, n - before - (dy.shape[axis] ?? 0)]
    })
  )

const crop = (tf: Tf, dy: Tensor, axis: number, begin: number, length: number): Tensor => {
  const starts = dy.shape.map((_, index) => (index === axis ? begin : 0))
  const sizes = dy.shape.map((n, index) => (index === axis ? length : n))
  return tf.slice(dy, starts, sizes)
}

/** One axis of MirrorPad: what was mirrored outwards is mirrored back and added up. */
const unmirror = (tf: Tf, dy: Tensor, axis: number, before: number, after: number, edge: number): Tensor => {
  const length = (dy.shape[axis] ?? 0) - before - after
  const core = crop(tf, dy, axis, before, length)
  const returned = (begin: number, count: number, at: number): Tensor => {
    const strip = tf.reverse(crop(tf, dy, axis, begin, count), axis)
    return uncrop(
      tf,
      strip,
      core.shape.map((_, index) => (index === axis ? at : 0)),
      core.shape
    )
  }
  const left = before > 0 ? tf.add(core, returned(0, before, edge)) : core
  return after > 0 ? tf.add(left, returned(before + length, after, length - after - edge)) : left
}

const mirrorPad = ({ tf, dy, attrs }: Step): Tensor => {
  const edge = Attributes.text(attrs, "mode", "reflect") === "reflect" ? 1 : 0
  return Attributes.pairs(attrs, "paddings").reduce(
    (gradient, [before, after], axis) => unmirror(tf, gradient, axis, before, after, edge),
    dy
  )
}

/** The copies of each element, as separate axes, summed. */
const tile = ({ tf, dy, saved, attrs }: Step): Tensor => {
  const reps = Attributes.numbers(attrs, "reps")
  const split = saved(0).shape.flatMap((n, axis) => [reps[axis] ?? 1, n])
  return tf.sum(
    tf.reshape(dy, split),
    reps.map((_, axis) => 2 * axis)
  )
}

const depthToSpace = ({ tf, dy, attrs }: Step): Tensor => {
  const block = Attributes.number(attrs, "blockSize")
  if (Attributes.text(attrs, "dataFormat", "NHWC") !== "NHWC") {
    throw new TypeError("the gradient of depthToSpace supports only NHWC")
  }
  const [batch, height, width, channels] = four(dy.shape)
  const [rows, columns] = [height / block, width / block]
  const blocks = tf.reshape(dy, [batch, rows, block, columns, block, channels])
  return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), [
    batch,
    rows,
    columns,
    block * block * channels
  ])
}

const lazily = (tensors: ReadonlyArray<Tensor>): Record<string, () => Tensor> =>
  Object.fromEntries(tensors.map((tensor, index) => [String(index), () => tensor]))

export const layouts: ReadonlyArray<Gradient> = [
  {
    kernel: "Reshape",
    inputs: ["x"],
    derive: ({ tf, dy, saved }) => ({ x: () => tf.reshape(dy, saved(0).shape) })
  },
  {
    kernel: "ExpandDims",
    inputs: ["input"],
    derive: ({ tf, dy, saved }) => ({ input: () => tf.reshape(dy, saved(0).shape) })
  },
  {
    kernel: "Transpose",
    derive: ({ tf, dy, attrs }) => {
      const perm = Attributes.numbers(attrs, "perm")
      const back = perm.map((_, axis) => perm.indexOf(axis))
      return { x: () => tf.transpose(dy, back) }
    }
  },
  {
    kernel: "Concat",
    allInputs: true,
    derive: ({ tf, dy, all, attrs }) => {
      const [axis = 0] = tf.util.parseAxisParam(Attributes.number(attrs, "axis"), dy.shape)
      const sizes = all.map((input) => input.shape[axis] ?? 0)
      return lazily(tf.split(dy, sizes, axis))
    }
  },
  {
    kernel: "Pack",
    allInputs: true,
    derive: ({ tf, dy, attrs }) => lazily(tf.unstack(dy, Attributes.number(attrs, "axis")))
  },
  {
    kernel: "Unpack",
    derive: ({ tf, dys, attrs }) => ({ value: () => tf.stack([...dys], Attributes.number(attrs, "axis")) })
  },
  {
    kernel: "SplitV",
    derive: ({ tf, dys, attrs }) => ({ x: () => tf.concat([...dys], Attributes.number(attrs, "axis")) })
  },
  {
    kernel: "Slice",
    inputs: ["x"],
    derive: ({ tf, dy, saved, attrs }) => ({
      x: () => uncrop(tf, dy, Attributes.numbers(attrs, "begin"), saved(0).shape)
    })
  },
  {
    kernel: "PadV2",
    inputs: ["x"],
    derive: ({ tf, dy, saved, attrs }) => ({
      x: () =>
        tf.slice(
          dy,
          Attributes.pairs(attrs, "paddings").map(([before]) => before),
          saved(0).shape
        )
    })
  },
  { kernel: "MirrorPad", derive: (step) => ({ x: () => mirrorPad(step) }) },
  { kernel: "Tile", inputs: ["x"], derive: (step) => ({ x: () => tile(step) }) },
  {
    kernel: "BroadcastTo",
    inputs: ["x"],
    derive: ({ tf, dy, saved }) => ({ x: () => unbroadcast(tf, dy, saved(0).shape) })
  },
  {
    kernel: "Reverse",
    derive: ({ tf, dy, attrs }) => ({ x: () => tf.reverse(dy, Attributes.numbers(attrs, "dims")) })
  },
  {
    kernel: "SpaceToBatchND",
    derive: ({ tf, dy, attrs }) => ({
      x: () =>
        tf.batchToSpaceND(dy, Attributes.numbers(attrs, "blockShape"), Attributes.pairs(attrs, "paddings"))
    })
  },
  {
    kernel: "BatchToSpaceND",
    derive: ({ tf, dy, attrs }) => ({
      x: () =>
        tf.spaceToBatchND(dy, Attributes.numbers(attrs, "blockShape"), Attributes.pairs(attrs, "crops"))
    })
  },
  { kernel: "DepthToSpace", derive: (step) => ({ x: () => depthToSpace(step) }) }
]
