/** The table of convolutions agrees with an engine that is right, and names the shapes of one that is not. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ConvolutionTrial from "../../../src/layers/device/ConvolutionTrial.ts"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"

const layer = DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true" })

describe("the table of convolutions", () => {
  it.live("passes on wasm, names each before it is tried, and leaves nothing", () =>
    Effect.gen(function* () {
      const begun: Array<string> = []
      const wrong = yield* ConvolutionTrial.run((name) => Effect.sync(() => void begun.push(name)))
      assert.deepStrictEqual(wrong, [])
      for (const kernel of ["convolution", "gradient of a convolution by its input"]) {
        assert.include(begun, `${kernel} 1x1, stride 2, 8 to 6 channels`)
      }
      assert.include(begun, "gradient of a convolution by its filter 7x7, stride 3, 64 to 7 channels")
      assert.strictEqual((yield* (yield* Device).memory).numTensors, 0)
    }).pipe(Effect.provide(layer))
  )

  it.live("names what gives wrong numbers", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const wanted = "gradient of a convolution by its filter 3x3, stride 2, 8 to 6 channels"
      let under = ""
      const broken = Device.of({
        ...device,
        run: (operation, body) => {
          under = operation
          return device.run(operation, body)
        },
        read: (tensor) =>
          Effect.map(device.read(tensor), (right) => {
            const values = right.slice()
            if (under === wanted) values[5] = Number.NaN
            return values
          })
      })
      const wrong = yield* ConvolutionTrial.run(() => Effect.void).pipe(Effect.provideService(Device, broken))
      assert.deepStrictEqual(wrong, [wanted])
    }).pipe(Effect.provide(layer))
  )
})
