/** What every engine must do besides computing: open and close, be interrupted between steps, leak nothing, refuse. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../src/pipeline/device/Device.ts"

const options = { devices: 1, strategy: "auto", precision: "32-true" } as const
const layerOf = (accelerator: EngineName) => DeviceLayer.layer({ accelerator, ...options })

/** One training step of a small network, with everything that has kernels of its own on some engine. */
const step = Effect.gen(function* () {
  const device = yield* Device
  const { ops } = device
  const loss = yield* device.run("step", (tf) => {
    const x = tf.fill<Rank4>([2, 8, 8, 3], 0.5)
    const { value, grads } = tf.valueAndGrads((filter, gamma, beta) => {
      const y = tf.conv2d(x, tf.reshape<Rank4>(filter, [3, 3, 3, 4]), 1, "same")
      const normal = ops.batchNormTrain(y, tf.reshape(gamma, [4]), tf.reshape(beta, [4]), 1e-5, "relu").y
      return tf.mean(tf.sigmoid(tf.maxPool(normal, 2, 2, "same")))
    })([tf.randomNormal([3, 3, 3, 4], 0, 1, "float32", 1), tf.ones([4]), tf.zeros([4])])
    return tf.add(value, tf.sum(tf.abs(grads[0] ?? value)))
  })
  const values = yield* device.read(loss)
  loss.dispose()
  return values
})

type Rank4 = import("@tensorflow/tfjs-core").Rank.R4

const empty = Effect.gen(function* () {
  const device = yield* Device
  assert.deepStrictEqual(yield* device.memory, { numTensors: 0, numBytes: 0 })
})

const steps = Effect.forever(Effect.andThen(step, Effect.yieldNow))

const suite = (name: EngineName) =>
  describe(`engine ${name}`, () => {
    it.live("computes, closes, and opens again empty", () =>
      Effect.gen(function* () {
        const first = yield* step.pipe(Effect.provide(layerOf(name)))
        yield* empty.pipe(Effect.provide(layerOf(name)))
        assert.deepStrictEqual(yield* step.pipe(Effect.provide(layerOf(name))), first)
      })
    )

    it.live("leaves uncaught errors of the program to the program", () =>
      Effect.gen(function* () {
        const count = () =>
          ["uncaughtException", "unhandledRejection"].map((name) => process.listenerCount(name))
        const before = count()
        yield* Effect.sync(() => assert.deepStrictEqual(count(), before)).pipe(Effect.provide(layerOf(name)))
      })
    )

    it.live("keeps no tensor over thirty steps", () =>
      Effect.gen(function* () {
        const device = yield* Device
        yield* step
        const before = yield* device.memory
        for (let count = 0; count < 30; count++) yield* step
        assert.deepStrictEqual(yield* device.memory, before)
      }).pipe(Effect.provide(layerOf(name)))
    )

    it.live("closes on failure", () =>
      Effect.gen(function* () {
        const failure = yield* step.pipe(
          Effect.andThen(Effect.fail("stop")),
          Effect.provide(layerOf(name)),
          Effect.flip
        )
        assert.strictEqual(failure, "stop")
        yield* empty.pipe(Effect.provide(layerOf(name)))
      })
    )

    it.live("is interrupted between two steps, and closes", () =>
      Effect.gen(function* () {
        const fiber = yield* steps.pipe(Effect.provide(layerOf(name)), Effect.forkChild)
        yield* Effect.sleep("150 millis")
        yield* Fiber.interrupt(fiber)
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        yield* empty.pipe(Effect.provide(layerOf(name)))
      })
    )

    for (const precision of ["16-mixed", "bf16-mixed", "16-true", "64-true"]) {
      it.live(`refuses precision ${precision} by name`, () =>
        Effect.gen(function* () {
          const layer = DeviceLayer.layer({ accelerator: name, ...options, precision })
          const error = yield* step.pipe(Effect.provide(layer), Effect.flip)
          assert.strictEqual(error._tag, "DeviceUnsupported")
          assert.include(error.message, `trainer.precision=${precision}`)
          assert.include(error.message, `"${name}"`)
        })
      )
    }
  })

for (const { name, probe } of DeviceLayer.engines) {
  const presence = await Effect.runPromise(probe)
  if (presence.present) suite(name)
  else {
    describe.skip(`engine ${name}: not on this machine (${presence.reason})`, () => {
      it("is skipped", () => undefined)
    })
  }
}
