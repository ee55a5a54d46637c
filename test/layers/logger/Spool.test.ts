import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import type { Entry, Sink } from "../../../src/layers/logger/sink/Sink.ts"
import { any, type Delivery, DeliveryError } from "../../../src/layers/logger/spool/Delivery.ts"
import type { SpooledEntry } from "../../../src/layers/logger/spool/Entry.ts"
import * as SpoolLoop from "../../../src/layers/logger/spool/Loop.ts"
import * as SpoolSink from "../../../src/layers/logger/spool/Sink.ts"
import * as FaultyFileSystem from "../FaultyFileSystem.ts"
import { directoryAt, inFolder } from "./runs.ts"

/** A tracker that keeps what it was sent by position, as a server does that takes offsets. */
class Tracker {
  readonly received: Array<SpooledEntry> = []
  sends = 0
  /** Failures to come, first first; after them all is well. */
  readonly failures: Array<DeliveryError> = []
  /** Never answers. */
  hangs = false

  readonly delivery: Delivery<number> = {
    initial: 0,
    codec: Schema.Int,
    every: 1,
    holds: (count) => Effect.sync(() => this.received.length >= count),
    send: (count, entries) =>
      Effect.suspend(() => {
        this.sends++
        if (this.hangs) return Effect.never
        const failure = this.failures.shift()
        // Half arrives before the failure shows: sent again, it must not be there twice.
        const arriving = failure === undefined ? entries : entries.slice(0, entries.length >> 1)
        arriving.forEach((entry, i) => {
          this.received[count + i] = entry
        })
        return failure === undefined ? Effect.succeed(count + entries.length) : Effect.fail(failure)
      })
  }

  get steps() {
    return this.received.flatMap((entry) => ("step" in entry ? [entry.step] : []))
  }
}

const down = new DeliveryError({ problem: "503 from the tracker", final: false, retryAfter: null })
const busy = new DeliveryError({ problem: "429 from the tracker", final: false, retryAfter: 30 })
const refused = new DeliveryError({ problem: "401 from the tracker", final: true, retryAfter: null })

const scalars = (step: number): Entry => ({ _tag: "Scalars", time: step * 1000, step, values: { a: step } })

const using = <A, E, R>(
  folder: string,
  tracker: Tracker,
  use: (sink: Sink) => Effect.Effect<A, E, R>,
  options: { readonly resumedFrom?: number; readonly fs?: FileSystem.FileSystem } = {}
) => {
  const { resumedFrom, fs } = options
  const opened = SpoolSink.headFor("tracker", { project: "p" }).pipe(
    Effect.flatMap((head) =>
      Effect.flatMap(FileSystem.FileSystem, (file) =>
        SpoolSink.open({
          head,
          start: SpoolLoop.start(file, any(tracker.delivery)),
          resumedFrom,
          closeWithin: 10
        })
      )
    ),
    Effect.flatMap(use),
    Effect.provide(directoryAt(folder)),
    Effect.scoped
  )
  return fs === undefined ? opened : Effect.provideService(opened, FileSystem.FileSystem, fs)
}

/** Lets fibers and the disk go on for a while without the clock moving. */
const settle = Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, 30)))

/** Moves the clock while letting everything else go on. */
const pass = (seconds: number) =>
  Effect.gen(function* () {
    yield* settle
    yield* TestClock.adjust(`${seconds} seconds`)
    yield* settle
  })

describe("SpoolSink", () => {
  it.effect("delivers what is written, in order and once", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        yield* using(folder, tracker, (sink) =>
          Effect.gen(function* () {
            yield* sink.write([scalars(1), scalars(2)])
            yield* pass(1)
            assert.deepStrictEqual(tracker.steps, [1, 2])
            yield* sink.write([scalars(3)])
            assert.isUndefined(yield* sink.close)
          })
        )
        assert.deepStrictEqual(tracker.steps, [1, 2, 3])
      })
    )
  )

  it.effect("has every entry on disk when write returns, whatever the tracker does", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        tracker.hangs = true
        yield* using(folder, tracker, (sink) =>
          Effect.gen(function* () {
            yield* sink.write([scalars(1), scalars(2)])
            const text = yield* fs.readFileString(join(folder, "spool/tracker.jsonl"))
            assert.strictEqual(text.split("\n").length, 4)
            assert.include(text, '"project":"p"')
          })
        )
      })
    )
  )

  it.effect(
    "tries again after 2, 4, 8 seconds, or when the tracker asks, and loses and repeats nothing",
    () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const tracker = new Tracker()
          tracker.failures.push(down, down, busy)
          yield* using(folder, tracker, (sink) =>
            Effect.gen(function* () {
              yield* sink.write([scalars(1), scalars(2)])
              yield* settle
              assert.strictEqual(tracker.sends, 1)
              yield* pass(1)
              assert.strictEqual(tracker.sends, 1)
              yield* pass(1)
              assert.strictEqual(tracker.sends, 2)
              yield* pass(4)
              assert.strictEqual(tracker.sends, 3)
              yield* pass(29)
              assert.strictEqual(tracker.sends, 3)
              yield* pass(1)
              assert.strictEqual(tracker.sends, 4)
              assert.isUndefined(yield* sink.close)
            })
          )
          assert.deepStrictEqual(tracker.steps, [1, 2])
        })
      )
  )

  it.effect("ends within its bound when the tracker hangs, and says what is left and how to send it", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        tracker.hangs = true
        const said = yield* using(folder, tracker, (sink) =>
          Effect.gen(function* () {
            yield* sink.write([scalars(1), scalars(2), scalars(3)])
            const closing = yield* Effect.forkChild(sink.close)
            yield* pass(9)
            assert.isUndefined(closing.pollUnsafe())
            yield* pass(1)
            return yield* Fiber.join(closing)
          })
        )
        assert.strictEqual(said, `3 entries were not delivered; \`anneal runs sync ${folder}\` sends them`)
      })
    )
  )

  it.effect("says so where it cannot tell what is left", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        tracker.hangs = true
        const error = yield* using(folder, tracker, (sink) =>
          Effect.gen(function* () {
            yield* sink.write([scalars(1)])
            for (const name of yield* fs.readDirectory(join(folder, "spool"))) {
              if (name.endsWith(".jsonl")) yield* fs.remove(join(folder, "spool", name))
            }
            const closing = yield* Effect.forkChild(Effect.flip(sink.close))
            yield* pass(10)
            return yield* Fiber.join(closing)
          })
        )
        assert.include(error.message, "it is not known what was delivered: it does not exist")
      })
    )
  )

  it.effect("gives up on what cannot help to repeat, keeps the entries, and delivers them another time", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        tracker.failures.push(refused, refused)
        const said = yield* using(folder, tracker, (sink) =>
          Effect.andThen(sink.write([scalars(1)]), sink.close)
        )
        assert.include(said, "1 entries were not delivered (401 from the tracker)")
        tracker.failures.length = 0
        yield* using(folder, tracker, (sink) => sink.close, { resumedFrom: 1 })
        assert.deepStrictEqual(tracker.steps, [1])
      })
    )
  )

  it.effect("goes on where a killed run was, and takes what it logs again once", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        yield* using(folder, tracker, (sink) =>
          Effect.andThen(sink.write([1, 2, 3, 4].map(scalars)), pass(1))
        )
        const path = join(folder, "spool/tracker.jsonl")
        yield* fs.writeFileString(path, `${yield* fs.readFileString(path)}{"_tag":"Scal`)
        yield* using(
          folder,
          tracker,
          (sink) => Effect.andThen(sink.write([3, 4, 5, 6].map(scalars)), sink.close),
          { resumedFrom: 2 }
        )
        assert.deepStrictEqual(tracker.steps, [1, 2, 3, 4, 5, 6])
      })
    )
  )

  it.effect("delivers again what was under way when the process died, and it arrives once", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        yield* using(folder, tracker, (sink) =>
          Effect.andThen(sink.write([1, 2, 3].map(scalars)), sink.close)
        )
        // As if the process had died between the answer and the note of it.
        yield* fs.remove(join(folder, "spool/tracker.jsonl.delivered"))
        yield* using(folder, tracker, (sink) => Effect.andThen(sink.write([scalars(4)]), sink.close), {
          resumedFrom: 3
        })
        assert.deepStrictEqual(tracker.steps, [1, 2, 3, 4])
      })
    )
  )

  it.effect.each([
    ["beyond its end", (size: number) => size + 1000],
    ["before its entries", () => 3],
    ["in the middle of an entry", (size: number) => size - 3],
    ["before its beginning", () => -5]
  ] as const)("delivers everything where its note of what arrived is %s", ([, offset]) =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        yield* using(folder, tracker, (sink) =>
          Effect.andThen(sink.write([1, 2, 3].map(scalars)), sink.close)
        )
        const path = join(folder, "spool/tracker.jsonl")
        const { size } = yield* fs.stat(path)
        const note = JSON.stringify({ offset: offset(Number(size)), state: 3 })
        yield* fs.writeFileString(`${path}.delivered`, note)
        const said = yield* using(
          folder,
          tracker,
          (sink) => Effect.andThen(sink.write([4, 5].map(scalars)), sink.close),
          { resumedFrom: 3 }
        )
        assert.isUndefined(said)
        assert.deepStrictEqual(tracker.steps, [1, 2, 3, 4, 5])
      })
    )
  )

  it.effect("delivers everything anew where what the tracker's state knows of is gone", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        yield* using(folder, tracker, (sink) => Effect.andThen(sink.write([1, 2].map(scalars)), sink.close))
        tracker.received.length = 0
        yield* using(folder, tracker, (sink) => Effect.andThen(sink.write([scalars(3)]), sink.close), {
          resumedFrom: 2
        })
        assert.deepStrictEqual(tracker.steps, [1, 2, 3])
      })
    )
  )

  it.effect("begins anew where a power cut left the file without a head", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const path = join(folder, "spool/tracker.jsonl")
        yield* fs.makeDirectory(join(folder, "spool"))
        yield* fs.writeFileString(path, '{"_tag":"Sp')
        const tracker = new Tracker()
        yield* using(folder, tracker, (sink) => Effect.andThen(sink.write([scalars(4)]), sink.close), {
          resumedFrom: 3
        })
        assert.deepStrictEqual(tracker.steps, [4])
        assert.match(yield* fs.readFileString(path), /^\{"_tag":"Spool".*\n\{"_tag":"Scalars".*\n$/)
      })
    )
  )

  it.effect("is on the disk before the note that it was delivered is", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        const recording = FaultyFileSystem.make(fs, "EIO", 0)
        const write = (sink: Sink) => Effect.andThen(sink.write([scalars(1)]), sink.close)
        yield* using(folder, tracker, write, { fs: recording.fs })
        const { calls } = recording
        const noted = calls.findIndex((call) => /^rename .*tracker\.jsonl\.delivered/.test(call))
        const written = calls.findIndex((call) => call === "writeAll spool/tracker.jsonl")
        const flushed = calls.findIndex((call, i) => i > written && call === "sync spool/tracker.jsonl")
        assert.isAbove(written, -1)
        assert.isAbove(noted, flushed)
        assert.isAbove(flushed, written)
      })
    )
  )

  it.effect.each(["ENOSPC", "EIO"] as const)(
    "keeps entries in memory while %s keeps them from the disk",
    (fault) =>
      inFolder((folder, fs) =>
        Effect.gen(function* () {
          const sound = FaultyFileSystem.make(fs, fault, 0)
          const body = (tracker: Tracker, file: FileSystem.FileSystem) =>
            using(
              folder,
              tracker,
              (sink) =>
                Effect.gen(function* () {
                  for (const step of [1, 2, 3]) yield* sink.write([scalars(step)])
                  yield* sink.close
                }),
              { fs: file }
            )
          yield* body(new Tracker(), sound.fs)
          const writes = sound.calls.flatMap((call, i) =>
            call === "writeAll spool/tracker.jsonl" ? [i + 1] : []
          )
          assert.isAtLeast(writes.length, 3)
          for (const at of writes.slice(-3)) {
            const tracker = new Tracker()
            yield* fs.remove(join(folder, "spool"), { recursive: true })
            yield* body(tracker, FaultyFileSystem.make(fs, fault, at).fs)
            assert.deepStrictEqual(tracker.steps, [1, 2, 3], `call ${at}`)
          }
        })
      )
  )

  it.effect("is not delivered by two at once", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        const second = yield* using(folder, tracker, () =>
          Effect.flip(using(folder, new Tracker(), (sink) => sink.close, { resumedFrom: 0 }))
        )
        assert.include(second.message, `held by process ${process.pid}`)
      })
    )
  )
})

describe("SpoolSink, its scope", () => {
  const locks = (fs: FileSystem.FileSystem, folder: string) =>
    Effect.map(fs.readDirectory(join(folder, "spool")), (names) =>
      names.filter((name) => name.includes("lock"))
    )

  it.effect("closes without a lock left", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, new Tracker(), (sink) => sink.close)
        assert.deepStrictEqual(yield* locks(fs, folder), [])
      })
    )
  )

  it.effect("closes on failure without a lock left", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(using(folder, new Tracker(), () => Effect.fail("no")))
        assert.deepStrictEqual(exit, Exit.fail("no"))
        assert.deepStrictEqual(yield* locks(fs, folder), [])
      })
    )
  )

  it.effect("closes on interruption in the middle of a delivery without a lock left", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const tracker = new Tracker()
        tracker.hangs = true
        const written = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          using(folder, tracker, (sink) =>
            sink
              .write([scalars(1)])
              .pipe(
                Effect.andThen(settle),
                Effect.andThen(Deferred.succeed(written, undefined)),
                Effect.andThen(Effect.never)
              )
          )
        )
        yield* Deferred.await(written)
        assert.strictEqual(tracker.sends, 1)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* locks(fs, folder), [])
      })
    )
  )
})
