/** Stock kernels of the wasm backend that give wrong numbers in some cases, with those cases handled differently. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { size } from "../internal/Shape.ts"
import * as Window from "../internal/Window.ts"
import { around } from "./Around.ts"

/**
 * XNNPACK's own "same" padding disagrees with TensorFlow's when the stride is longer than the filter; the same
 * padding given as numbers is computed correctly.
 */
const explicitPadding = (tf: Tf, kernelName: string, depthwise: boolean): void =>
  around(tf, "wasm", kernelName, ({ inputs, attrs }, stock) => {
    if (attrs?.pad !== "same") return stock({ ...attrs })
    const { padInfo } = Window.convolution(
      tf,
      inputs.x?.shape ?? [],
      inputs.filter?.shape ?? [],
      attrs,
      depthwise
    )
    const pad = [
      [0, 0],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [0, 0]
    ]
    return stock({ ...attrs, pad })
  })

/**
 * In batched gathers the stock kernel reads the wrong indices after the first batch. Here the batches are
 * concatenated along the gathered axis, each with its indices shifted: x as [batch, outer, dim, inner].
 */
const batchedGather = (tf: Tf, x: Tensor, indices: Tensor, axis: number, batchDims: number): Tensor =>
  tf.tidy(() => {
    const batch = size(x.shape.slice(0, batchDims))
    const outerShape = x.shape.slice(batchDims, axis)
    const innerShape = x.shape.slice(axis + 1)
    const [outer, inner, dim] = [size(outerShape), size(innerShape), x.shape[axis] ?? 1]
    const picked = indices.size / batch
    const moved = tf.transpose(tf.reshape(x, [batch, outer, dim, inner]), [0, 2, 1, 3])
    const shift = tf.mul(tf.range(0, batch, 1, "int32"), tf.scalar(dim, "int32"))
    const ids = tf.add(tf.reshape(indices, [batch, picked]), tf.reshape(shift, [batch, 1]))
    const flat = tf.gather(
      tf.reshape(moved, [batch * dim, outer * inner]),
      tf.cast(tf.reshape(ids, [ids.size]), "int32")
    )
    const back = tf.transpose(tf.reshape(flat, [batch, picked, outer, inner]), [0, 2, 1, 3])
    return tf.reshape(back, [
      ...x.shape.slice(0, batchDims),
      ...outerShape,
      ...indices.shape.slice(batchDims),
      ...innerShape
    ])
  })

const gather = (tf: Tf): void =>
  around(tf, "wasm", "GatherV2", ({ inputs, attrs }, stock) => {
    const { x, indices } = inputs
    const batchDims = Attributes.number(attrs, "batchDims", 0)
    const [axis = 0] = tf.util.parseAxisParam(Attributes.number(attrs, "axis"), x?.shape ?? [])
    if (batchDims === 0) return stock({ ...attrs })
    if (!(x instanceof tf.Tensor && indices instanceof tf.Tensor)) throw new TypeError("gather needs tensors")
    return batchedGather(tf, x, indices, axis, batchDims)
  })

const counts = (backend: object): backend is { readonly incRef: (dataId: object) => void } =>
  "incRef" in backend

/**
 * A clone shares its data, as on other engines, instead of copying it: every tensor that a gradient saves is cloned.
 * No kernel writes into its inputs, so this makes no difference.
 */
const sharedClone = (tf: Tf): void =>
  around(tf, "wasm", "Identity", ({ inputs, backend, attrs }, stock) => {
    const { x } = inputs
    if (x === undefined || x.dtype === "string" || !counts(backend)) return stock({ ...attrs })
    backend.incRef(x.dataId)
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
  })

export const repairWasm = (tf: Tf): void => {
  sharedClone(tf)
  explicitPadding(tf, "Conv2D", false)
  explicitPadding(tf, "FusedConv2D", false)
  explicitPadding(tf, "DepthwiseConv2dNative", true)
  explicitPadding(tf, "FusedDepthwiseConv2D", true)
  gather(tf)
}
