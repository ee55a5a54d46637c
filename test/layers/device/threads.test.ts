/** The wasm engine on several threads: the same bits as on one, and no thread left behind. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core"
import { Deferred, Effect, Logger } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { withSharedMemory } from "../../../src/layers/device/engines/WasmBackend.ts"
import * as Threads from "../../../src/layers/device/pack/Threads.ts"
import { Device, type DeviceOps, type Tf } from "../../../src/pipeline/device/Device.ts"
import { values } from "./cases.ts"

const layerOf = (threads: number) =>
  DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true", threads })

/** Large enough that threads are woken: kernels whose work is short run on one thread whatever their number. */
const shape = [3, 61, 67, 24] as const

const picture = (tf: Tf, seed: number): Tensor4D => tf.tensor4d(values({ shape }, seed), [...shape])
const matrix = (tf: Tf, rows: number, cols: number, seed: number): Tensor =>
  tf.tensor2d(values({ shape: [rows, cols] }, seed), [rows, cols])

/** The gradients of the sum of squares: every element of dy is another. */
const withGradients = (
  tf: Tf,
  compute: (...inputs: Array<Tensor>) => Tensor,
  inputs: Array<Tensor>
): Array<Tensor> => {
  const { value, grads } = tf.valueAndGrads((...xs: Array<Tensor>) => tf.sum(tf.square(compute(...xs))))(
    inputs
  )
  return [value, ...grads]
}

const four = (tf: Tf, x: Tensor): Tensor4D =>
  tf.reshape(x, [x.shape[0] ?? 1, x.shape[1] ?? 1, x.shape[2] ?? 1, x.shape[3] ?? 1])
const one = (tf: Tf, x: Tensor): Tensor1D => tf.reshape(x, [x.size])

const filter = (tf: Tf, sizes: [number, number, number, number], seed: number): Tensor =>
  tf.tensor4d(values({ shape: sizes, low: -0.3, high: 0.3 }, seed), sizes)

const onPictures = (tf: Tf): Record<string, (x: Tensor) => Tensor> => ({
  maxPool: (x) => tf.maxPool(four(tf, x), 3, 2, "same"),
  resizeBilinear: (x) => tf.image.resizeBilinear(four(tf, x), [97, 101], false, true),
  resizeNearestNeighbor: (x) => tf.image.resizeNearestNeighbor(four(tf, x), [122, 134]),
  relu: (x) => tf.relu(x),
  sigmoid: (x) => tf.sigmoid(x),
  "add, sub and mul": (x) => tf.mul(tf.add(x, tf.relu(x)), tf.sub(x, tf.sigmoid(x)))
})

const onFilters = (tf: Tf): ReadonlyArray<readonly [string, Tensor, (x: Tensor, w: Tensor) => Tensor]> => [
  ["conv2d", filter(tf, [3, 3, 24, 20], 2), (x, w) => tf.conv2d(four(tf, x), four(tf, w), 1, "same")],
  [
    "conv2d, stride 2",
    filter(tf, [5, 5, 24, 9], 3),
    (x, w) => tf.conv2d(four(tf, x), four(tf, w), 2, "same")
  ],
  [
    "depthwiseConv2d",
    filter(tf, [3, 3, 24, 1], 4),
    (x, w) => tf.depthwiseConv2d(four(tf, x), four(tf, w), 2, "same")
  ],
  [
    "depthwiseConv2d, multiplier 2",
    filter(tf, [5, 3, 24, 2], 5),
    (x, w) => tf.depthwiseConv2d(four(tf, x), four(tf, w), 1, "same")
  ]
]

const normalised = (tf: Tf, ops: DeviceOps): Array<Tensor> => {
  const [gamma, beta] = [tf.linspace(0.5, 1.5, 24), tf.linspace(-1, 1, 24)]
  return withGradients(
    tf,
    (x, g = gamma, b = beta) =>
      ops.batchNormTrain(four(tf, x ?? gamma), one(tf, g), one(tf, b), 1e-5, "relu").y,
    [picture(tf, 1), gamma, beta]
  )
}

const optimized = (tf: Tf, ops: DeviceOps): Array<Tensor> => {
  const parameters = [4001, 7, 130_000].map((size, index) => ({
    parameter: tf.tensor1d(values({ shape: [size] }, index)),
    gradient: tf.tensor1d(values({ shape: [size] }, 10 + index)),
    first: tf.zeros([size]),
    second: tf.zeros([size]),
    learningRate: 0.01 * (index + 1),
    decay: 0.1,
    shrink: 0.2
  }))
  const adam = ops.adam?.(parameters, { betas: [0.9, 0.999], epsilon: 1e-8, step: 3 })
  const gradients = parameters.map(({ gradient }) => gradient)
  const clipped = ops.globalNorm?.(gradients, 2)
  return [
    ...(adam === undefined ? [] : [adam.gradientNorm]),
    ...(adam?.updated.flatMap(({ parameter, first, second }) => [parameter, first, second]) ?? []),
    ...(clipped === undefined ? [] : [clipped.norm, ...clipped.gradients])
  ]
}

const digest = (tensor: Tensor): string =>
  createHash("sha1").update(new Uint8Array(tensor.dataSync().slice().buffer)).digest("hex")

/** What each computation gives, bit by bit, as digests. */
const everything = (tf: Tf, ops: DeviceOps): Map<string, ReadonlyArray<string>> => {
  const found = new Map<string, ReadonlyArray<string>>()
  const read = (name: string, compute: () => ReadonlyArray<Tensor>) =>
    tf.tidy(() => {
      found.set(name, compute().map(digest))
    })
  tf.tidy(() => {
    for (const [name, compute] of Object.entries(onPictures(tf))) {
      read(name, () => withGradients(tf, (x) => compute(x ?? picture(tf, 1)), [picture(tf, 1)]))
    }
    for (const [name, weights, compute] of onFilters(tf)) {
      read(name, () =>
        withGradients(tf, (x = weights, w = weights) => compute(x, w), [picture(tf, 1), weights])
      )
    }
    const [a, b] = [matrix(tf, 150, 300, 1), matrix(tf, 300, 170, 2)]
    read("matMul", () => withGradients(tf, (x = a, y = b) => tf.matMul(x, y), [a, b]))
    read("batchNormTrain", () => normalised(tf, ops))
    read("adam and the norm", () => optimized(tf, ops))
  })
  return found
}

const evaluated = (threads: number) =>
  Effect.gen(function* () {
    const { tf, ops, info } = yield* Device
    assert.strictEqual(info.threads, threads)
    const starting = everything(tf, ops)
    // Threads that were still starting have started by now; both ways of running a kernel must agree.
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 300)))
    return [...starting, ...everything(tf, ops)]
  }).pipe(Effect.provide(layerOf(threads)))

describe("threads", () => {
  it.live(
    "give the same bits whatever their number",
    () =>
      Effect.gen(function* () {
        const one = yield* evaluated(1)
        assert.deepStrictEqual(yield* evaluated(2), one)
        assert.deepStrictEqual(yield* evaluated(3), one)
      }),
    60_000
  )

  it.live("that do not start are said, and the training thread computes alone", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const said = yield* Deferred.make<string>()
        const logger = Logger.make(({ message }) => {
          Deferred.doneUnsafe(said, Effect.succeed(String(message)))
        })
        const buffer = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
        let end = 0
        const memory = {
          buffer,
          write: () => {},
          allocate: (bytes: number) => {
            end += bytes
            return end - bytes
          }
        }
        // A module of nothing: what a thread wants to run is not in it.
        const module = new WebAssembly.Module(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]))
        const pool = yield* Threads.start(memory, module, 2).pipe(Effect.provide(Logger.layer([logger])))
        assert.match(
          yield* Deferred.await(said),
          /thread of the wasm engine did not start .* computes on one/
        )
        assert.isFalse(pool.parallel(() => assert.fail("called"), "adam", []))
      })
    )
  )

  it("share the memory of a binary by one bit, and refuse a binary without memory", () => {
    const header = [0, 97, 115, 109, 1, 0, 0, 0]
    const withMemory = Uint8Array.from([...header, 5, 4, 1, 1, 1, 2])
    assert.deepStrictEqual([...withSharedMemory(withMemory)], [...header, 5, 4, 1, 3, 1, 2])
    assert.throws(() => withSharedMemory(Uint8Array.from(header)), /no memory/)
  })
})
