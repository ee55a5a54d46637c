import { assert, describe, it } from "@effect/vitest"
import type { Scalar } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Device } from "../../../src/pipeline/device/Device.ts"
import type { Model } from "../../../src/pipeline/nn/Model.ts"
import * as ParameterGroup from "../../../src/pipeline/optim/ParameterGroup.ts"
import * as OptimizerPlan from "../../../src/pipeline/plan/OptimizerPlan.ts"
import type { StepLoss, Task } from "../../../src/pipeline/task/Task.ts"
import * as Averaging from "../../../src/pipeline/train/Averaging.ts"
import * as TrainStep from "../../../src/pipeline/train/TrainStep.ts"
import { device } from "../tiny.ts"
import { difference, vectors } from "../vectors.ts"

const parameter = (name: string, decay: boolean) => ({
  name,
  shape: [vectors.start.length],
  trainable: true,
  decay,
  init: () => Float32Array.from(vectors.start)
})

const model: Model = {
  name: "two",
  parameters: [parameter("slow.weight", true), parameter("fast.weight", true)]
}

/** A loss whose gradient with respect to every parameter is the batch. */
const task: Pick<Task<ReadonlyArray<number>, never, never>, "loss"> = {
  loss: ({ tf }, { params }, batch): StepLoss => {
    const gradient = tf.tensor1d([...batch], "float32")
    const sums = Object.values(params).map((value) => tf.sum<Scalar>(tf.mul(value, gradient)))
    return { loss: tf.addN(sums), parts: {}, buffers: {} }
  }
}

interface Setup {
  readonly optimizer: typeof OptimizerPlan.OptimizerPlan.Encoded
  readonly averaging?: Averaging.Averaging
  /** Whether the step, from 1, is the last of its epoch. */
  readonly endsEpoch?: (step: number) => boolean
}

/** The tensors after training on the rows of gradients, as values by name. */
const trained = Effect.fnUntraced(function* ({
  optimizer: encoded,
  averaging,
  endsEpoch = () => false
}: Setup) {
  const { tf, ops, compute, read } = yield* Device
  const plan = Schema.decodeSync(OptimizerPlan.OptimizerPlan)(encoded)
  const optimizer = OptimizerPlan.optimizer(plan)
  const groups = OptimizerPlan.parameterGroups(plan)
  const settings = ParameterGroup.settings(model, groups, optimizer.weightDecay)
  const frozen = ParameterGroup.frozen(model, groups)
  let count = 0
  let tensors: TrainStep.TrainTensors = {
    params: Object.fromEntries(model.parameters.map(({ name }) => [name, tf.tensor1d([...vectors.start])])),
    buffers: {},
    slots: {},
    accumulated: {},
    averaged: {}
  }
  for (const [i, batch] of vectors.gradients.entries()) {
    const step = i + 1
    const enters = averaging?.due({ step, epoch: Math.floor(i / 20), endsEpoch: endsEpoch(step) }) === true
    const average = averaging !== undefined && enters ? { averaging, count } : undefined
    const optimize = { optimizer, step, learningRate: plan.lr, clip: undefined, settings, average }
    const before = tensors
    const { tensors: after } = yield* compute("step", () =>
      TrainStep.run({
        tf,
        ops,
        task,
        tensors: before,
        batch,
        seed: 0,
        counter: i,
        accumulate: 1,
        frozen,
        optimize
      })
    )
    tensors = after
    count += enters ? 1 : 0
  }
  const values: { [name: string]: ReadonlyArray<number> } = {}
  for (const [name, tensor] of Object.entries(tensors.params)) values[name] = [...(yield* read(tensor))]
  for (const [name, tensor] of Object.entries(tensors.averaged)) {
    values[`average/${name}`] = [...(yield* read(tensor))]
  }
  return { values, count, slots: Object.keys(tensors.slots) }
})

describe(`parameter groups and averages against ${vectors.made_by}, 200 steps`, () => {
  it.effect("a group has a rate and a weight decay of its own", () =>
    Effect.gen(function* () {
      const groups = [{ match: "^slow\\.", lr_scale: 0.1, weight_decay: 0 }]
      const { values } = yield* trained({ optimizer: { kind: "adamw", lr: 1e-2, weight_decay: 0.1, groups } })
      assert.isAtMost(difference(values["slow.weight"] ?? [], vectors.groups.slow), 1e-5)
      assert.isAtMost(difference(values["fast.weight"] ?? [], vectors.groups.fast), 1e-5)
    }).pipe(Effect.provide(device))
  )

  const optimizer = { kind: "sgd", lr: 0.1, momentum: 0 } as const

  it.effect("what is not trained stays as it is, to the bit, and its average with it", () =>
    Effect.gen(function* () {
      const groups = [{ match: "^slow\\.", trainable: false, weight_decay: 0.1 }]
      const averaging = Averaging.ema({ decay: 0.9, everyNSteps: 1, fromStep: 0 })
      const { values, slots } = yield* trained({
        optimizer: { kind: "adamw", lr: 1e-2, weight_decay: 0.1, groups },
        averaging
      })
      const start = [...Float32Array.from(vectors.start)]
      assert.deepStrictEqual(values["slow.weight"], start)
      assert.deepStrictEqual(values["average/slow.weight"], start)
      assert.deepStrictEqual(slots, ["fast.weight"])
      assert.isAtMost(difference(values["fast.weight"] ?? [], vectors.groups.fast), 1e-5)
    }).pipe(Effect.provide(device))
  )

  it.effect("EMA, whose decay warms up", () =>
    Effect.gen(function* () {
      const averaging = Averaging.ema({ decay: 0.95, everyNSteps: 1, fromStep: 0 })
      const { values, count } = yield* trained({ optimizer, averaging })
      assert.strictEqual(count, 200)
      assert.isAtMost(difference(values["average/slow.weight"] ?? [], vectors.averages.ema), 1e-5)
    }).pipe(Effect.provide(device))
  )

  it.effect("SWA", () =>
    Effect.gen(function* () {
      const averaging = Averaging.swa({ fromEpoch: 4 })
      const { values, count } = yield* trained({ optimizer, averaging, endsEpoch: (step) => step % 20 === 0 })
      assert.strictEqual(count, 6)
      assert.isAtMost(difference(values["average/fast.weight"] ?? [], vectors.averages.swa), 1e-5)
    }).pipe(Effect.provide(device))
  )
})

describe("what an EMA keeps", () => {
  it("hardly anything of the first weights after eleven updates, and its decay in the end", () => {
    const kept = (updates: number) =>
      Array.from({ length: updates }, (_, i) => Averaging.emaDecay(0.999, i + 1)).reduce((a, b) => a * b, 1)
    assert.isBelow(kept(11), 1e-4)
    assert.strictEqual(Averaging.emaDecay(0.999, 1e6), 0.999)
  })
})

describe("when weights enter an average", () => {
  it("EMA: every n steps after its first", () => {
    const { due } = Averaging.ema({ decay: 0.9, everyNSteps: 3, fromStep: 5 })
    const steps = Array.from({ length: 12 }, (_, i) => i + 1)
    assert.deepStrictEqual(
      steps.filter((step) => due({ step, epoch: 0, endsEpoch: false })),
      [7, 10]
    )
  })
})

describe("ParameterGroup", () => {
  it("spares norms and biases, and the first group that matches counts", () => {
    const mixed: Model = {
      name: "m",
      parameters: [parameter("a.weight", true), parameter("a.bias", false), parameter("b.bias", false)]
    }
    const groups = [
      { match: "^b\\.", learningRateScale: 1, weightDecay: 0.5 },
      { match: ".", learningRateScale: 0.5, weightDecay: undefined }
    ]
    assert.deepStrictEqual(
      [...ParameterGroup.settings(mixed, groups, 0.1)],
      [
        ["a.weight", { learningRateScale: 0.5, weightDecay: 0.1 }],
        ["a.bias", { learningRateScale: 0.5, weightDecay: 0 }],
        ["b.bias", { learningRateScale: 1, weightDecay: 0.5 }]
      ]
    )
    assert.deepStrictEqual(
      ParameterGroup.unmatched(mixed, [...groups, { match: "^c", learningRateScale: 1, weightDecay: 0 }]),
      ["^c"]
    )
  })
})
