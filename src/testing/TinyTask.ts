/**
 * The smallest task with all features: a regression with dropout and a running mean, on data drawn from counters. It
 * trains in milliseconds on any engine and has every kind of state that a trainer could lose.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type { Tf } from "../pipeline/device/Device.ts"
import * as HostTensor from "../pipeline/nn/HostTensor.ts"
import * as Model from "../pipeline/nn/Model.ts"
import * as Random from "../pipeline/nn/Random.ts"
import type { Dataset } from "../pipeline/task/Dataset.ts"
import type { Metric } from "../pipeline/task/Metric.ts"
import type { Task } from "../pipeline/task/Task.ts"

export interface TinyBatch {
  /** `[batch, 3]` and `[batch, 1]`, float32. */
  readonly x: HostTensor.HostTensor
  readonly y: HostTensor.HostTensor
}

interface Errors {
  readonly sum: number
  readonly count: number
}

const inputs = 3

/** `y = x·w + noise`; a batch depends on (seed, epoch, index) alone. */
export const dataset = (options: {
  readonly seed: number
  readonly batches: number
  readonly batchSize: number
}): Dataset<TinyBatch> => ({
  name: "tiny",
  samples: options.batches * options.batchSize,
  length: options.batches,
  batch: (epoch, index) =>
    Effect.sync(() => {
      const random = Random.make(options.seed, epoch, index)
      const x = Float32Array.from({ length: options.batchSize * inputs }, () => random.normal())
      const y = Float32Array.from({ length: options.batchSize }, (_, row) => {
        const [a = 0, b = 0, c = 0] = x.subarray(row * inputs, (row + 1) * inputs)
        return 0.5 * a - 2 * b + c + 0.1 * random.normal()
      })
      return {
        x: HostTensor.make(x, [options.batchSize, inputs]),
        y: HostTensor.make(y, [options.batchSize, 1])
      }
    })
})

const model: Model.Model = {
  name: "tiny",
  parameters: [
    {
      name: "dense.weight",
      shape: [inputs, 1],
      trainable: true,
      decay: true,
      init: (random) => Float32Array.from({ length: inputs }, () => random.normal())
    },
    { name: "dense.bias", shape: [1], trainable: true, decay: false, init: () => new Float32Array(1) },
    {
      name: "input.mean",
      shape: [inputs],
      trainable: false,
      decay: false,
      init: () => new Float32Array(inputs)
    }
  ]
}

const metric: Metric<Errors, Errors> = {
  initial: { sum: 0, count: 0 },
  update: (state, outputs) => ({ sum: state.sum + outputs.sum, count: state.count + outputs.count }),
  result: ({ sum, count }) => ({ mse: sum / Math.max(1, count) })
}

/** `x·w + b`, `[batch, 1]`. */
const forward = (tf: Tf, params: Model.Params, x: TF.Tensor): TF.Tensor =>
  tf.add(
    tf.matMul(tf.reshape(x, [-1, inputs]), Model.variable(params, "dense.weight", 2)),
    Model.variable(params, "dense.bias", 1)
  )

/** Metric `val/mse`, lower is better. `dropout` is the probability of leaving an input out. */
export const make = (
  options: { readonly dropout: number } = { dropout: 0 }
): Task<TinyBatch, Errors, Errors> => ({
  name: "tiny",
  model,
  sizeOf: (batch) => batch.x.shape[0] ?? 0,
  metric,
  loss: ({ tf, seed, counter }, { params, buffers }, batch) => {
    const mean = Model.variable(buffers, "input.mean", 1)
    const x = HostTensor.upload(tf, batch.x)
    const random = Random.make(seed, counter)
    const keep = Float32Array.from({ length: batch.x.data.length }, () =>
      random.chance(options.dropout) ? 0 : 1 / (1 - options.dropout)
    )
    const dropped = tf.mul(x, tf.tensor(keep, [...batch.x.shape]))
    const error = tf.sub(forward(tf, params, dropped), HostTensor.upload(tf, batch.y))
    const loss = tf.mean<TF.Scalar>(tf.square(error))
    return {
      loss,
      parts: { absolute: tf.mean<TF.Scalar>(tf.abs(error)) },
      buffers: { "input.mean": tf.add(tf.mul(mean, 0.9), tf.mul(tf.mean(x, 0), 0.1)) }
    }
  },
  forward: ({ tf }, { params }, batch) => {
    const out = forward(tf, params, HostTensor.upload(tf, batch.x))
    return { squares: tf.square(tf.sub(out, HostTensor.upload(tf, batch.y))) }
  },
  interpret: ({ squares }) => ({
    sum: Array.from(squares?.data ?? []).reduce((sum, value) => sum + value, 0),
    count: squares?.data.length ?? 0
  })
})
