import { threadId } from "node:worker_threads"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as WorkersLayer from "../../../src/layers/data/Workers.ts"
import * as Canvas from "../../../src/layers/image/Canvas.ts"
import * as ImageCodec from "../../../src/layers/image/ImageCodec.ts"
import * as Dataset from "../../../src/pipeline/task/Dataset.ts"
import type data from "./fixtures/sets.ts"
import type { Batch, Setup } from "./fixtures/sets.ts"

const services = WorkersLayer.layer.pipe(
  Layer.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeServices.layer))
)

const module = new URL("./fixtures/sets.ts", import.meta.url)

const open = (threads: number | "auto", setup: Partial<Setup> = {}, from = module) =>
  Dataset.inWorkers<typeof data>(from, { length: 12, ...setup }, { threads })

const run = <A, E>(
  effect: Effect.Effect<A, E, Layer.Success<typeof services> | import("effect/Scope").Scope>
) => effect.pipe(Effect.scoped, Effect.provide(services))

/** The batches of two epochs, four asked for at a time, in the order in which they come. */
const batches = (set: Dataset.Dataset<Batch>) =>
  Stream.fromIterable(
    [0, 1].flatMap((epoch) => Array.from({ length: set.length }, (_, i) => [epoch, i] as const))
  ).pipe(
    Stream.mapEffect(([epoch, index]) => set.batch(epoch, index), { concurrency: 4 }),
    Stream.runCollect
  )

const counter = (size: number) => new Int32Array(new SharedArrayBuffer(4 * size))

describe("data in workers", () => {
  it.live.each([0, 1, 2, 4])("comes in the order in which it is asked for, with %i threads", (threads) =>
    run(
      Effect.gen(function* () {
        const { train, val } = yield* open(threads)
        assert.deepInclude(train, { name: "train", samples: 24, length: 12, batchSize: 2 })
        assert.strictEqual(val.name, "val")
        assert.strictEqual(yield* train.fingerprint ?? Effect.succeed(""), "digest of train")
        const all = yield* batches(train)
        const places = [0, 1].flatMap((epoch) => Array.from({ length: 12 }, (_, i) => [epoch, i]))
        assert.deepStrictEqual(
          all.map(({ place }) => [...place]),
          places
        )
        assert.deepStrictEqual(
          all.map(({ values }) => [...values]),
          places
        )
        const seen = new Set(all.map(({ thread }) => thread))
        assert.strictEqual(seen.size, Math.max(1, threads))
        assert.strictEqual(seen.has(threadId), threads === 0)
      })
    )
  )

  it.live("fails the batch on which its thread ends, and makes it when it is asked for again", () =>
    run(
      Effect.gen(function* () {
        const crashes = counter(1)
        crashes[0] = 1
        const { train } = yield* open(1, { crashAt: 3, crashes })
        const before = yield* train.batch(0, 2)
        const error = yield* Effect.flip(train.batch(0, 3))
        assert.match(error.message, /^data worker 1: it stopped with exit code 7 in the middle of a job/)
        const again = yield* train.batch(0, 3)
        assert.deepStrictEqual([...again.values], [0, 3])
        assert.notStrictEqual(again.thread, before.thread)
      })
    )
  )

  it.live("stops the batch that is interrupted, and its thread makes the next one", () =>
    run(
      Effect.gen(function* () {
        const hung = counter(2)
        const { train } = yield* open(1, { hangAt: 5, hung })
        const fiber = yield* Effect.forkChild(train.batch(0, 5), { startImmediately: true })
        while (Atomics.load(hung, 0) === 0) yield* Effect.sleep(5)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual([...(yield* train.batch(1, 6)).values], [1, 6])
        assert.strictEqual(Atomics.load(hung, 1), 1)
      })
    )
  )

  it.live.each([0, 1])(
    "fails to open what cannot be loaded or refuses its setup, with %i threads",
    (threads) =>
      run(
        Effect.gen(function* () {
          const missing = yield* Effect.flip(
            open(threads, {}, new URL("./fixtures/nowhere.ts", import.meta.url))
          )
          assert.match(
            missing.message,
            /fixtures\/nowhere\.ts: the data module cannot be loaded: .*Name it as new URL/
          )
          const other = yield* Effect.flip(
            open(threads, {}, new URL("./fixtures/program.ts", import.meta.url))
          )
          assert.match(
            other.message,
            /program\.ts: its default export is no data program\. Write `export default Workers\.serve/
          )
          const broken = yield* Effect.flip(open(threads, { broken: true }))
          assert.strictEqual(broken.message, "setup: it is broken. Mend it.")
        })
      )
  )
})
