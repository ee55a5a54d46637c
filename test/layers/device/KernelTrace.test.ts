import { assert, describe, it } from "@effect/vitest"
import type { Scalar, Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { type Anomaly, Device, type Tf } from "../../../src/pipeline/device/Device.ts"

const engines = ["cpu", "wasm"] as const

const layer = (accelerator: (typeof engines)[number]) =>
  DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" })

/** Where the first odd number of what `body` computes came from. */
const originOf = (body: (tf: Tf) => Tensor) =>
  Effect.scoped(
    Effect.gen(function* () {
      const device = yield* Device
      const trace = yield* device.anomalies
      const result = yield* device.run("traced", body)
      const origin = trace.originOf(result)
      result.dispose()
      return origin
    })
  )

const gradient = (tf: Tf, f: (x: Tensor) => Tensor, x: Tensor): Tensor =>
  tf.grad((value) => tf.sum<Scalar>(f(value)))(x)

interface Case {
  readonly name: string
  readonly body: (tf: Tf) => Tensor
  readonly wanted: Partial<Anomaly> | undefined
}

const cases: ReadonlyArray<Case> = [
  {
    name: "a forward operation, wherever its result went",
    body: (tf) => tf.mean(tf.mul(tf.add(tf.log(tf.tensor1d([1, -2, 3])), 1), 2)),
    wanted: { operation: "Log", phase: "forward", made: true, inputs: ["x [3] from -2 to 3"] }
  },
  {
    name: "a division by zero",
    body: (tf) => tf.sum(tf.div(tf.tensor1d([1, 2]), tf.tensor1d([0, 1]))),
    wanted: {
      operation: "RealDiv",
      phase: "forward",
      made: true,
      inputs: ["a [2] from 1 to 2", "b [2] from 0 to 1"]
    }
  },
  {
    name: "the first of several",
    body: (tf) => tf.add(tf.log(tf.tensor1d([-1])), tf.sqrt(tf.tensor1d([-1]))),
    wanted: { operation: "Log", phase: "forward", made: true }
  },
  {
    name: "a backward operation of a finite value",
    body: (tf) => gradient(tf, (x) => tf.mul(tf.sqrt(x), 1), tf.tensor1d([0, 4])),
    wanted: { phase: "backward", made: true }
  },
  {
    name: "nothing where all is finite",
    body: (tf) => tf.exp(tf.tensor1d([1, 2])),
    wanted: undefined
  },
  {
    name: "not an infinity that a mask threw away",
    body: (tf) => {
      const masked = tf.where(tf.tensor1d([false, true], "bool"), tf.log(tf.tensor1d([0, 1])), tf.zeros([2]))
      return tf.sum(masked)
    },
    wanted: undefined
  },
  {
    name: "not that infinity either where another operation fails after it",
    body: (tf) => {
      const masked = tf.where(tf.tensor1d([false, true], "bool"), tf.log(tf.tensor1d([0, 1])), tf.zeros([2]))
      return tf.sqrt(tf.sub(tf.sum(masked), 1))
    },
    wanted: { operation: "Sqrt", made: true }
  },
  {
    name: "an input that came so",
    body: (tf) => tf.mul(tf.tensor1d([1, Number.NaN]), 2),
    wanted: {
      operation: "Multiply",
      made: false,
      inputs: ["a [2] from 1 to 1, 1 not finite", "b [] from 2 to 2"]
    }
  }
]

for (const accelerator of engines) {
  describe(`KernelTrace on ${accelerator} names`, () => {
    it.effect.each(cases.map((one) => [one.name, one] as const))("%s", ([, { body, wanted }]) =>
      Effect.gen(function* () {
        const origin = yield* originOf(body)
        if (wanted === undefined) return assert.isUndefined(origin)
        assert.deepInclude(origin, wanted)
      }).pipe(Effect.provide(layer(accelerator)))
    )

    it.effect("the line that asked for it", () =>
      Effect.gen(function* () {
        const origin = yield* originOf((tf) => tf.log(tf.tensor1d([-1])))
        assert.match(origin?.place ?? "", /KernelTrace\.test\.ts:\d+:\d+/)
      }).pipe(Effect.provide(layer(accelerator)))
    )

    it.effect("the operation that another is made of", () =>
      Effect.gen(function* () {
        const device = yield* Device
        const { tf } = device
        const kernelName = "LogTwice"
        const config = {
          kernelName,
          backendName: tf.getBackend(),
          kernelFunc: () => tf.log(tf.tensor1d([-1]))
        }
        tf.registerKernel(config)
        const origin = yield* originOf(() => tf.engine().runKernel<Tensor>(kernelName, {}))
        tf.unregisterKernel(kernelName, tf.getBackend())
        assert.strictEqual(origin?.operation, "LogTwice > Log")
      }).pipe(Effect.provide(layer(accelerator)))
    )

    it.effect("leaves the kernels as they were, however it ends", () =>
      Effect.gen(function* () {
        const device = yield* Device
        const { tf } = device
        const kernels = () => tf.getKernelsForBackend(tf.getBackend()).map(({ kernelFunc }) => kernelFunc)
        const before = new Set(kernels())
        const inside = yield* Effect.scoped(
          Effect.andThen(
            device.anomalies,
            Effect.sync(() => kernels().filter((kernel) => before.has(kernel)).length)
          )
        )
        assert.strictEqual(inside, 0)
        yield* Effect.exit(Effect.scoped(Effect.andThen(device.anomalies, Effect.die("defect"))))
        yield* Effect.exit(Effect.scoped(Effect.andThen(device.anomalies, Effect.interrupt)))
        const after = kernels()
        assert.strictEqual(after.length, before.size)
        assert.isTrue(after.every((kernel) => before.has(kernel)))
      }).pipe(Effect.provide(layer(accelerator)))
    )
  })
}
