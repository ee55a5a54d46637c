/**
 * The smallest task with all features: a regression with dropout and a running mean, on data drawn from counters. It
 * trains in milliseconds on any engine and has every kind of state that a trainer could lose.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as HostTensor from "../pipeline/nn/HostTensor.ts"
import * as Nn from "../pipeline/nn/layers/Nn.ts"
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

/** Keeps a running mean of what passes, a statistic of its own, and changes nothing. */
const mean: Nn.Module<TF.Tensor, TF.Tensor> = {
  parameters: [
    { name: "mean", shape: [inputs], trainable: false, decay: false, init: () => new Float32Array(inputs) }
  ],
  apply: (pass, x) => {
    if (pass.mode === "evaluate") return x
    const { tf } = pass
    const kept = tf.mul(Nn.Pass.statistic(pass, "mean"), 0.9)
    Nn.Pass.update(pass, "mean", tf.add(kept, tf.mul(tf.mean(x, 0), 0.1)))
    return x
  }
}

const netOf = (dropout: number) =>
  Nn.model(
    "tiny",
    Nn.sequential({
      input: mean,
      dropout: Nn.dropout(dropout),
      dense: Nn.dense({ inputs, outputs: 1, init: Nn.Initial.normal(1) })
    })
  )

const metric: Metric<Errors, Errors> = {
  initial: { sum: 0, count: 0 },
  update: (state, outputs) => ({ sum: state.sum + outputs.sum, count: state.count + outputs.count }),
  result: ({ sum, count }) => ({ mse: sum / Math.max(1, count) })
}

/** Metric `val/mse`, lower is better. `dropout` is the probability of leaving an input out. */
export const make = (
  options: { readonly dropout: number } = { dropout: 0 }
): Task<TinyBatch, Errors, Errors> => {
  const net = netOf(options.dropout)
  return {
    name: "tiny",
    model: net,
    sizeOf: (batch) => batch.x.shape[0] ?? 0,
    metric,
    loss: (context, variables, batch) => {
      const { tf } = context
      const { output, buffers } = net.train(context, variables, HostTensor.upload(tf, batch.x))
      const error = tf.sub(output, HostTensor.upload(tf, batch.y))
      return {
        loss: tf.mean<TF.Scalar>(tf.square(error)),
        parts: { absolute: tf.mean<TF.Scalar>(tf.abs(error)) },
        buffers
      }
    },
    forward: (context, variables, batch) => {
      const { tf } = context
      const output = net.evaluate(context, variables, HostTensor.upload(tf, batch.x))
      return { squares: tf.square(tf.sub(output, HostTensor.upload(tf, batch.y))) }
    },
    interpret: ({ squares }) => ({
      sum: Array.from(squares?.data ?? []).reduce((sum, value) => sum + value, 0),
      count: squares?.data.length ?? 0
    })
  }
}
