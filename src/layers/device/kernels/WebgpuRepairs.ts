/** Stock kernels of the webgpu backend that give wrong numbers in some cases, with those cases handled differently. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { around } from "./Around.ts"

/**
 * For reverse sums the stock shader contains the axis' length but is cached under a name without it, so that the
 * first length is used for all later ones. The forward shader contains no length: reverse, sum forwards, reverse
 * again.
 */
const forwards = (
  tf: Tf,
  kernelName: string,
  compute: (x: Tensor, axis: number, exclusive: boolean) => Tensor
): void =>
  around(tf, "webgpu", kernelName, ({ inputs, attrs }, stock) => {
    const { x } = inputs
    if (!Attributes.flag(attrs, "reverse")) return stock({ ...attrs })
    if (!(x instanceof tf.Tensor)) throw new TypeError(`${kernelName} needs the tensor "x"`)
    const [axis = 0] = tf.util.parseAxisParam(Attributes.number(attrs, "axis", 0), x.shape)
    const exclusive = Attributes.flag(attrs, "exclusive")
    return tf.tidy(() => tf.reverse(compute(tf.reverse(x, axis), axis, exclusive), axis))
  })

/** WebGPU allows eight buffers per shader; the stock kernel uses one for each operand and one for their sum. */
const operandsAtOnce = 7

/** More operands are added in several steps. */
const addInTurns = (tf: Tf): void =>
  around(tf, "webgpu", "AddN", ({ inputs, attrs }, stock) => {
    const operands = Object.values(inputs).filter((operand) => operand instanceof tf.Tensor)
    if (operands.length <= operandsAtOnce) return stock({ ...attrs })
    return tf.tidy(() => {
      let sum = tf.addN(operands.slice(0, operandsAtOnce))
      for (let next = operandsAtOnce; next < operands.length; next += operandsAtOnce - 1) {
        sum = tf.addN([sum, ...operands.slice(next, next + operandsAtOnce - 1)])
      }
      return sum
    })
  })

export const repairWebgpu = (tf: Tf): void => {
  addInTurns(tf)
  forwards(tf, "Cumsum", (x, axis, exclusive) => tf.cumsum(x, axis, exclusive, false))
  forwards(tf, "Cumprod", (x, axis, exclusive) => tf.cumprod(x, axis, exclusive, false))
}
