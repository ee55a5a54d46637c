import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Averaging from "../../src/pipeline/train/Averaging.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import { device, isFact, logged, run, type Store, weights } from "./tiny.ts"

const ema = () => Averaging.ema({ decay: 0.8, everyNSteps: 2, fromStep: 1 })
const swa = () => Averaging.swa({ fromEpoch: 1 })

const valuesOf = (store: Store, part: "model" | "optimizer", name: string) => [
  ...(store.stored.get("last")?.[part][name]?.data ?? [])
]

const metricsOf = (events: Effect.Success<ReturnType<typeof run>>) =>
  events.flatMap((event) => (event._tag === "EvaluationEnded" ? [event.metrics["val/mse"]] : []))

describe("averages of weights in a fit", () => {
  it.effect("checkpoints hold the average, and the weights themselves beside it", () =>
    Effect.gen(function* () {
      const [plain, averaged] = [MemoryCheckpoints.make(), MemoryCheckpoints.make()]
      yield* run(plain)
      yield* run(averaged, { averaging: ema })
      const own = valuesOf(averaged, "optimizer", "raw/dense.weight")
      assert.deepStrictEqual(own, valuesOf(plain, "model", "dense.weight"))
      assert.notDeepEqual(own, valuesOf(averaged, "model", "dense.weight"))
      assert.deepStrictEqual(valuesOf(plain, "optimizer", "raw/dense.weight"), [])
    }).pipe(Effect.provide(device))
  )

  it.effect("the mean of the weights after each epoch, statistics included", () =>
    Effect.gen(function* () {
      const each: Array<Store> = []
      for (const maxEpochs of [2, 3, 4]) {
        const store = MemoryCheckpoints.make()
        yield* run(store, { maxEpochs, stopRules: [], learningRate: () => () => 0.05 })
        each.push(store)
      }
      const store = MemoryCheckpoints.make()
      yield* run(store, { maxEpochs: 4, stopRules: [], learningRate: () => () => 0.05, averaging: swa })
      for (const name of ["dense.weight", "dense.bias", "input.mean"]) {
        const rows = each.map((one) => valuesOf(one, "model", name))
        for (const [i, value] of valuesOf(store, "model", name).entries()) {
          const mean = rows.reduce((sum, row) => sum + (row[i] ?? Number.NaN), 0) / rows.length
          assert.closeTo(value, mean, 1e-6, name)
        }
      }
    }).pipe(Effect.provide(device))
  )

  it.effect("validation sees the average", () =>
    Effect.gen(function* () {
      const plain = metricsOf(yield* run(MemoryCheckpoints.make(), { stopRules: [] }))
      const averaged = metricsOf(yield* run(MemoryCheckpoints.make(), { stopRules: [], averaging: ema }))
      assert.lengthOf(averaged, plain.length)
      assert.notDeepEqual(averaged, plain)
    }).pipe(Effect.provide(device))
  )

  it.effect.each([
    ["ema", ema],
    ["swa", swa]
  ] as const)("%s: resumes bit for bit from wherever its consumer stopped", ([, averaging]) =>
    Effect.gen(function* () {
      const whole = MemoryCheckpoints.make()
      const events = yield* run(whole, { averaging })
      const facts = events.filter(isFact).map(logged)
      for (let stop = 5; stop < events.length - 1; stop += 3) {
        const store = MemoryCheckpoints.make()
        const before = yield* run(store, { averaging }, stop)
        const after = yield* run(store, { averaging, resume: "last" })
        assert.deepStrictEqual([...before, ...after].filter(isFact).map(logged), facts, `event ${stop}`)
        assert.strictEqual(weights(store), weights(whole), `event ${stop}`)
      }
    }).pipe(Effect.provide(device))
  )

  it.effect("a run resumed without averaging goes on with the weights themselves", () =>
    Effect.gen(function* () {
      const whole = MemoryCheckpoints.make()
      yield* run(whole)
      const store = MemoryCheckpoints.make()
      yield* run(store, { averaging: ema }, 22)
      yield* run(store, { resume: "last" })
      assert.deepStrictEqual(
        valuesOf(store, "model", "dense.weight"),
        valuesOf(whole, "model", "dense.weight")
      )
    }).pipe(Effect.provide(device))
  )
})
