/** Training steps of the models that come with Anneal, on one made-up batch with known results. */
import * as Effect from "effect/Effect"
import { Device } from "../../pipeline/device/Device.ts"
import * as HostTensor from "../../pipeline/nn/HostTensor.ts"
import * as ModelValues from "../../pipeline/nn/Model.ts"
import * as Random from "../../pipeline/nn/Random.ts"
import * as Optimizer from "../../pipeline/optim/Optimizer.ts"
import * as FitState from "../../pipeline/train/FitState.ts"
import * as TrainStep from "../../pipeline/train/TrainStep.ts"
import type { DetectionBatch } from "./data/Batch.ts"
import * as Dbnet from "./model/Dbnet.ts"
import * as TextDetection from "./TextDetection.ts"

interface Reported {
  readonly loss: number
  /** Of all gradients together. */
  readonly norm: number
}

/** A model, and the results of its steps on wasm. */
interface Shipped {
  readonly model: Dbnet.Dbnet
  readonly steps: ReadonlyArray<Reported>
}

const shipped: ReadonlyArray<Shipped> = [
  {
    model: Dbnet.make("dbnet_tiny", Dbnet.dbnetTiny),
    steps: [
      { loss: 7.43928, norm: 0.543376 },
      { loss: 7.41943, norm: 0.585563 }
    ]
  },
  {
    model: Dbnet.make("dbnet", Dbnet.dbnet),
    steps: [
      { loss: 7.44648, norm: 0.760415 },
      { loss: 7.40753, norm: 0.782768 }
    ]
  }
]

const side = 256
const seed = 1

/** Noise with a square of text. */
const batch: Effect.Effect<DetectionBatch> = Effect.sync(() => {
  const random = Random.make(seed)
  const map = (value: (x: number, y: number) => number) => {
    const data = Uint8Array.from({ length: side * side }, (_, at) => value(at % side, Math.floor(at / side)))
    return HostTensor.make(data, [1, side, side, 1])
  }
  const inside = (x: number, y: number) => Math.max(x, y) < side / 2
  const noise = Uint8Array.from({ length: side * side * 3 }, () => random.int(256))
  const threshold = Float32Array.from({ length: side * side }, () => random.float())
  return {
    images: HostTensor.make(noise, [1, side, side, 3]),
    shrunk: map((x, y) => (inside(x, y) ? 1 : 0)),
    mask: map(() => 1),
    threshold: HostTensor.make(threshold, [1, side, side, 1]),
    border: map((x, y) => (inside(x, y) ? 1 : 0)),
    positives: (side * side) / 4,
    negatives: (side * side * 3) / 4,
    samples: []
  }
})

const optimizer = Optimizer.adam({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 })

/** Trains some steps and returns their results. */
export const train = Effect.fn("ModelTrial.train")(function* (model: Dbnet.Dbnet, steps: number) {
  const device = yield* Device
  const task = TextDetection.make({ model })
  const given = yield* batch
  const variables = yield* device.run(model.name, (tf) =>
    FitState.uploadModel(tf, model, ModelValues.initial(model, seed))
  )
  let tensors: TrainStep.TrainTensors = { ...variables, slots: {}, accumulated: {}, averaged: {} }
  const found: Array<Reported> = []
  for (let step = 1; step <= steps; step++) {
    const result = yield* device.compute(model.name, (tf) =>
      TrainStep.run({
        tf,
        ops: device.ops,
        task,
        tensors,
        batch: given,
        seed,
        counter: step,
        accumulate: 1,
        optimize: {
          optimizer,
          step,
          learningRate: 1e-3,
          clip: undefined,
          settings: new Map(),
          average: undefined
        }
      })
    )
    const [loss = Number.NaN, norm = Number.NaN] = yield* device.readScalars(result.report)
    found.push({ loss, norm })
    for (const value of result.report) value.dispose()
    FitState.dispose(tensors, result.tensors)
    tensors = result.tensors
  }
  FitState.dispose(tensors)
  return found
})

const near = (found: number, wanted: number, tolerance: number): boolean =>
  Math.abs(found - wanted) <= tolerance * wanted

/** Engines round differently, and Adam amplifies it with each step. */
const agrees = (found: Reported | undefined, wanted: Reported): boolean =>
  found !== undefined && near(found.loss, wanted.loss, 2e-4) && near(found.norm, wanted.norm, 1e-3)

/** The models that gave wrong numbers. `begin` is called with the name of each before it runs, so that a crash has one. */
export const run = Effect.fn("ModelTrial.run")(function* (begin: (name: string) => Effect.Effect<void>) {
  const wrong: Array<string> = []
  for (const { model, steps } of shipped) {
    const name = `training steps of ${model.name}`
    yield* begin(name)
    const found = yield* train(model, steps.length)
    if (!steps.every((wanted, index) => agrees(found[index], wanted))) {
      wrong.push(`${name} (losses ${found.map(({ loss }) => loss).join(", ")})`)
    }
  }
  return wrong
})
