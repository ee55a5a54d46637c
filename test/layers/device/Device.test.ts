import { assert, describe, it } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Deferred, Effect, Exit, Fiber, Layer, Logger } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../src/pipeline/device/Device.ts"
import { double } from "./evaluate.ts"

const options = { devices: 1, strategy: "auto", precision: "32-true" } as const
const layerOf = (accelerator: EngineName | "auto") => DeviceLayer.layer({ accelerator, ...options })

/** That the process can open a device proves that nobody holds one. */
const free = (engine: EngineName) =>
  Effect.gen(function* () {
    const device = yield* Device
    assert.strictEqual(device.info.engine, engine)
    assert.deepStrictEqual(yield* device.memory, { numTensors: 0, numBytes: 0 })
  }).pipe(Effect.provide(layerOf(engine)))

describe("layer", () => {
  for (const engine of ["wasm", "cpu"] as const) {
    it.effect(`opens and closes, ${engine}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* double.pipe(Effect.provide(layerOf(engine))), [2, 4])
        yield* free("wasm")
        yield* free("cpu")
      })
    )

    it.effect(`closes on failure, ${engine}`, () =>
      Effect.gen(function* () {
        const failure = yield* double.pipe(
          Effect.andThen(Effect.fail("stop")),
          Effect.provide(layerOf(engine)),
          Effect.flip
        )
        assert.strictEqual(failure, "stop")
        yield* free(engine)
      })
    )

    it.effect(`closes on interruption, ${engine}`, () =>
      Effect.gen(function* () {
        const opened = yield* Deferred.make<void>()
        const fiber = yield* Deferred.succeed(opened, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.provide(layerOf(engine)),
          Effect.forkChild
        )
        yield* Deferred.await(opened)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        yield* free(engine)
      })
    )
  }

  it.effect("keeps its gradients when a module registers others, as tfjs-layers does", () => {
    const replace = Effect.promise(() => import("@tensorflow/tfjs-core")).pipe(
      Effect.tap((tf) =>
        Effect.sync(() => {
          for (const kernelName of ["Relu", "Square"])
            tf.registerGradient({
              kernelName,
              inputsToSave: ["x"],
              gradFunc: () => ({ x: () => tf.scalar(-1) })
            })
        })
      )
    )
    const slope = Effect.gen(function* () {
      const device = yield* Device
      const slopeOf = device.run("slope", (tf) => tf.grad((x) => tf.square(x))(tf.scalar(3)))
      const read = (tensor: TF.Tensor) =>
        Effect.map(device.read(tensor), ([value]) => {
          tensor.dispose()
          return value
        })
      const before = yield* Effect.flatMap(slopeOf, read)
      yield* replace
      return [before, yield* Effect.flatMap(slopeOf, read)]
    }).pipe(Effect.provide(layerOf("cpu")))
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* slope, [6, 6])
      yield* replace
      assert.deepStrictEqual(yield* slope, [6, 6])
    })
  })

  it.effect("says what auto chose and why", () =>
    Effect.gen(function* () {
      const { info } = yield* Device
      const present = yield* Effect.filter(DeviceLayer.engines, ({ probe }) =>
        Effect.map(probe, ({ present }) => present)
      )
      // The graphics card's other engine is taken by name only.
      assert.strictEqual(info.engine, present.find(({ name }) => name !== "webgpu")?.name)
      assert.include(info.reason, "best available engine")
      assert.strictEqual(info.versions["tfjs-core"], "4.22.0")
    }).pipe(Effect.provide(layerOf("auto")))
  )

  it.effect("refuses a second device while one is held", () =>
    Effect.gen(function* () {
      const error = yield* double.pipe(Effect.provide(layerOf("cpu")), Effect.flip)
      assert.strictEqual(error._tag, "DeviceBusy")
      assert.include(error.message, '"wasm"')
    }).pipe(Effect.provide(layerOf("wasm")))
  )

  it.effect("frees and reports tensors that nobody disposed", () => {
    const lines: Array<string> = []
    const capture = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    return Effect.gen(function* () {
      const leak = Effect.gen(function* () {
        const { tf } = yield* Device
        tf.zeros([5])
        tf.variable(tf.zeros([3]))
      })
      yield* leak.pipe(Effect.provide(Layer.provideMerge(layerOf("wasm"), capture)))
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "3 tensors")
      yield* free("wasm")
    })
  })

  it.effect("leaves no process listeners behind", () =>
    Effect.gen(function* () {
      const count = () =>
        ["uncaughtException", "unhandledRejection"].map((name) => process.listenerCount(name))
      const before = count()
      yield* double.pipe(Effect.provide(layerOf("wasm")))
      assert.deepStrictEqual(count(), before)
    })
  )
})

describe("refusals", () => {
  const refused = [
    [{ devices: 2 }, "trainer.devices=2"],
    [{ strategy: "ddp" }, "trainer.strategy=ddp"],
    [{ precision: "16-mixed" }, "trainer.precision=16-mixed"],
    [{ threads: 0 }, "trainer.threads=0"]
  ] as const
  for (const [change, named] of refused) {
    it.effect(named, () =>
      Effect.gen(function* () {
        const layer = DeviceLayer.layer({ accelerator: "wasm", ...options, ...change })
        const error = yield* double.pipe(Effect.provide(layer), Effect.flip)
        assert.strictEqual(error._tag, "DeviceUnsupported")
        assert.include(error.message, named)
      })
    )
  }
})

describe("threads", () => {
  it.effect("are as many as asked for", () =>
    Effect.gen(function* () {
      const { info } = yield* Device
      assert.strictEqual(info.threads, 2)
      assert.include(info.name, "2 threads")
    }).pipe(Effect.provide(DeviceLayer.layer({ accelerator: "wasm", ...options, threads: 2 })))
  )

  it.effect("are refused on an engine that has one", () =>
    Effect.gen(function* () {
      const layer = DeviceLayer.layer({ accelerator: "cpu", ...options, threads: 2 })
      const error = yield* double.pipe(Effect.provide(layer), Effect.flip)
      assert.strictEqual(error._tag, "DeviceUnsupported")
      assert.include(error.message, "trainer.threads=2")
      assert.include(error.message, "one thread")
      yield* free("cpu")
    })
  )
})

describe("run", () => {
  it.effect("turns a thrown error into a DeviceError with the operation's name", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const error = yield* device
        .run("product", (tf) => tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3])))
        .pipe(Effect.flip)
      assert.strictEqual(error._tag, "DeviceError")
      assert.include(error.message, "product")
      assert.deepStrictEqual(yield* device.memory, { numTensors: 0, numBytes: 0 })
    }).pipe(Effect.provide(layerOf("wasm")))
  )

  it.effect("says so when the wasm engine's memory is full, and goes on", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const error = yield* device.run("huge", (tf) => tf.fill([2 ** 20, 1100], 1)).pipe(Effect.flip)
      assert.include(error.message, "4 GB at most")
      assert.deepStrictEqual(yield* double, [2, 4])
    }).pipe(Effect.provide(layerOf("wasm")))
  )

  it.effect("reads a copy and leaves the tensor alone", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const tensor = yield* device.run("make", (tf) => tf.tensor1d([1, 2, 3]))
      const values = yield* device.read(tensor)
      values[0] = 9
      assert.deepStrictEqual([...(yield* device.read(tensor))], [1, 2, 3])
      tensor.dispose()
    }).pipe(Effect.provide(layerOf("cpu")))
  )
})
