/** Layers that only move values, in forms whose gradients are plain copies on every engine. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../HostTensor.ts"
import type { Module } from "../Module.ts"
import { expect, NetInvalid, type Pass, visit } from "../Pass.ts"
import * as Padding from "./Padding.ts"

const make = <In extends TF.Tensor, Out extends TF.Tensor>(
  kind: string,
  compute: (pass: Pass, x: In) => Out
): Module<In, Out> => ({
  kind,
  reshapes: true,
  parameters: [],
  apply: (pass, x) => {
    const y = compute(pass, x)
    visit(pass, kind, x, y)
    return y
  }
})

/**
 * `[batch, …]` to `[batch, values]`. Channels of a picture are innermost, where PyTorch has them outermost, so the rows
 * of a dense layer that follows come in another order.
 */
export const flatten: Module<TF.Tensor, TF.Tensor2D> = make("flatten", ({ tf }, x) => {
  const [batch = 1, ...sides] = x.shape
  return tf.reshape(x, [batch, HostTensor.sizeOf(sides)])
})

const TAKES = ["batch", "height", "width", "channels"]

const checkMultiple = (pass: Pass, kind: string, x: TF.Tensor, sides: ReadonlyArray<number>, of: number) => {
  expect(pass, kind, x, TAKES)
  if (!sides.every((side) => side % of === 0))
    throw new NetInvalid({
      layer: pass.name === "" ? kind : `${pass.name} (${kind})`,
      problem: `was given [${x.shape.join(", ")}], where ${sides.join(" and ")} are not multiples of ${of}`,
      cure: "Change what comes before it, or its block."
    })
}

/**
 * Sub-pixel rearrangement (Shi et al., 2016): `[batch, height, width, block²·c]` to
 * `[batch, block·height, block·width, c]`, where channel `(dy·block + dx)·c + k` becomes channel k at
 * (block·y + dy, block·x + dx): TensorFlow's order. PyTorch's `pixel_shuffle` takes it from `(k·block + dy)·block + dx`.
 */
export const depthToSpace = (block: number): Module<TF.Tensor4D, TF.Tensor4D> => {
  Padding.checkWhole("depthToSpace", "block", [block], 1)
  return make("depthToSpace", (pass, x) => {
    checkMultiple(pass, "depthToSpace", x, x.shape.slice(3), block * block)
    const { tf } = pass
    const [batch, height, width, depth] = x.shape
    const channels = depth / (block * block)
    const parts = tf.reshape(x, [batch * height, width, block, block * channels])
    const rows = tf.transpose(parts, [0, 2, 1, 3])
    return tf.reshape(rows, [batch, height * block, width * block, channels])
  })
}

/** The inverse of `depthToSpace`: `[batch, block·height, block·width, c]` to `[batch, height, width, block²·c]`. */
export const spaceToDepth = (block: number): Module<TF.Tensor4D, TF.Tensor4D> => {
  Padding.checkWhole("spaceToDepth", "block", [block], 1)
  return make("spaceToDepth", (pass, x) => {
    checkMultiple(pass, "spaceToDepth", x, x.shape.slice(1, 3), block)
    const { tf } = pass
    const [batch, height, width, channels] = x.shape
    const [rows, columns] = [height / block, width / block]
    const parts = tf.reshape(x, [batch * rows, block, columns, block * channels])
    return tf.reshape(tf.transpose(parts, [0, 2, 1, 3]), [batch, rows, columns, block * block * channels])
  })
}
