/** Stopped anywhere, a run goes on to the very numbers of the run that never stopped. */
import { isDeepStrictEqual } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Device } from "../../src/pipeline/device/Device.ts"
import * as Random from "../../src/pipeline/nn/Random.ts"
import * as LearningRate from "../../src/pipeline/optim/LearningRate.ts"
import type { Dataset } from "../../src/pipeline/task/Dataset.ts"
import type { Task } from "../../src/pipeline/task/Task.ts"
import * as Averaging from "../../src/pipeline/train/Averaging.ts"
import { Checkpoints } from "../../src/pipeline/train/Checkpoints.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as RateRule from "../../src/pipeline/train/RateRule.ts"
import * as StopRule from "../../src/pipeline/train/StopRule.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import * as TinyTask from "../../src/testing/TinyTask.ts"
import { sets } from "../e2e/fixtures/foreign/src/data.ts"
import stripes from "../e2e/fixtures/foreign/src/task.ts"
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

/** A task, its data, and the metric that its policies watch. */
interface Subject<B, O, S> {
  readonly task: Task<B, O, S>
  readonly data: Required<Trainer.FitData<B>>
  readonly monitor: string
  readonly mode: "min" | "max"
}

const tiny = {
  task: TinyTask.make({ dropout: 0.3 }),
  data: {
    train: augmented(TinyTask.dataset({ seed: 1, batches: 7, batchSize: 4 })),
    val: TinyTask.dataset({ seed: 2, batches: 3, batchSize: 4 })
  },
  monitor: "val/mse",
  mode: "min"
} as const

/** That of somebody else's module, from the plan that says nothing. */
const foreign = {
  task: Effect.runSync(
    Effect.map(stripes.load, ({ task }) => task(Schema.decodeUnknownSync(stripes.plan)({})))
  ),
  data: sets({ seed: 3, samples: 26, batchSize: 4, scale: 1 }),
  monitor: "val/accuracy",
  mode: "max"
} as const

/** Everything that has a state: accumulation, schedule and plateau, average, early stopping, retention, validation within epochs. */
const optionsOf = ({
  monitor,
  mode
}: Pick<Subject<never, never, never>, "mode" | "monitor">): Trainer.FitOptions => ({
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
      monitor,
      mode,
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
    retention: {
      ...plain.checkpoint.retention,
      monitor,
      mode,
      filename: `best-{${monitor}:.4f}`,
      saveTopK: 2
    },
    everyNTrainSteps: 4
  },
  stopRules: [
    StopRule.earlyStopping({
      monitor,
      mode,
      patience: 4,
      minDelta: 0.02,
      strict: true,
      checkFinite: true
    })
  ]
})

/** What a log keeps: every number of every step, validation and epoch, and what was saved. */
const factsOf = (events: ReadonlyArray<Event>) =>
  events
    .filter(({ _tag }) => ["StepEnded", "EvaluationEnded", "EpochEnded", "FitEnded"].includes(_tag))
    .filter((event) => !(event._tag === "EvaluationEnded" && event.kind === "sanity"))
    .map(logged)

/** Hundreds of facts, compared by Node; if they differ, chai shows how, which takes its time. */
const same = (found: ReturnType<typeof factsOf>, expected: ReturnType<typeof factsOf>, where: string) => {
  if (!isDeepStrictEqual(found, expected)) assert.deepStrictEqual(found, expected, where)
}

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
const fitOf =
  <B, O, S>(subject: Subject<B, O, S>, own: Partial<Trainer.FitOptions> = {}) =>
  (store: Store, log: Array<Event>) => {
    const resume = store.stored.has("last") ? "last" : undefined
    return Trainer.fit(subject.task, subject.data, { ...optionsOf(subject), ...own, resume }, (event) =>
      Effect.sync(() => log.push(event))
    ).pipe(Stream.provide(slow(store)))
  }

/** What was under way when a run was stopped, by the last event. */
const momentOf = (log: ReadonlyArray<Event>): string => {
  const last = log.at(-1)
  return last?._tag === "StepEnded" && !last.optimized ? "mid-accumulation" : (last?._tag ?? "the beginning")
}

interface Trial {
  readonly name: string
  readonly engine: "cpu" | "wasm"
  readonly fit: (store: Store, log: Array<Event>) => Stream.Stream<Event, Trainer.FitError, Device>
}

const fixedBias = [
  { match: "bias", learningRateScale: 1, weightDecay: undefined, trainable: false },
  { match: "weight", learningRateScale: 0.5, weightDecay: undefined }
]

const trials: ReadonlyArray<Trial> = [
  { name: "the tiny task", engine: "cpu", fit: fitOf(tiny) },
  { name: "the tiny task", engine: "wasm", fit: fitOf(tiny) },
  { name: "the tiny task without its bias", engine: "cpu", fit: fitOf(tiny, { parameterGroups: fixedBias }) },
  { name: "a task of somebody else's", engine: "cpu", fit: fitOf(foreign) }
]

for (const { name, engine, fit } of trials) {
  describe(`exact resume of ${name} on ${engine}`, () => {
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
            same(factsOf(log), [...wanted.facts, ...again], where)
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
          same(factsOf(log), wanted.facts, "at the end")
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
            same(factsOf(log), wanted.facts, `after event ${stop + 6}`)
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
