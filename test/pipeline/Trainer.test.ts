import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { Device } from "../../src/pipeline/Device.ts"
import type { Event } from "../../src/pipeline/Event.ts"
import * as LearningRate from "../../src/pipeline/LearningRate.ts"
import * as Optimizer from "../../src/pipeline/Optimizer.ts"
import * as StopRule from "../../src/pipeline/StopRule.ts"
import * as Trainer from "../../src/pipeline/Trainer.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import * as TinyTask from "../../src/testing/TinyTask.ts"

const device = DeviceLayer.layer({
  accelerator: "cpu",
  devices: 1,
  strategy: "auto",
  precision: "32-true"
})

const data = {
  train: TinyTask.dataset({ seed: 1, batches: 5, batchSize: 4 }),
  val: TinyTask.dataset({ seed: 2, batches: 2, batchSize: 4 })
}

const options: Trainer.FitOptions = {
  seed: 7,
  maxEpochs: 3,
  numSanityValSteps: 1,
  checkValEveryNEpoch: 1,
  accumulateGradBatches: 2,
  gradientClip: { value: 1, algorithm: "norm" },
  optimizer: Optimizer.adamW({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 }),
  learningRate: ({ steps = 1 }) => LearningRate.cosine({ rate: 0.05, steps, final: 0 }),
  checkpoint: {
    retention: {
      monitor: "val/mse",
      mode: "min",
      saveTopK: 1,
      saveLast: true,
      filename: "best-mse-{val/mse:.4f}"
    },
    everyNEpochs: 1,
    everyNTrainSteps: undefined,
    trainTimeInterval: undefined,
    saveWeightsOnly: false
  },
  stopRules: [
    StopRule.earlyStopping({
      monitor: "val/mse",
      mode: "min",
      patience: 2,
      minDelta: 0,
      strict: true,
      checkFinite: true
    })
  ],
  prefetch: 2,
  planHash: "test",
  taskPlan: {},
  versions: {}
}

const task = TinyTask.make({ dropout: 0.3 })

/** What a log would keep of an event: everything but wall time. */
const logged = (event: Event): string => {
  const { seconds, dataSeconds, path, ...facts }: Record<string, unknown> = { ...event }
  return JSON.stringify(facts)
}

const isFact = (event: Event) => event._tag === "StepEnded" || event._tag === "EvaluationEnded"

const run = (
  store: ReturnType<typeof MemoryCheckpoints.make>,
  changed: Partial<Trainer.FitOptions> = {},
  take = Number.POSITIVE_INFINITY
) =>
  Trainer.fit(task, data, { ...options, ...changed }).pipe(
    Stream.take(take),
    Stream.runCollect,
    Effect.provide(store.layer)
  )

const weights = (store: ReturnType<typeof MemoryCheckpoints.make>) => {
  const last = store.stored.get("last")
  return JSON.stringify([last?.model, last?.optimizer, last?.state.policies], (_, value) =>
    value instanceof Float32Array ? [...value] : value
  )
}

describe("Trainer.fit", () => {
  it.effect("tells epochs, steps, validations and checkpoints in order, and learns", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const events = yield* run(store, { maxEpochs: 20, stopRules: [] })
      const tags = events.map((event) => event._tag)
      assert.deepStrictEqual(tags.slice(0, 16), [
        "FitStarted",
        "EvaluationStarted",
        "EvaluationBatchEnded",
        "EvaluationEnded",
        "EpochStarted",
        ...Array.from({ length: 5 }, () => "StepEnded"),
        "EvaluationStarted",
        "EvaluationBatchEnded",
        "EvaluationBatchEnded",
        "EvaluationEnded",
        "CheckpointSaved",
        "CheckpointSaved"
      ])
      assert.strictEqual(tags.at(-1), "FitEnded")
      const losses = events.flatMap((event) => (event._tag === "EpochEnded" ? [event.loss] : []))
      assert.isBelow(losses.at(-1) ?? 1, (losses[0] ?? 0) / 2)
      assert.sameMembers(
        [...store.stored.keys()].filter((name) => name === "last"),
        ["last"]
      )
      assert.strictEqual([...store.stored.keys()].filter((name) => name.startsWith("best")).length, 1)
    }).pipe(Effect.provide(device))
  )

  it.effect("resumes bit for bit from wherever its consumer stopped", () =>
    Effect.gen(function* () {
      const whole = MemoryCheckpoints.make()
      const events = yield* run(whole)
      const facts = events.filter(isFact).map(logged)
      for (let stop = 5; stop < events.length - 1; stop++) {
        const store = MemoryCheckpoints.make()
        const before = yield* run(store, {}, stop)
        const after = yield* run(store, { resume: "last" })
        const seen = [...before, ...after].filter(isFact).map(logged)
        assert.deepStrictEqual(seen, facts, `stopped after event ${stop}: ${before.at(-1)?._tag}`)
        assert.strictEqual(weights(store), weights(whole), `stopped after event ${stop}`)
      }
    }).pipe(Effect.provide(device))
  )

  it.live("saves `last` and frees every tensor when its fiber is interrupted", () =>
    Effect.gen(function* () {
      const { memory } = yield* Device
      const before = yield* memory
      const store = MemoryCheckpoints.make()
      const fiber = yield* Effect.forkChild(
        run(store, { maxEpochs: undefined, maxSteps: undefined, stopRules: [] })
      )
      yield* Effect.sleep("80 millis")
      yield* Fiber.interrupt(fiber)
      assert.isAbove(store.stored.get("last")?.state.step ?? 0, 0)
      assert.deepStrictEqual(yield* memory, before)
    }).pipe(Effect.provide(device))
  )

  it.effect("stops on a loss that is not finite, keeping the weights from before", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const error = yield* Effect.flip(
        run(store, {
          gradientClip: undefined,
          optimizer: Optimizer.sgd({ momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }),
          learningRate: () => LearningRate.constant(1e30),
          maxEpochs: 50
        })
      )
      assert.strictEqual(error._tag, "Diverged")
      const last = store.stored.get("last")
      assert.isTrue(
        Object.values(last?.model ?? {}).every((tensor) =>
          [...tensor.data].every((value) => Number.isFinite(value))
        )
      )
    }).pipe(Effect.provide(device))
  )

  it.effect("names a monitored metric that the task does not report, before the first step", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const wrong = StopRule.earlyStopping({
        monitor: "val/hmean",
        mode: "max",
        patience: 1,
        minDelta: 0,
        strict: true,
        checkFinite: true
      })
      const error = yield* Effect.flip(run(store, { stopRules: [wrong] }))
      assert.strictEqual(error._tag, "MonitorMissing")
      assert.include(error.message, "train/loss, val/mse")
      assert.strictEqual(store.stored.size, 0)
    }).pipe(Effect.provide(device))
  )

  it.effect("refuses a checkpoint of another model, naming the tensors", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      yield* run(store)
      const last = store.stored.get("last")
      if (last === undefined) return assert.fail("nothing was saved")
      const { "dense.bias": _, ...rest } = last.model
      yield* store.service.save("other", {
        ...last,
        model: { ...rest, extra: { data: new Float32Array(1), shape: [1] } }
      })
      const error = yield* Effect.flip(run(store, { resume: "other" }))
      assert.strictEqual(error._tag, "CheckpointMismatch")
      assert.include(error.message, "dense.bias")
      assert.include(error.message, "extra")
    }).pipe(Effect.provide(device))
  )
})
