/** Models of tfjs-layers for the tests, and a task that trains one on the data of the tiny task. */
import * as tfl from "@tensorflow/tfjs-layers"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import type * as LayersModel from "../../../../src/pipeline/nn/layersModel/LayersModel.ts"
import * as Task from "../../../../src/pipeline/task/Task.ts"
import type { TinyBatch } from "../../../../src/testing/TinyTask.ts"

const { layers, regularizers, sequential } = tfl

/** Everything that has a state or draws: moving averages, dropout, all kinds of noise, recurrent cells with their masks. */
export const everything = () =>
  sequential({
    layers: [
      layers.dense({ units: 8, inputShape: [3], kernelRegularizer: regularizers.l2({ l2: 0.01 }) }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.activation({ activation: "selu" }),
      layers.alphaDropout({ rate: 0.1 }),
      layers.gaussianNoise({ stddev: 0.1 }),
      layers.gaussianDropout({ rate: 0.1 }),
      layers.reshape({ targetShape: [4, 2] }),
      layers.spatialDropout1d({ rate: 0.2 }),
      layers.bidirectional({
        layer: layers.lstm({
          units: 3,
          dropout: 0.2,
          recurrentDropout: 0.2,
          recurrentInitializer: "glorotNormal"
        }),
        mergeMode: "concat"
      }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 1 })
    ]
  })

/** A little of everything, for a thousand steps. */
export const small = () =>
  sequential({
    layers: [
      layers.dense({ units: 4, inputShape: [3] }),
      layers.batchNormalization(),
      layers.dropout({ rate: 0.2 }),
      layers.reshape({ targetShape: [2, 2] }),
      layers.simpleRNN({
        units: 2,
        dropout: 0.2,
        recurrentDropout: 0.2,
        recurrentInitializer: "glorotNormal"
      }),
      layers.dense({ units: 1 })
    ]
  })

/** Layers that draw nothing, so that the package's own numbers are the reference. */
export const plain = () =>
  sequential({
    layers: [
      layers.reshape({ targetShape: [3, 1], inputShape: [3] }),
      layers.gru({ units: 4, recurrentInitializer: "glorotNormal", returnSequences: true }),
      layers.conv1d({ filters: 3, kernelSize: 2, kernelRegularizer: regularizers.l1({ l1: 0.02 }) }),
      layers.batchNormalization({ momentum: 0.8 }),
      layers.prelu({ alphaInitializer: "randomNormal" }),
      layers.flatten(),
      layers.dense({ units: 2, activation: "tanh" }),
      layers.layerNormalization({}),
      layers.dense({ units: 1, name: "out" })
    ]
  })

type Symbols = ReturnType<typeof tfl.input>

/** What a layer makes of symbols. */
const symbol = (layer: InstanceType<typeof layers.Layer>, inputs: Symbols | Array<Symbols>): Symbols => {
  const output = layer.apply(inputs)
  if (output instanceof tfl.SymbolicTensor) return output
  throw new Error("a layer of symbols returns a symbol")
}

/** Two branches that meet, a model within the model, convolutions; layers with and without names. */
export const branches = () => {
  const block = sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", inputShape: [3, 1, 2], name: "conv" }),
      layers.batchNormalization({ scale: false })
    ]
  })
  const input = tfl.input({ shape: [3] })
  const picture = symbol(layers.reshape({ targetShape: [3, 1, 1] }), input)
  const left = symbol(layers.conv2d({ filters: 2, kernelSize: 1, activation: "relu" }), picture)
  const right = symbol(layers.dense({ units: 2, trainable: false, name: "frozen" }), picture)
  const joined = symbol(block, symbol(layers.add(), [left, right]))
  const pooled = symbol(layers.globalAveragePooling2d({}), joined)
  return tfl.model({ inputs: input, outputs: symbol(layers.dense({ units: 1 }), pooled) })
}

const none = HostTensor.make(new Float32Array(0), [0, 1])

/** The mean squared error of a net on `y = x·w + noise`. */
export const taskOf = (net: LayersModel.Net) =>
  Task.make({
    name: "layers",
    model: net,
    sizeOf: ({ x }: TinyBatch) => x.shape[0] ?? 0,
    loss: (context, variables, { x, y }) => {
      const { tf } = context
      const { output, buffers } = net.train(context, variables, HostTensor.upload(tf, x))
      const error = tf.mean<ReturnType<typeof tf.scalar>>(tf.square(tf.sub(output, HostTensor.upload(tf, y))))
      const penalty = net.penalty(context, variables)
      return { loss: tf.add(error, penalty), parts: { error, penalty }, buffers }
    },
    forward: (context, variables, { x }) => ({
      predicted: net.evaluate(context, variables, HostTensor.upload(context.tf, x))
    }),
    interpret: ({ predicted = none }, { y }) => {
      const errors = Array.from(y.data, (value, i) => (value - (predicted.data[i] ?? 0)) ** 2)
      return { sum: errors.reduce((a, b) => a + b, 0), count: errors.length }
    },
    metric: {
      initial: { sum: 0, count: 0 },
      update: (state, seen) => ({ sum: state.sum + seen.sum, count: state.count + seen.count }),
      result: ({ sum, count }) => ({ mse: sum / Math.max(1, count) })
    }
  })
