import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { Device } from "../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../src/pipeline/nn/HostTensor.ts"
import * as LearningRate from "../../src/pipeline/optim/LearningRate.ts"
import * as Optimizer from "../../src/pipeline/optim/Optimizer.ts"
import { RunLogger } from "../../src/pipeline/run/RunLogger.ts"
import { Checkpoints } from "../../src/pipeline/train/Checkpoints.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as StopRule from "../../src/pipeline/train/StopRule.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import {
  FakeDevice,
  Faults,
  MemoryCheckpoints,
  RecordingLogger,
  ScriptedTask,
  TinyData,
  TinyTask,
  VirtualClock
} from "../../src/testing/index.ts"
import { evaluate } from "../support/evaluate.ts"

const options: Trainer.FitOptions = {
  seed: 1,
  maxEpochs: 4,
  numSanityValSteps: 0,
  checkValEveryNEpoch: 1,
  accumulateGradBatches: 1,
  optimizer: Optimizer.adam({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 }),
  learningRate: () => LearningRate.constant(0.1),
  checkpoint: {
    retention: {
      monitor: "val/hmean",
      mode: "max",
      saveTopK: 1,
      saveLast: true,
      filename: "best-{val/hmean:.2f}"
    },
    everyNEpochs: 1,
    everyNTrainSteps: undefined,
    trainTimeInterval: undefined,
    saveWeightsOnly: false
  },
  stopRules: [],
  prefetch: 1,
  planHash: "",
  taskPlan: {},
  versions: {}
}

const data = {
  train: TinyTask.dataset({ seed: 1, batches: 3, batchSize: 2 }),
  val: TinyTask.dataset({ seed: 2, batches: 1, batchSize: 2 })
}

const scripted = (...hmeans: ReadonlyArray<number>) =>
  ScriptedTask.over(TinyTask.make(), (batch) => ({ hmean: hmeans[batch] ?? hmeans.at(-1) ?? 0 }))

/** A training program as a user writes one: trains, and logs every loss. */
const program = <B, S, I>(
  task: Parameters<typeof Trainer.fit<B, S, I>>[0],
  given: Parameters<typeof Trainer.fit<B, S, I>>[1],
  changed: Partial<Trainer.FitOptions> = {}
) =>
  Effect.gen(function* () {
    const logger = yield* RunLogger
    const events: Array<Event<I>> = []
    yield* Trainer.fit(task, given, { ...options, ...changed }).pipe(
      Stream.runForEach((event) => {
        events.push(event)
        return event._tag === "StepEnded" ? logger.scalars(event.step, { loss: event.loss }) : Effect.void
      }),
      Effect.onExit((exit) => logger.finish(Exit.isSuccess(exit) ? "done" : "failed", {}))
    )
    return events
  })

const tagsOf = (events: ReadonlyArray<Event>) => events.map(({ _tag }) => _tag)

describe("FakeDevice", () => {
  it.effect("gives the scripted losses, moves the weights and leaves no tensor", () =>
    Effect.gen(function* () {
      const device = FakeDevice.make({ loss: [3, 2, 1] })
      const logger = RecordingLogger.make()
      const checkpoints = MemoryCheckpoints.make()
      yield* program(scripted(0.5), data, { maxEpochs: 2 }).pipe(
        Effect.provide(Layer.mergeAll(Layer.succeed(Device, device), logger.layer, checkpoints.layer))
      )
      assert.deepStrictEqual(
        logger.scalar("loss").map(([, loss]) => loss),
        [3, 2, 1, 1, 1, 1]
      )
      assert.strictEqual(logger.status(), "done")
      assert.deepStrictEqual(yield* device.memory, { numTensors: 0, numBytes: 0 })
      const last = checkpoints.stored.get("last")
      const initial = Float32Array.of(0)
      assert.notDeepEqual(last?.model["dense.bias"]?.data, initial)
      // Adam with equal gradients of 1 moves each weight by the learning rate: six steps of 0.1.
      assert.closeTo(Number(last?.model["dense.bias"]?.data[0]), -0.6, 1e-4)
    })
  )

  it.effect("computes as TensorFlow.js does", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const device = yield* Device
        const x = HostTensor.make(Float32Array.from([1, -2, 3, 4, 0.5, -6]), [2, 3])
        const results = yield* device.run("all", (tf) => {
          const a = HostTensor.upload(tf, x)
          const row = tf.tensor([1, 2, 3])
          return [
            tf.add(a, row),
            tf.sub(2, a),
            tf.mul(a, tf.reshape(row, [1, -1])),
            tf.div(a, row),
            tf.minimum(a, 1),
            tf.maximum(a, row),
            tf.clipByValue(a, -1, 2),
            tf.sum(a),
            tf.sum(a, 0),
            tf.mean(a, 1),
            tf.mean(a, -1),
            tf.max(a, [0, 1]),
            tf.matMul(a, tf.reshape(row, [3, 1])),
            tf.fused.matMul({ a, b: tf.reshape(row, [3, 1]), bias: tf.tensor([-1]), activation: "relu" }),
            tf.addN([a, a, tf.onesLike(a)]),
            tf.concat1d([tf.tensor1d([1]), tf.tensor1d([2, 3])]),
            tf.sigmoid(a),
            tf.tanh(a),
            tf.relu(a),
            tf.sign(a),
            tf.neg(a),
            tf.exp(a),
            tf.sqrt(tf.abs(a)),
            tf.log(tf.square(a)),
            tf.fill([2, 2], 3),
            tf.clone(a)
          ]
        })
        return yield* Effect.forEach(results, (tensor) =>
          Effect.map(device.read(tensor), (values) => ({ shape: tensor.shape, values: Array.from(values) }))
        )
      })
      const fake = yield* run.pipe(Effect.provide(FakeDevice.layer()))
      const real = yield* run.pipe(
        Effect.provide(
          DeviceLayer.layer({ accelerator: "cpu", devices: 1, strategy: "auto", precision: "32-true" })
        )
      )
      assert.deepStrictEqual(
        fake.map(({ shape }) => shape),
        real.map(({ shape }) => shape)
      )
      for (const [i, { values }] of real.entries()) {
        for (const [j, value] of values.entries())
          assert.closeTo(Number(fake[i]?.values[j]), value, 1e-5, `${i}`)
      }
    })
  )

  it.effect("says what it lacks", () =>
    Effect.gen(function* () {
      const device = FakeDevice.make()
      const error = yield* Effect.flip(device.run("forward", (tf) => tf.softmax(tf.zeros([4]))))
      assert.match(error.message, /failed in forward: the fake device has no tf.softmax/)
    })
  )

  it.effect("reaches what only a failing run reaches", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        program(scripted(0.5), data).pipe(
          Effect.provide(
            Layer.mergeAll(
              FakeDevice.layer({ loss: [1, Number.NaN] }),
              RecordingLogger.silent,
              MemoryCheckpoints.layer
            )
          )
        )
      )
      assert.strictEqual(error._tag, "Diverged")
    })
  )
})

const doubles = Layer.mergeAll(FakeDevice.layer(), RecordingLogger.silent, MemoryCheckpoints.layer)

describe("ScriptedTask", () => {
  it.effect("lets a test decide when training stops and what is best", () =>
    Effect.gen(function* () {
      const rule = StopRule.earlyStopping({
        monitor: "val/hmean",
        mode: "max",
        patience: 2
      })
      const events = yield* program(scripted(0.1, 0.6, 0.5, 0.4, 0.9), data, {
        maxEpochs: 10,
        stopRules: [rule]
      })
      const checkpoints = yield* Checkpoints
      assert.strictEqual(tagsOf(events).filter((tag) => tag === "EpochEnded").length, 4)
      assert.deepStrictEqual((yield* checkpoints.list).map(({ name }) => name).toSorted(), [
        "best-0.60",
        "last"
      ])
      const best = yield* checkpoints.load("best")
      assert.strictEqual(best.name, "best-0.60")
      assert.deepStrictEqual(best.state.monitored, { metric: "val/hmean", mode: "max", value: 0.6 })
    }).pipe(Effect.provide(doubles))
  )
})

describe("TinyTask", () => {
  const tiny = TinyTask.make()
  const parameters = tiny.model.parameters.map((spec) =>
    spec.name === "dense.weight" ? { ...spec, name: "dense.wieght" } : spec
  )
  const problem =
    'the model has no variable "dense.weight" (did you mean "dense.wieght"?); it has dense.wieght, dense.bias'
  const reference = DeviceLayer.layer({
    accelerator: "cpu",
    devices: 1,
    strategy: "auto",
    precision: "32-true"
  })

  it.effect("trains no model without the parameters that it needs", () =>
    Effect.gen(function* () {
      const misspelt = { ...tiny, model: { ...tiny.model, parameters } }
      const error = yield* Effect.flip(program(misspelt, { train: data.train }, { checkpoint: undefined }))
      assert.include(error.message, problem)
    }).pipe(Effect.provide([reference, RecordingLogger.silent, MemoryCheckpoints.layer]))
  )

  it.effect("computes on the fake device", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const params = { "dense.weight": tf.zeros([3, 1]), "dense.bias": tf.ones([1]) }
      const batch = yield* data.val.batch(0, 0)
      const { sum, count } = yield* evaluate(tiny, { params, buffers: {} }, batch)
      // Weights of 0 and a bias of 1 give 1 for every sample.
      const expected = Array.from(batch.y.data).reduce((total, y) => total + (1 - y) ** 2, 0)
      assert.deepStrictEqual(count, 2)
      assert.closeTo(sum, expected, 1e-6)
    }).pipe(Effect.provide(FakeDevice.layer()))
  )

  it.effect("evaluates none either", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const params = { "dense.wieght": tf.zeros([3, 1]), "dense.bias": tf.zeros([1]) }
      const batch = yield* data.val.batch(0, 0)
      const error = yield* Effect.flip(evaluate(tiny, { params, buffers: {} }, batch))
      assert.include(error.message, problem)
    }).pipe(Effect.provide(FakeDevice.layer()))
  )
})

describe("VirtualClock", () => {
  it.effect("that ticks brings a program to its time limit", () =>
    Effect.gen(function* () {
      const events = yield* program(scripted(0.5), data, { maxEpochs: undefined, maxTime: 60 })
      const last = events.at(-1)
      assert.strictEqual(last?._tag === "FitEnded" && last.reason.includes("max_time"), true)
      yield* Effect.sleep("1 day")
      assert.isAbove(yield* Clock.currentTimeMillis, 24 * 3600 * 1000)
    }).pipe(Effect.provide(Layer.mergeAll(doubles, VirtualClock.ticking("1 second"))))
  )

  it.effect("that stands still advances when it is adjusted", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.as(Effect.sleep("1 hour"), "woke"))
      yield* Effect.yieldNow
      yield* VirtualClock.adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), "woke")
      assert.strictEqual(yield* Clock.currentTimeMillis, 3_600_000)
    }).pipe(Effect.provide(VirtualClock.still))
  )
})

describe("Faults", () => {
  it.effect("failSave fails the nth save alone, and the checkpoint before it stays", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const layers = Layer.mergeAll(
        FakeDevice.layer(),
        RecordingLogger.silent,
        Layer.provide(Faults.failSave({ nth: 3 }), store.layer)
      )
      const error = yield* Effect.flip(program(scripted(0.1, 0.2), data).pipe(Effect.provide(layers)))
      assert.strictEqual(error._tag, "CheckpointError")
      assert.include(error.message, "the disk is full")
      assert.isTrue(store.stored.has("best-0.10"))
      assert.isFalse(store.stored.has("best-0.20"))
    })
  )

  it.effect("dropTracker keeps what comes later from the logger, and training goes on", () =>
    Effect.gen(function* () {
      const logger = RecordingLogger.make()
      const layers = Layer.mergeAll(
        FakeDevice.layer(),
        MemoryCheckpoints.layer,
        Layer.provide(Faults.dropTracker({ after: 2 }), logger.layer)
      )
      const events = yield* program(scripted(0.1), data).pipe(Effect.provide(layers))
      assert.strictEqual(logger.entries.length, 2)
      assert.isUndefined(logger.status())
      assert.strictEqual(tagsOf(events).at(-1), "FitEnded")
    })
  )

  it.effect("failDevice fails the nth call, and no tensor is left", () =>
    Effect.gen(function* () {
      const device = FakeDevice.make()
      const layers = Layer.mergeAll(
        Layer.provide(Faults.failDevice({ nth: 3 }), Layer.succeed(Device, device)),
        RecordingLogger.silent,
        MemoryCheckpoints.layer
      )
      const error = yield* Effect.flip(program(scripted(0.1), data).pipe(Effect.provide(layers)))
      assert.strictEqual(error.message, "the device failed in train step: out of memory")
      assert.strictEqual((yield* device.memory).numTensors, 0)
    })
  )

  it.effect("killWorker fails the nth batch, and the run can be resumed from before it", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const layers = Layer.mergeAll(FakeDevice.layer(), RecordingLogger.silent, store.layer)
      const dying = { ...data, train: Faults.killWorker(data.train, { nth: 5 }) }
      const error = yield* Effect.flip(program(scripted(0.1), dying).pipe(Effect.provide(layers)))
      assert.include(error.message, "exit code 137")
      const events = yield* program(scripted(0.1), data, { resume: "last" }).pipe(Effect.provide(layers))
      const steps = events.flatMap((event) => (event._tag === "StepEnded" ? [event.step] : []))
      assert.strictEqual(steps.at(-1), 12)
      assert.isAbove(steps[0] ?? 0, 1)
    })
  )
})

describe("TinyData", () => {
  it.effect("holds the batches given, and refuses others", () =>
    Effect.gen(function* () {
      const two = TinyData.from(["a", "b"])
      assert.strictEqual(yield* two.batch(5, 1), "b")
      assert.include((yield* Effect.flip(two.batch(0, 2))).message, "has 2 batches")
    })
  )

  it.effect("draws pictures whose class can be read from them", () =>
    Effect.gen(function* () {
      const set = TinyData.images({ seed: 1, batches: 2, batchSize: 16, side: 4, classes: 3 })
      const { images, labels } = yield* set.batch(0, 1)
      assert.deepStrictEqual([images.shape, labels.shape], [[16, 4, 4, 1], [16]])
      for (const [i, label] of labels.data.entries()) {
        const at = (row: number, column: number) => images.data[i * 16 + row * 4 + column] ?? 0
        const rows = [0, 1, 2, 3].map((row) => at(row, 0) + at(row, 1) + at(row, 2) + at(row, 3))
        assert.strictEqual(rows.indexOf(Math.max(...rows)), label)
      }
      assert.deepStrictEqual(yield* set.batch(0, 1), { images, labels })
    })
  )
})
