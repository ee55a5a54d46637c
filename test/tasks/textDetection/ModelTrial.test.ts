/** The losses of the models that come with Anneal are those that are written down for engines to be compared with. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as ModelTrial from "../../../src/tasks/textDetection/ModelTrial.ts"

const layer = DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true" })

describe("training steps of the models that come with Anneal", () => {
  it.live("pass on wasm, are named, and leave nothing", () =>
    Effect.gen(function* () {
      const { memory } = yield* Device
      // Those of other tests, which share this process.
      const before = (yield* memory).numTensors
      const begun: Array<string> = []
      const wrong = yield* ModelTrial.run((name) => Effect.sync(() => void begun.push(name)))
      assert.deepStrictEqual(wrong, [])
      assert.deepStrictEqual(begun, ["training steps of dbnet_tiny", "training steps of dbnet"])
      assert.strictEqual((yield* memory).numTensors, before)
    }).pipe(Effect.provide(layer))
  )

  it.live("are found wrong where gradients are", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const broken = Device.of({
        ...device,
        ops: {
          ...device.ops,
          batchNormTrain: (...args) => {
            const right = device.ops.batchNormTrain(...args)
            return { ...right, y: device.tf.mul(right.y, 1.1) }
          }
        }
      })
      const wrong = yield* ModelTrial.run(() => Effect.void).pipe(Effect.provideService(Device, broken))
      assert.strictEqual(wrong.length, 2, wrong.join("\n"))
    }).pipe(Effect.provide(layer))
  )
})
