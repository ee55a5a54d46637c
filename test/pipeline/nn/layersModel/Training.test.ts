/** A model of tfjs-layers is trained as any other: it leaks nothing, and resumes exactly. */
import { assert, describe, it } from "@effect/vitest"
import * as tfl from "@tensorflow/tfjs-layers"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as LayersModel from "../../../../src/pipeline/nn/layersModel/LayersModel.ts"
import type { Event } from "../../../../src/pipeline/train/Event.ts"
import * as Trainer from "../../../../src/pipeline/train/Trainer.ts"
import * as MemoryCheckpoints from "../../../../src/testing/MemoryCheckpoints.ts"
import * as TinyTask from "../../../../src/testing/TinyTask.ts"
import { data, deviceOf, isFact, logged, options, type Store, weights } from "../../tiny.ts"
import { everything, small, taskOf } from "./models.ts"

const subject = () => taskOf(LayersModel.make("everything", tfl, everything))

/** Facts of a fit that ends after `take` events, with a task of its own: as in another process. */
const fit = (store: Store, resume?: string, take = Number.POSITIVE_INFINITY) =>
  Trainer.fit(subject(), data, { ...options, stopRules: [], resume }).pipe(
    Stream.take(take),
    Stream.runCollect,
    Effect.map((events: ReadonlyArray<Event>) => events.filter(isFact).map(logged)),
    Effect.provide(store.layer)
  )

for (const engine of ["cpu", "wasm"] as const) {
  describe(`a fit on ${engine}`, () => {
    it.effect("goes on, wherever it was stopped, to the numbers of one that never stopped", () =>
      Effect.gen(function* () {
        const whole = MemoryCheckpoints.make()
        const wanted = yield* fit(whole)
        for (const stop of [6, 9, 13, 22]) {
          const store = MemoryCheckpoints.make()
          const before = yield* fit(store, undefined, stop)
          const after = yield* fit(store, "last")
          assert.isAbove(before.length, 0)
          assert.isAbove(after.length, 0)
          assert.deepStrictEqual(after, wanted.slice(-after.length), `after ${stop} events`)
          assert.strictEqual(weights(store), weights(whole), `after ${stop} events`)
        }
      }).pipe(Effect.provide(deviceOf(engine)))
    )

    it.effect("draws differently in every step and with every seed", () =>
      Effect.gen(function* () {
        const device = yield* Device
        const net = LayersModel.make("dropout", tfl, () =>
          tfl.sequential({ layers: [tfl.layers.dropout({ rate: 0.5, seed: 3, inputShape: [64] })] })
        )
        const draw = (seed: number, counter: number) =>
          device
            .run("dropout", (tf) => {
              const variables = { params: {}, buffers: {} }
              return net.train({ tf, seed, counter }, variables, tf.ones([1, 64])).output
            })
            .pipe(
              Effect.flatMap((tensor) =>
                Effect.tap(device.read(tensor), () => Effect.sync(() => tensor.dispose()))
              ),
              Effect.map((values) => values.join())
            )
        const drawn = [yield* draw(1, 0), yield* draw(1, 1), yield* draw(2, 0)]
        assert.strictEqual(new Set(drawn).size, 3)
        assert.strictEqual(yield* draw(1, 0), drawn[0])
      }).pipe(Effect.provide(deviceOf(engine)))
    )

    it.effect(
      "holds the same tensors after 1,000 steps as after 100, and none in the end",
      () =>
        Effect.gen(function* () {
          const { memory } = yield* Device
          const counts: Array<number> = []
          const before = yield* memory
          const many = {
            train: TinyTask.dataset({ seed: 1, batches: 500, batchSize: 2 }),
            val: TinyTask.dataset({ seed: 2, batches: 1, batchSize: 2 })
          }
          const settings = { ...options, maxEpochs: 2, accumulateGradBatches: 1, stopRules: [] }
          yield* Trainer.fit(taskOf(LayersModel.make("small", tfl, small)), many, settings).pipe(
            Stream.filter(({ _tag }) => _tag === "StepEnded"),
            Stream.runForEach(() => Effect.map(memory, ({ numTensors }) => counts.push(numTensors))),
            Effect.provide(MemoryCheckpoints.make().layer)
          )
          assert.strictEqual(counts.length, 1000)
          assert.deepStrictEqual([...new Set(counts.slice(100))], [counts[100]])
          assert.deepStrictEqual(yield* memory, before)
        }).pipe(Effect.provide(deviceOf(engine))),
      240_000
    )
  })
}
