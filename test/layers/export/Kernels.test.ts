/** Kernels that no net here has, each alone: ONNX Runtime and TensorFlow.js's reader against the engine. */
import { assert, describe, it } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as OnnxExport from "../../../src/layers/export/OnnxExport.ts"
import * as TfjsExport from "../../../src/layers/export/TfjsExport.ts"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import * as Recorded from "./recorded.ts"

type Compute = (tf: typeof TF, x: TF.Tensor3D) => TF.Tensor

/** Of `[batch, 4, 6]` numbers between -2 and 2. */
const computations: { readonly [name: string]: Compute } = {
  abs: (tf, x) => tf.abs(x),
  addN: (tf, x) => tf.addN([x, tf.neg(x), x]),
  all: (tf, x) => tf.cast(tf.all(tf.greater(x, -3), -1), "float32"),
  any: (tf, x) => tf.cast(tf.any(tf.greater(x, 1), 1), "float32"),
  argMax: (tf, x) => tf.cast(tf.argMax(x, 2), "float32"),
  argMin: (tf, x) => tf.cast(tf.argMin(x, 1), "float32"),
  clip: (tf, x) => tf.clipByValue(x, -0.5, 1.25),
  concat: (tf, x) => tf.concat([x, tf.exp(x), tf.zerosLike(x)], 1),
  cumsum: (tf, x) => tf.cumsum(x, 2, true, true),
  elu: (tf, x) => tf.elu(x),
  expandDims: (tf, x) => tf.expandDims(x, 1),
  expm1: (tf, x) => tf.expm1(x),
  floorDiv: (tf, x) => tf.floorDiv(x, tf.scalar(0.75)),
  gather: (tf, x) => tf.gather(x, tf.tensor1d([2, 0, 2], "int32"), 1),
  log: (tf, x) => tf.log(tf.add(tf.square(x), 0.1)),
  log1p: (tf, x) => tf.log1p(tf.abs(x)),
  logSoftmax: (tf, x) => tf.logSoftmax(x),
  matMul: (tf, x) => tf.matMul(x, x, false, true),
  max: (tf, x) => tf.max(x, 1),
  maximum: (tf, x) => tf.maximum<TF.Tensor>(x, tf.tensor1d([0, 1, -1, 0.5, 0, 0])),
  mean: (tf, x) => tf.mean(x, [1, 2], true),
  min: (tf, x) => tf.min(x, -1, true),
  mirrorPad: (tf, x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [0, 3]
      ],
      "reflect"
    ),
  notEqual: (tf, x) => tf.cast(tf.notEqual(tf.round(x), 1), "float32"),
  oneMinus: (tf, x) => tf.sub(1, x),
  pad: (tf, x) =>
    tf.pad3d(
      x,
      [
        [0, 0],
        [1, 0],
        [0, 2]
      ],
      7
    ),
  pow: (tf, x) => tf.pow(tf.abs(x), 1.5),
  prelu: (tf, x) => tf.prelu<TF.Tensor>(x, tf.tensor1d([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])),
  prod: (tf, x) => tf.prod(x, 2),
  reverse: (tf, x) => tf.reverse(x, [1, 2]),
  rsqrt: (tf, x) => tf.rsqrt(tf.add(tf.abs(x), 0.5)),
  selu: (tf, x) => tf.selu(x),
  slice: (tf, x) => tf.slice(x, [0, 1, 2], [-1, 2, 3]),
  softmax: (tf, x) => tf.softmax(x),
  split: (tf, x) => tf.mul<TF.Tensor>(...halves(tf, x)),
  squaredDifference: (tf, x) => tf.squaredDifference(x, tf.scalar(0.3)),
  stack: (tf, x) => tf.stack([x, tf.tanh(x)], 2),
  sum: (tf, x) => tf.sum(x, 1),
  tile: (tf, x) => tf.tile(x, [1, 2, 3]),
  transpose: (tf, x) => tf.transpose(x, [2, 0, 1]),
  unstack: (tf, x) => tf.unstack(x, 1)[2] ?? x,
  where: (tf, x) => tf.where(tf.greater(x, 0), tf.sqrt(tf.abs(x)), tf.mul(x, 3))
}

const halves = (tf: typeof TF, x: TF.Tensor3D): [TF.Tensor, TF.Tensor] => {
  const [a = x, b = x] = tf.split(x, 2, 2)
  return [a, b]
}

const net: Recorded.Net = {
  model: { name: "kernels", parameters: [] },
  input: Recorded.series([1, 4, 6]),
  forward: ({ tf }, _, x) =>
    Object.fromEntries(
      Object.entries(computations).map(([name, compute]) => [name, compute(tf, HostTensor.ranked(x, 3, "x"))])
    )
}

const source = { name: "kernels", version: "0", metadata: {} }

describe("kernels", () => {
  it.effect("are ONNX's operators", () =>
    Effect.gen(function* () {
      const found = yield* Recorded.trace(net)
      const { exported } = yield* OnnxExport.make(found.traced, source)
      assert.isBelow((yield* Recorded.compared(found, exported)).difference, 1e-5)
    }).pipe(Effect.provide(Recorded.wasm))
  )

  it.effect("are TensorFlow's operations", () =>
    Effect.gen(function* () {
      const found = yield* Recorded.trace(net)
      const exported = yield* TfjsExport.make(found.traced, source)
      assert.isBelow((yield* Recorded.compared(found, exported)).difference, 1e-5)
    }).pipe(Effect.provide(Recorded.wasm))
  )
})
