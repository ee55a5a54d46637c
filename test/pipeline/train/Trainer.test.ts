import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as LearningRate from "../../../src/pipeline/optim/LearningRate.ts"
import * as Optimizer from "../../../src/pipeline/optim/Optimizer.ts"
import type { Event } from "../../../src/pipeline/train/Event.ts"
import * as StopRule from "../../../src/pipeline/train/StopRule.ts"
import * as Trainer from "../../../src/pipeline/train/Trainer.ts"
import * as Weights from "../../../src/pipeline/train/Weights.ts"
import * as MemoryCheckpoints from "../../../src/testing/MemoryCheckpoints.ts"
import * as TinyTask from "../../../src/testing/TinyTask.ts"
import { data, device, isFact, logged, options, run, task, weights } from "../tiny.ts"

describe("Trainer.fit", () => {
  it.effect("reports epochs, steps, validations and checkpoints in order, and learns", () =>
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

  it.effect("saves `last` and frees every tensor when its fiber is interrupted", () =>
    Effect.gen(function* () {
      const { memory } = yield* Device
      const before = yield* memory
      const store = MemoryCheckpoints.make()
      const trains = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        Trainer.fit(TinyTask.make(), data, {
          ...options,
          maxEpochs: undefined,
          maxSteps: undefined,
          stopRules: []
        }).pipe(
          Stream.runForEach((event) =>
            event._tag === "StepEnded" && event.step === 8 ? Deferred.succeed(trains, undefined) : Effect.void
          ),
          Effect.provide(store.layer)
        )
      )
      yield* Deferred.await(trains)
      yield* Fiber.interrupt(fiber)
      // The end of the epoch before saved step 6.
      assert.isAtLeast(store.stored.get("last")?.state.step ?? 0, 8)
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
        patience: 1
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

  it.effect("refuses the state of another optimizer, naming its tensors", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      yield* run(store)
      const optimizer = Optimizer.sgd({ momentum: 0.9, dampening: 0, nesterov: false, weightDecay: 0 })
      const error = yield* Effect.flip(run(store, { resume: "last", optimizer }))
      assert.strictEqual(error._tag, "CheckpointError")
      for (const part of [
        "optimizer adamw, not of sgd",
        "lacks velocity/dense.weight",
        "has m/dense.weight"
      ]) {
        assert.include(error.message, part)
      }
    }).pipe(Effect.provide(device))
  )

  it.effect("keeps `last` whole where ranked checkpoints hold weights only, which it refuses to resume", () =>
    Effect.gen(function* () {
      const checkpoint = options.checkpoint && { ...options.checkpoint, saveWeightsOnly: true }
      const store = MemoryCheckpoints.make()
      yield* run(store, { checkpoint })
      const best = [...store.stored.values()].find(({ name }) => name.startsWith("best"))
      assert.deepStrictEqual(Object.keys(best?.optimizer ?? { none: 0 }), [])
      assert.isAbove(Object.keys(store.stored.get("last")?.optimizer ?? {}).length, 0)
      const error = yield* Effect.flip(run(store, { checkpoint, resume: "best" }))
      assert.include(error.message, "it holds weights only (save_weights_only=true)")
      assert.include(error.message, "Resume from `last`, which is whole")
      yield* run(store, { checkpoint, resume: "last", maxEpochs: 4 })
    }).pipe(Effect.provide(device))
  )

  it.effect("a wish to stop outlives an interruption", () =>
    Effect.gen(function* () {
      const threshold = StopRule.earlyStopping({
        monitor: "val/mse",
        mode: "min",
        patience: 1,
        stoppingThreshold: 1e9
      })
      const store = MemoryCheckpoints.make()
      const changed = { stopRules: [threshold] }
      const events = yield* run(MemoryCheckpoints.make(), changed)
      const count = events.findIndex((event) => event._tag === "EvaluationEnded" && event.kind === "val") + 1
      yield* run(store, changed, count)
      const rest = yield* run(store, { ...changed, resume: "last" })
      assert.isFalse(rest.some((event) => event._tag === "StepEnded"))
      const ended = rest.at(-1)
      assert.include(ended?._tag === "FitEnded" ? ended.reason : "", "stopping threshold")
    }).pipe(Effect.provide(device))
  )
})

describe("Trainer.evaluate and Trainer.predict", () => {
  const observed = (kind: "test" | "predict") =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      yield* run(store, { maxSteps: 1 })
      const variables = yield* Weights.load(task.model, "last").pipe(Effect.provide(store.layer))
      const reported: Array<string> = []
      const onEvent = (event: Event) => Effect.sync(() => reported.push(event._tag))
      const at = { epoch: 0, step: 1, prefetch: 1 }
      const events = yield* (
        kind === "test"
          ? Trainer.evaluate(task, data.val, variables, { kind, ...at }, onEvent)
          : Trainer.predict(task, data.val, variables, at, onEvent)
      ).pipe(
        Stream.tap((event) => Effect.sync(() => assert.strictEqual(reported.at(-1), event._tag))),
        Stream.runCollect
      )
      assert.deepStrictEqual(
        reported,
        events.map(({ _tag }) => _tag)
      )
      return events
    }).pipe(Effect.scoped, Effect.provide(device))

  it.effect("emit the same events, each reported before the stream has it", () =>
    Effect.gen(function* () {
      const [tested, predicted] = [yield* observed("test"), yield* observed("predict")]
      assert.deepStrictEqual(
        predicted.map(({ _tag }) => _tag),
        ["EvaluationStarted", "EvaluationBatchEnded", "EvaluationBatchEnded", "EvaluationEnded"]
      )
      assert.deepStrictEqual(
        predicted.map(({ _tag }) => _tag),
        tested.map(({ _tag }) => _tag)
      )
    })
  )

  it.effect("measure what has a truth, and nothing of a prediction", () =>
    Effect.gen(function* () {
      const metricsOf = (events: ReadonlyArray<Event>) =>
        events.flatMap((event) => (event._tag === "EvaluationEnded" ? Object.keys(event.metrics) : []))
      assert.include(metricsOf(yield* observed("test")), "test/mse")
      assert.deepStrictEqual(metricsOf(yield* observed("predict")), [])
    })
  )
})
