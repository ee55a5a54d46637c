/** Sums of rows that share a segment number; rows whose number is outside 0..segments-1 are ignored. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import { size } from "../internal/Shape.ts"

/** x is [...ids.shape, ...rest]; the result is [segments, ...rest]. */
export const segmentSum = (tf: Tf, x: Tensor, ids: Tensor, segments: number): Tensor => {
  const rest = x.shape.slice(ids.rank)
  const rows = tf.reshape(x, [ids.size, size(rest)])
  const outside = tf.logicalOr(
    tf.less(ids, tf.scalar(0, "int32")),
    tf.greaterEqual(ids, tf.scalar(segments, "int32"))
  )
  const spare = tf.fill(ids.shape, segments, "int32")
  const places = tf.reshape(tf.where(outside, spare, ids), [ids.size, 1])
  const all = tf.scatterND(places, rows, [segments + 1, size(rest)])
  return tf.reshape(tf.slice(all, [0, 0], [segments, size(rest)]), [segments, ...rest])
}
