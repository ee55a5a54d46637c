/** Training written by hand, with nothing around it: what Anneal's trainer and other frameworks are measured against. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../src/pipeline/device/Device.ts"
import * as Optimizer from "../../src/pipeline/optim/Optimizer.ts"
import { type Built, initial } from "./models.ts"

const optimizer = Optimizer.adam({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 })

/** Each call is one step: forward, backward, Adam by the engine's own kernel, and the loss read back. */
export const make = (tf: Tf, ops: DeviceOps, model: Built): (() => Promise<number>) => {
  let parameters: ReadonlyArray<Tensor> = initial(tf, model)
  let slots: ReadonlyArray<ReadonlyArray<Tensor>> = []
  let step = 0
  const gradients = tf.valueAndGrads((...values: Array<Tensor>) => model.loss(values))
  return async () => {
    step += 1
    const { loss, updated } = tf.tidy(() => {
      const { value, grads } = gradients([...parameters])
      const updates = parameters.flatMap((parameter, index) => {
        const gradient = grads[index]
        return gradient === undefined
          ? []
          : [
              {
                tf,
                ops,
                parameter,
                gradient,
                slots: slots[index] ?? [],
                step,
                learningRate: 1e-3,
                weightDecay: 0
              }
            ]
      })
      const { updated } = Optimizer.updateAll(optimizer, updates)
      return {
        loss: value,
        updated: updated.map((one) => ({ parameter: one.parameter, slots: [...one.slots] }))
      }
    })
    tf.dispose([...parameters, ...slots.flat()])
    parameters = updated.map((one) => one.parameter)
    slots = updated.map((one) => one.slots)
    const [value = Number.NaN] = tf.getBackend() === "webgpu" ? await loss.data() : loss.dataSync()
    loss.dispose()
    return value
  }
}
