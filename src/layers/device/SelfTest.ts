/** A second of work with known results: an engine that fails it must not train. */
import type { Rank, Tensor } from "@tensorflow/tfjs-core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Device, type DeviceError, type DeviceOps, type Tf } from "../../pipeline/device/Device.ts"

export interface Verdict {
  /** The operations that gave wrong numbers; empty if none did. */
  readonly wrong: ReadonlyArray<string>
  /** Billions of floating-point operations per second in matrix products, the best measurement. */
  readonly gigaflops: number
}

const near = (values: ArrayLike<number>, wanted: (index: number) => number): boolean =>
  Array.from(values).every(
    (value, index) => Math.abs(value - wanted(index)) <= 1e-4 * (1 + Math.abs(wanted(index)))
  )

interface Check {
  readonly name: string
  readonly compute: (tf: Tf, ops: DeviceOps) => Tensor
  readonly wanted: (index: number) => number
}

const side = 8

/** A picture with rows of 0, 1, 2, …, so that every window is easy to sum. */
const ramp = (tf: Tf) =>
  tf.reshape<Rank.R4>(tf.tile(tf.reshape(tf.range(0, side), [1, side, 1, 1]), [1, 1, side, 1]), [
    1,
    side,
    side,
    1
  ])

const checks: ReadonlyArray<Check> = [
  {
    name: "product of matrices",
    compute: (tf) => tf.matMul(tf.ones([33, 65]), tf.mul(tf.ones([65, 17]), 2)),
    wanted: () => 130
  },
  {
    name: "convolution",
    compute: (tf) => tf.conv2d(ramp(tf), tf.ones<Rank.R4>([3, 3, 1, 1]), 1, "valid"),
    wanted: (index) => 9 * (Math.floor(index / (side - 2)) + 1)
  },
  {
    name: "gradient of a convolution by its filter",
    compute: (tf) =>
      tf.grad((filter: Tensor) =>
        tf.sum(tf.conv2d(ramp(tf), tf.reshape<Rank.R4>(filter, [3, 3, 1, 1]), 1, "valid"))
      )(tf.ones([3, 3, 1, 1])),
    // Row r of the filter covers the rows r to r + 5, six times each.
    wanted: (index) => 6 * (15 + 6 * Math.floor(index / 3))
  },
  {
    name: "gradient of a convolution by its input",
    compute: (tf) =>
      tf.grad((x: Tensor) =>
        tf.sum(
          tf.conv2d(tf.reshape<Rank.R4>(x, [1, side, side, 1]), tf.ones<Rank.R4>([1, 1, 1, 1]), 1, "same")
        )
      )(ramp(tf)),
    wanted: () => 1
  },
  {
    name: "batch normalisation",
    compute: (tf, ops) => ops.batchNormTrain(ramp(tf), tf.tensor1d([2]), tf.tensor1d([1]), 0).y,
    // The rows have mean 3.5 and variance 5.25.
    wanted: (index) => 1 + (2 * (Math.floor(index / side) - 3.5)) / Math.sqrt(5.25)
  }
]

const examine = Effect.fnUntraced(function* ({ name, compute, wanted }: Check) {
  const device = yield* Device
  const tensor = yield* device.run(name, (tf) => compute(tf, device.ops))
  const values = yield* device.read(tensor)
  tensor.dispose()
  return near(values, wanted) ? [] : [name]
})

const size = 512

/** Milliseconds of one product, which is read back since an engine may compute lazily. */
const product = Effect.fnUntraced(function* (a: Tensor) {
  const device = yield* Device
  // A graphics card needs less than a millisecond.
  const start = yield* Clock.currentTimeNanos
  const made = yield* device.run("product", (tf) =>
    tf.matMul(tf.reshape(a, [size, size]), tf.reshape(a, [size, size]))
  )
  yield* device.read(made)
  made.dispose()
  yield* Effect.yieldNow
  return Number((yield* Clock.currentTimeNanos) - start) / 1e6
})

/** The fastest of several products within `budget` milliseconds; plain JavaScript needs longer for one. */
const measure = Effect.fnUntraced(function* (budget: number) {
  const device = yield* Device
  const a = yield* device.run("operand", (tf) => tf.ones([size, size]))
  let [best, spent] = [Number.POSITIVE_INFINITY, 0]
  // The count ends the loop if the clock stands still, as in tests.
  for (let count = 0; count < 1000 && spent < budget; count++) {
    const time = yield* product(a)
    best = Math.min(best, time)
    spent += time
  }
  a.dispose()
  return (2 * size ** 3) / best / 1e6
})

/** Tests the open device. */
export const run: Effect.Effect<Verdict, DeviceError, Device> = Effect.gen(function* () {
  const wrong = yield* Effect.forEach(checks, examine)
  return { wrong: wrong.flat(), gigaflops: yield* measure(600) }
}).pipe(Effect.withSpan("SelfTest.run"))
