/** The plain JavaScript engine for tests of small shapes, and host values in and out of it. */
import type * as TF from "@tensorflow/tfjs-core"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import type { Tf } from "../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import * as Model from "../../../src/pipeline/nn/Model.ts"

export const cpu = DeviceLayer.layer({
  accelerator: "cpu",
  devices: 1,
  strategy: "auto",
  precision: "32-true"
})

export const numbers = (tensor: TF.Tensor): ReadonlyArray<number> => [...tensor.dataSync()]

export const number = (tensor: TF.Tensor): number => tensor.dataSync()[0] ?? Number.NaN

/** A map `[1, rows, columns, 1]`. */
export const map = (tf: Tf, rows: ReadonlyArray<ReadonlyArray<number>>): TF.Tensor4D =>
  tf.tensor4d(rows.flat(), [1, rows.length, rows[0]?.length ?? 0, 1])

/** Derivatives of the scalar `f` at `values`, by central differences. */
export const differences = (
  f: (values: ReadonlyArray<number>) => number,
  values: ReadonlyArray<number>,
  step: number
): ReadonlyArray<number> =>
  values.map((_, i) => {
    const at = (by: number) => f(values.map((value, j) => (i === j ? value + by : value)))
    return (at(step) - at(-step)) / (2 * step)
  })

/** First values of a model on the device. */
export const variables = (tf: Tf, model: Model.Model, seed: number): Model.Variables => {
  const values = Model.initial(model, seed)
  const uploaded = (trainable: boolean) =>
    Object.fromEntries(
      model.parameters
        .filter((spec) => spec.trainable === trainable)
        .map((spec) => [
          spec.name,
          HostTensor.upload(tf, values[spec.name] ?? HostTensor.make(new Float32Array(0), [0]))
        ])
    )
  return { params: uploaded(true), buffers: uploaded(false) }
}
