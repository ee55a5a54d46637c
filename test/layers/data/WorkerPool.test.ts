import { threadId } from "node:worker_threads"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as WorkerPool from "../../../src/layers/data/WorkerPool.ts"
import { transferables } from "../../../src/layers/data/WorkerProgram.ts"
import type { Job, Reply, Setup } from "./fixtures/program.ts"

const entry = new URL("./fixtures/program.ts", import.meta.url)

const open = (workers: number, setup: Setup = { factor: 2 }) =>
  WorkerPool.make<Setup, Job, Reply>({ entry, setup, workers })

const scale = (...values: ReadonlyArray<number>): Job => ({ _tag: "Scale", values })

/** A counter that a live worker moves. */
const beating = () => new Int32Array(new SharedArrayBuffer(4))

/** Whether it moves within five seconds, however busy the machine is. */
const moves = (beat: Int32Array) =>
  Effect.gen(function* () {
    const before = Atomics.load(beat, 0)
    for (let waited = 0; waited < 5000 && Atomics.load(beat, 0) === before; waited += 20)
      yield* Effect.sleep(20)
    return Atomics.load(beat, 0) !== before
  })

/** A thread that is gone moves nothing, at once and later. */
const still = (beat: Int32Array) =>
  Effect.gen(function* () {
    const before = Atomics.load(beat, 0)
    yield* Effect.sleep(60)
    return Atomics.load(beat, 0) === before
  })

/** One thread for the tests that leave it as it was: to start one takes a second. */
const held = Effect.runSync(Scope.make())
const shared = Effect.runSync(Effect.cached(Scope.provide(open(1), held)))
afterAll(() => Effect.runPromise(Scope.close(held, Exit.void)))

describe("a worker pool", () => {
  describe("its threads", () => {
    const used = (beat: Int32Array, workers = 1) =>
      Effect.gen(function* () {
        const pool = yield* open(workers, { factor: 1, beat })
        yield* pool.run(scale(1))
        assert.isTrue(yield* moves(beat))
        return pool
      })

    it.live("open, and end with the scope", () =>
      Effect.gen(function* () {
        const beat = beating()
        yield* Effect.scoped(used(beat, 2))
        assert.isTrue(yield* still(beat))
      })
    )

    it.live("end when the scope fails", () =>
      Effect.gen(function* () {
        const beat = beating()
        const exit = yield* Effect.exit(Effect.scoped(Effect.andThen(used(beat), Effect.fail("elsewhere"))))
        assert.deepStrictEqual(exit, Exit.fail("elsewhere"))
        assert.isTrue(yield* still(beat))
      })
    )

    it.live("end when the scope is interrupted in the middle of a job", () =>
      Effect.gen(function* () {
        const beat = beating()
        const fiber = yield* Effect.forkChild(
          Effect.scoped(Effect.flatMap(used(beat), (pool) => pool.run({ _tag: "Sleep", millis: 60_000 })))
        )
        while (Atomics.load(beat, 0) === 0) yield* Effect.sleep(5)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(yield* still(beat))
      })
    )
  })

  describe("jobs", () => {
    it.live("run elsewhere, as many at once as there are workers, each reply for its own job", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(2)
          const replies = yield* Effect.forEach(
            Array.from({ length: 12 }, (_, i) => i),
            (i) => pool.run(scale(i, i + 1)),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(
            replies.map((one) => Array.from(one.data)),
            Array.from({ length: 12 }, (_, i) => [2 * i, 2 * i + 2])
          )
          const both = yield* Effect.all(
            [pool.run({ _tag: "Sleep", millis: 50 }), pool.run({ _tag: "Sleep", millis: 50 })],
            { concurrency: 2 }
          )
          const seen = new Set(both.map((one) => one.thread))
          assert.strictEqual(seen.size, 2)
          assert.isFalse(seen.has(threadId))
        })
      )
    )

    it.live("wait in order", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* shared
          const order: Array<number> = []
          yield* Effect.forEach(
            [30, 1, 2, 0],
            (millis) =>
              Effect.tap(pool.run({ _tag: "Sleep", millis }), () => Effect.sync(() => order.push(millis))),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(order, [30, 1, 2, 0])
        })
      )
    )

    it.live("give their buffers away instead of copying them", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* shared
          assert.strictEqual((yield* pool.run(scale(1, 2, 3))).data.byteLength, 12)
          assert.strictEqual((yield* pool.run({ _tag: "Kept" })).text, "0")
        })
      )
    )

    it.live("leave the line when interrupted, and free the worker when they were running", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* shared
          const running = yield* Effect.forkChild(pool.run({ _tag: "Sleep", millis: 60_000 }), {
            startImmediately: true
          })
          const waiting = yield* Effect.forkChild(pool.run({ _tag: "Exit" }), { startImmediately: true })
          yield* Effect.sleep(20)
          yield* Fiber.interrupt(waiting)
          yield* Fiber.interrupt(running)
          assert.deepStrictEqual(Array.from((yield* pool.run(scale(4))).data), [8])
        })
      )
    )
  })

  describe("failures", () => {
    it.live("that are typed arrive with their fields", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* shared
          const error = yield* Effect.flip(pool.run({ _tag: "Fail" }))
          assert.strictEqual(error.message, "a.jpg:3: it is corrupt. Copy it again.")
          assert.strictEqual(error._tag, "DataError")
          assert.strictEqual((yield* pool.run(scale(1))).data[0], 2)
        })
      )
    )

    it.live("that are bugs arrive as defects with their stack, and the worker goes on", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* shared
          const { thread } = yield* pool.run(scale(1))
          for (const [job, text] of [
            [{ _tag: "Die" }, /a bug in the program[\s\S]*program\.ts/],
            [{ _tag: "Uncloneable" }, /could not be cloned/]
          ] as const) {
            const exit = yield* Effect.exit(pool.run(job))
            assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
            assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", text)
          }
          assert.strictEqual((yield* pool.run(scale(1))).thread, thread)
        })
      )
    )

    it.live("by a crash name the worker, and the next job gets a fresh one", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(1)
          const { thread } = yield* pool.run(scale(1))
          const exited = yield* Effect.flip(pool.run({ _tag: "Exit" }))
          assert.match(exited.message, /^data worker 1: it stopped with exit code 7 in the middle of a job/)
          const next = yield* pool.run(scale(5))
          assert.strictEqual(next.data[0], 10)
          assert.notStrictEqual(next.thread, thread)
          const thrown = yield* Effect.flip(pool.run({ _tag: "ThrowLater" }))
          assert.match(thrown.message, /^data worker 1: it crashed: nobody caught this.*data\.workers=0/)
          assert.strictEqual((yield* pool.run(scale(6))).data[0], 12)
        })
      )
    )

    it.live("of the setup and of a missing entry fail each job", () =>
      Effect.scoped(
        Effect.gen(function* () {
          for (const workers of [0, 1]) {
            const broken = yield* open(workers, { factor: 1, broken: true })
            for (const _ of [1, 2]) {
              assert.strictEqual((yield* Effect.flip(broken.run(scale(1)))).where, "setup")
            }
            const nowhere = new URL("./no-such-entry.ts", import.meta.url)
            const missing = yield* WorkerPool.make<Setup, Job, Reply>({
              entry: nowhere,
              setup: { factor: 1 },
              workers
            })
            assert.match((yield* Effect.flip(missing.run(scale(1)))).message, /no-such-entry/)
          }
        })
      )
    )
  })

  it.live("of no workers does the same in this thread, one job at a time", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const pool = yield* open(0)
        const reply = yield* pool.run(scale(3))
        assert.deepStrictEqual([reply.thread, reply.data[0]], [threadId, 6])
        assert.strictEqual((yield* Effect.flip(pool.run({ _tag: "Fail" }))).where, "a.jpg:3")
      })
    )
  )

  it("moves only buffers that one view fills", () => {
    const whole = new Float32Array(4)
    const part = new Float32Array(new ArrayBuffer(64), 0, 4)
    const shared = new Int32Array(new SharedArrayBuffer(8))
    const reply = {
      a: whole,
      again: whole,
      list: [{ deep: new Uint8Array(3) }],
      part,
      shared,
      n: [1, 2],
      s: "x"
    }
    assert.deepStrictEqual(
      [...transferables(reply)].map((buffer) => buffer.byteLength),
      [16, 3]
    )
  })
})
