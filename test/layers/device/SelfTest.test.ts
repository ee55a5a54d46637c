/** The self-test passes on correct engines, and reports what a wrong engine gets wrong. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import * as SelfTest from "../../../src/layers/device/SelfTest.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"

const layerOf = (accelerator: "wasm" | "cpu") =>
  DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" })

describe("the self-test", () => {
  for (const name of ["wasm", "cpu"] as const) {
    it.live(`passes on ${name}, and leaves nothing`, () =>
      Effect.gen(function* () {
        const device = yield* Device
        const { wrong, gigaflops } = yield* SelfTest.run
        assert.deepStrictEqual(wrong, [])
        assert.isAbove(gigaflops, 0)
        assert.strictEqual((yield* device.memory).numTensors, 0)
      }).pipe(Effect.provide(layerOf(name)))
    )
  }

  it.live("names what gives wrong numbers, NaN too", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const broken = Device.of({
        ...device,
        ops: {
          ...device.ops,
          batchNormTrain: (...args) => {
            const right = device.ops.batchNormTrain(...args)
            return { ...right, y: device.tf.mul(right.y, Number.NaN) }
          }
        }
      })
      const { wrong } = yield* SelfTest.run.pipe(Effect.provideService(Device, broken))
      assert.deepStrictEqual(wrong, ["batch normalisation"])
    }).pipe(Effect.provide(layerOf("wasm")))
  )
})
