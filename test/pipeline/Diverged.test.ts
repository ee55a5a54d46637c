import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Device } from "../../src/pipeline/device/Device.ts"
import type { Task } from "../../src/pipeline/task/Task.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import type * as TinyTask from "../../src/testing/TinyTask.ts"
import { data, deviceOf, isFact, logged, options, type Store, task } from "./tiny.ts"

/** The tiny task, whose loss takes the logarithm of a negative number in the micro-batch that is counted `at`. */
const spoiled = (at: number): typeof task => ({
  ...task,
  loss: (context, variables, batch) => {
    const { loss, ...rest } = task.loss(context, variables, batch)
    const { tf, counter } = context
    return { ...rest, loss: counter === at ? tf.add(tf.log(tf.scalar(-1)), loss) : loss }
  }
})

/** The events of a fit that fails, and the failure. */
const failing = <B, O, S>(
  on: Task<B, O, S>,
  sets: { readonly train: Parameters<typeof Trainer.fit<B, O, S>>[1]["train"] },
  store: Store,
  changed: Partial<Trainer.FitOptions> = {}
) =>
  Effect.gen(function* () {
    const events: Array<Event> = []
    const fit = Trainer.fit(on, sets, { ...options, stopRules: [], checkpoint: saving, ...changed })
    const error = yield* Effect.flip(
      Stream.runForEach(fit, (event) => Effect.sync(() => void events.push(event))).pipe(
        Effect.provide(store.layer)
      )
    )
    return { events, error }
  })

const saving = options.checkpoint && {
  ...options.checkpoint,
  retention: { ...options.checkpoint.retention, monitor: undefined, filename: "epoch-{epoch:02d}" }
}

const divergence = (events: ReadonlyArray<Event>) =>
  events.flatMap((event) => (event._tag === "StepDiverged" ? [event] : []))

describe("a fit that diverges", () => {
  it.effect("reports the batch and keeps the state before it, from which it diverges again", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const { error, events } = yield* failing(spoiled(7), { train: data.train }, store)
      assert.strictEqual(error._tag, "Diverged")
      assert.deepInclude(error, { epoch: 1, batch: 2, step: 5, saved: "memory:diverged_step-000005" })
      assert.include(error.message, "loss is NaN at step 5 (epoch 1, batch 2")
      assert.include(error.message, "resume=memory:diverged_step-000005 trainer.detect_anomaly=true")
      assert.match(error.message, /previous losses: (\d+\.\d+, ){6}\d+\.\d+\)/)
      const [reported] = divergence(events)
      const batch: TinyTask.TinyBatch = yield* data.train.batch(1, 2)
      assert.deepInclude(reported, { epoch: 1, batch: 2, step: 5, loss: Number.NaN })
      assert.deepStrictEqual<unknown>(reported?.input, batch)

      const again = yield* failing(spoiled(7), { train: data.train }, store, {
        resume: "diverged_step-000005",
        detectAnomaly: true
      })
      assert.isFalse(again.events.some((event) => event._tag === "StepEnded"))
      assert.deepInclude(again.error, { epoch: 1, batch: 2, step: 5 })
      assert.include(again.error.message, "came out of Log (forward, ")
      assert.match(
        again.error.message,
        /Diverged\.test\.ts:\d+:\d+\)? *of x \[\] from -1 to -1|Diverged\.test\.ts/
      )
    }).pipe(Effect.provide(deviceOf("cpu")))
  )

  it.effect("goes on to the same numbers once the cause is gone", () =>
    Effect.gen(function* () {
      const whole = MemoryCheckpoints.make()
      const all = yield* Stream.runCollect(
        Trainer.fit(task, { train: data.train }, { ...options, stopRules: [], checkpoint: saving })
      ).pipe(Effect.provide(whole.layer))
      const store = MemoryCheckpoints.make()
      const { events } = yield* failing(spoiled(7), { train: data.train }, store)
      const rest = yield* Stream.runCollect(
        Trainer.fit(
          task,
          { train: data.train },
          { ...options, stopRules: [], checkpoint: saving, resume: "last" }
        )
      ).pipe(Effect.provide(store.layer))
      const facts = (reported: ReadonlyArray<Event>) => reported.filter(isFact).map(logged)
      assert.deepStrictEqual([...facts(events), ...facts(rest)], facts(all))
    }).pipe(Effect.provide(deviceOf("cpu")))
  )

  it.effect.each(["cpu", "wasm"] as const)(
    "names what a weight grew into on %s, and frees every tensor",
    (engine) =>
      Effect.gen(function* () {
        const { memory } = yield* Device
        const before = yield* memory
        const store = MemoryCheckpoints.make()
        const { error } = yield* failing(task, { train: data.train }, store, {
          detectAnomaly: true,
          gradientClip: undefined,
          learningRate: () => () => 1e25,
          maxEpochs: 99
        })
        assert.strictEqual(error._tag, "Diverged")
        assert.match(error.message, /The first number that is not finite came out of (Square|Sum|Mean|AddN)/)
        assert.deepStrictEqual(yield* memory, before)
      }).pipe(Effect.provide(deviceOf(engine)))
  )

  it.effect("blames a batch that holds such a number", () =>
    Effect.gen(function* () {
      const train = {
        ...data.train,
        batch: (epoch: number, index: number) =>
          Effect.map(data.train.batch(epoch, index), (batch) => ({
            ...batch,
            x: { ...batch.x, data: index === 3 ? batch.x.data.fill(Number.NaN) : batch.x.data }
          }))
      }
      const { error } = yield* failing(task, { train }, MemoryCheckpoints.make(), { detectAnomaly: true })
      assert.include(error.message, "a weight or the batch holds it")
      assert.deepInclude(error, { batch: 3 })
    }).pipe(Effect.provide(deviceOf("cpu")))
  )

  it.effect("says so even where nothing is saved", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const { error, events } = yield* failing(spoiled(0), { train: data.train }, store, {
        checkpoint: undefined
      })
      assert.notInclude(error.message, "resume=")
      assert.isUndefined(divergence(events)[0]?.checkpoint)
      assert.strictEqual(store.stored.size, 0)
    }).pipe(Effect.provide(deviceOf("cpu")))
  )
})
