import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import * as Model from "../../../src/pipeline/nn/Model.ts"

const reference = DeviceLayer.layer({
  accelerator: "cpu",
  devices: 1,
  strategy: "auto",
  precision: "32-true"
})

const weight = HostTensor.make(
  Float32Array.from({ length: 18 }, (_, i) => i),
  [3, 3, 1, 2]
)

it.effect("gives a variable with its rank, and a tensor that is uploaded with it", () =>
  Effect.gen(function* () {
    const device = yield* Device
    const convolved = yield* device.run("convolve", (tf) => {
      const params = { "conv.weight": HostTensor.upload(tf, weight) }
      const pictures = HostTensor.upload(tf, HostTensor.make(Float32Array.of(2), [1, 1, 1, 1]), 4)
      return tf.conv2d(pictures, Model.variable(params, "conv.weight", 4), 1, "same")
    })
    assert.deepStrictEqual([...(yield* device.read(convolved))], [16, 18])
    convolved.dispose()
  }).pipe(Effect.provide(reference))
)

it.effect("says which variables there are, and which rank one has", () =>
  Effect.gen(function* () {
    const device = yield* Device
    const message = (name: string, rank: 2 | 4) =>
      Effect.map(
        Effect.flip(
          device.run("forward", (tf) =>
            Model.variable(
              { "conv.weight": HostTensor.upload(tf, weight), "conv.bias": tf.zeros([2]) },
              name,
              rank
            )
          )
        ),
        (error) => error.message
      )
    assert.include(
      yield* message("conv.weigth", 4),
      'forward: the model has no variable "conv.weigth" (did you mean "conv.weight"?); it has conv.weight, conv.bias'
    )
    assert.include(yield* message("conv.weight", 2), 'variable "conv.weight" has rank 4, not 2')
    const shapeless = device.run("forward", (tf) => HostTensor.upload(tf, weight, 2))
    assert.include((yield* Effect.flip(shapeless)).message, "shape [3, 3, 1, 2] has rank 4, not 2")
  }).pipe(Effect.provide(reference))
)
