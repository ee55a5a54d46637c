/** Stopped anywhere, a run goes on to the very numbers of the run that never stopped. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Device } from "../../src/pipeline/device/Device.ts"
import * as Random from "../../src/pipeline/nn/Random.ts"
import * as LearningRate from "../../src/pipeline/optim/LearningRate.ts"
import type { Dataset } from "../../src/pipeline/task/Dataset.ts"
import * as Averaging from "../../src/pipeline/train/Averaging.ts"
import { Checkpoints } from "../../src/pipeline/train/Checkpoints.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as RateRule from "../../src/pipeline/train/RateRule.ts"
import * as StopRule from "../../src/pipeline/train/StopRule.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import * as TinyTask from "../../src/testing/TinyTask.ts"
import { deviceOf, logged, options as plain, type Store, weights } from "./tiny.ts"

/** Inputs moved by noise that hangs on seed, epoch and index, as an augmentation does; batches take a few turns. */
const augmented = (below: Dataset<TinyTask.TinyBatch>): Dataset<TinyTask.TinyBatch> => ({
  ...below,
  batch: Effect.fnUntraced(function* (epoch, index) {
    const { x, y } = yield* below.batch(epoch, index)
    const random = Random.make(5, epoch, index, Random.keyOf("augment"))
    for (let turn = random.int(4); turn > 0; turn--) yield* Effect.yieldNow
    return { x: { ...x, data: Float32Array.from(x.data, (value) => value + 0.1 * random.normal()) }, y }
  })
})

const data = {
  train: augmented(TinyTask.dataset({ seed: 1, batches: 7, batchSize: 4 })),
  val: TinyTask.dataset({ seed: 2, batches: 3, batchSize: 4 })
}

const task = TinyTask.make({ dropout: 0.3 })

/** Everything that has a state: accumulation, schedule and plateau, average, early stopping, retention, validation within epochs. */
const options: Trainer.FitOptions = {
  ...plain,
  maxEpochs: 9,
  accumulateGradBatches: 3,
  valCheckInterval: 3,
  learningRate: ({ horizon }) =>
    LearningRate.warmUp({
      rate: 0.05,
      steps: 4,
      after: LearningRate.cosine({ rate: 0.05, steps: horizon.steps - 4, final: 0.001 })
    }),
  rateRules: [
    RateRule.plateau({
      monitor: "val/mse",
      mode: "min",
      factor: 0.7,
      patience: 1,
      threshold: 0.05,
      thresholdMode: "rel",
      cooldown: 1,
      minRate: 0
    })
  ],
  averaging: () => Averaging.ema({ decay: 0.7, everyNSteps: 2, fromStep: 2 }),
  checkpoint: plain.checkpoint && {
    ...plain.checkpoint,
    retention: { ...plain.checkpoint.retention, saveTopK: 2 },
    everyNTrainSteps: 4
  },
  stopRules: [
    StopRule.earlyStopping({
      monitor: "val/mse",
      mode: "min",
      patience: 4,
      minDelta: 0.02,
      strict: true,
      checkFinite: true
    })
  ]
}

/** What a log keeps: every number of every step, validation and epoch, and what was saved. */
const factsOf = (events: ReadonlyArray<Event>) =>
  events
    .filter(({ _tag }) => ["StepEnded", "EvaluationEnded", "EpochEnded", "FitEnded"].includes(_tag))
    .filter((event) => !(event._tag === "EvaluationEnded" && event.kind === "sanity"))
    .map(logged)

/** Saves that take their time, so that something can happen in the middle of one. */
const slow = (store: Store) => {
  const { save } = store.service
  const wait = Effect.forEach([1, 2, 3], () => Effect.yieldNow)
  return Layer.succeed(
    Checkpoints,
    Checkpoints.of({
      ...store.service,
      save: (name, snapshot) =>
        Effect.andThen(
          wait,
          Effect.tap(save(name, snapshot), () => wait)
        )
    })
  )
}

/** A fit that writes its events into `log` and resumes from `last`, if there is one. */
const fit = (store: Store, log: Array<Event>) =>
  Trainer.fit(task, data, { ...options, resume: store.stored.has("last") ? "last" : undefined }, (event) =>
    Effect.sync(() => log.push(event))
  ).pipe(Stream.provide(slow(store)))

/** What was under way when a run was stopped, by the last event. */
const momentOf = (log: ReadonlyArray<Event>): string => {
  const last = log.at(-1)
  return last?._tag === "StepEnded" && !last.optimized ? "mid-accumulation" : (last?._tag ?? "the beginning")
}

for (const engine of ["cpu", "wasm"] as const) {
  describe(`exact resume on ${engine}`, () => {
    const whole = Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const log: Array<Event> = []
      yield* Stream.runDrain(fit(store, log))
      const ended = log.at(-1)
      assert.include(ended?._tag === "FitEnded" ? ended.reason : "", "early stopping")
      return {
        facts: factsOf(log),
        state: weights(store),
        events: log.length,
        kept: [...store.stored.keys()].toSorted()
      }
    })

    /** Interrupts the fit after `turns` turns of the event loop; whether it was still running. */
    const interrupted = Effect.fnUntraced(function* (store: Store, log: Array<Event>, turns: number) {
      const fiber = yield* Effect.forkChild(Stream.runDrain(fit(store, log)), { startImmediately: true })
      for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
      const running = fiber.pollUnsafe() === undefined
      yield* Fiber.interrupt(fiber)
      return running
    })

    it.effect(
      "interrupted at 40 random moments of its fiber",
      () =>
        Effect.gen(function* () {
          const wanted = yield* whole
          const random = Random.make(14, Random.keyOf(engine))
          const moments = new Map<string, number>()
          for (let trial = 0; trial < 40; trial++) {
            const store = MemoryCheckpoints.make()
            const log: Array<Event> = []
            const turns = random.int(240)
            const running = yield* interrupted(store, log, turns)
            const moment = running ? momentOf(log) : "the end"
            moments.set(moment, (moments.get(moment) ?? 0) + 1)
            yield* Stream.runDrain(fit(store, log))
            const where = `after ${turns} turns, at ${moment}`
            // A run that had ended when it was to be interrupted ends once more, and does nothing else.
            const again = running ? [] : wanted.facts.slice(-1)
            assert.deepStrictEqual(factsOf(log), [...wanted.facts, ...again], where)
            assert.strictEqual(weights(store), wanted.state, where)
            assert.deepStrictEqual([...store.stored.keys()].toSorted(), wanted.kept, where)
          }
          for (const kind of ["mid-accumulation", "EvaluationBatchEnded", "CheckpointSaved", "the end"]) {
            assert.isAbove(moments.get(kind) ?? 0, 0, `${kind} among ${JSON.stringify([...moments])}`)
          }
        }).pipe(Effect.provide(deviceOf(engine))),
      120_000
    )

    it.effect(
      "interrupted again and again on its way",
      () =>
        Effect.gen(function* () {
          const wanted = yield* whole
          const random = Random.make(12, Random.keyOf(engine))
          const store = MemoryCheckpoints.make()
          const log: Array<Event> = []
          let stops = 0
          while (yield* interrupted(store, log, 5 + random.int(24))) stops += 1
          assert.isAtLeast(stops, 8)
          assert.deepStrictEqual(factsOf(log), wanted.facts)
          assert.strictEqual(weights(store), wanted.state)
        }).pipe(Effect.provide(deviceOf(engine))),
      120_000
    )

    it.effect(
      "left by its consumer after 12 random events",
      () =>
        Effect.gen(function* () {
          const wanted = yield* whole
          const stops = Random.permutation(wanted.events - 8, 13).subarray(0, 12)
          for (const stop of stops) {
            const store = MemoryCheckpoints.make()
            const log: Array<Event> = []
            yield* fit(store, log).pipe(Stream.take(stop + 6), Stream.runDrain)
            yield* Stream.runDrain(fit(store, log))
            assert.deepStrictEqual(factsOf(log), wanted.facts, `after event ${stop + 6}`)
            assert.strictEqual(weights(store), wanted.state, `after event ${stop + 6}`)
          }
        }).pipe(Effect.provide(deviceOf(engine))),
      120_000
    )

    it.effect("twice in one process, with the device as it was before", () =>
      Effect.gen(function* () {
        const { memory } = yield* Device
        const before = yield* memory
        for (const turns of [60, 90]) {
          yield* interrupted(MemoryCheckpoints.make(), [], turns)
          assert.deepStrictEqual(yield* memory, before)
        }
      }).pipe(Effect.provide(deviceOf(engine)))
    )
  })
}
