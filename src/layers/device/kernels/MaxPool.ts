/**
 * The gradient of a 2-D max pool, tap by tap: `dy` goes to the first pixel of its window that equals the maximum.
 * The wasm backend's own kernel starts from the smallest positive float and so ignores windows of negative values.
 */
import type { backend_util, Tensor4D } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import { padOrCrop, stuff } from "./Convolution.ts"

/** dx, NHWC, from dy, the pool's input x and its output y. */
export const gradient = (
  tf: Tf,
  dy: Tensor4D,
  x: Tensor4D,
  y: Tensor4D,
  info: backend_util.Conv2DInfo
): Tensor4D => {
  const { strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = info
  const [batch, outRows, outColumns, channels] = y.shape
  const rows = Math.max((outRows - 1) * strideHeight + filterHeight, padInfo.top + x.shape[1])
  const columns = Math.max((outColumns - 1) * strideWidth + filterWidth, padInfo.left + x.shape[2])
  const below: [number, number] = [padInfo.top, rows - padInfo.top - x.shape[1]]
  const beside: [number, number] = [padInfo.left, columns - padInfo.left - x.shape[2]]
  const padded = tf.pad4d(x, [[0, 0], below, beside, [0, 0]], Number.NEGATIVE_INFINITY)
  let free: Tensor4D = tf.onesLike(y)
  let dx: Tensor4D = tf.zeros([batch, rows, columns, channels])
  for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
    const row = Math.floor(tap / filterWidth)
    const column = tap % filterWidth
    const seen = tf.stridedSlice(
      padded,
      [0, row, column, 0],
      [batch, row + (outRows - 1) * strideHeight + 1, column + (outColumns - 1) * strideWidth + 1, channels],
      [1, strideHeight, strideWidth, 1]
    )
    const hit: Tensor4D = tf.mul(free, tf.cast(tf.equal(seen, y), "float32"))
    free = tf.sub(free, hit)
    const sent = stuff(tf, tf.mul(dy, hit), [strideHeight, strideWidth])
    const down: [number, number] = [row, rows - row - sent.shape[1]]
    const right: [number, number] = [column, columns - column - sent.shape[2]]
    dx = tf.add(dx, padOrCrop(tf, sent, down, right))
  }
  return tf.slice(dx, [0, padInfo.top, padInfo.left, 0], x.shape)
}
