import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as FileSystem from "effect/FileSystem"
import * as Logger from "effect/Logger"
import * as FaultyFileSystem from "../FaultyFileSystem.ts"
import { inFolder, logging } from "./runs.ts"

const both = { csv: true, jsonl: true }

/** The status of the run's last line. */
const lastStatus = (fs: FileSystem.FileSystem, folder: string) =>
  Effect.map(
    fs.readFileString(join(folder, "metrics.jsonl")),
    (text) => /"status":"(\w+)"/.exec(text.trimEnd().split("\n").at(-1) ?? "")?.[1]
  )

/** What is logged as warning while `effect` runs. */
const warningsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const said: Array<string> = []
    const recorder = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") said.push(String(message))
    })
    yield* Effect.exit(effect).pipe(Effect.provide(Logger.layer([recorder])))
    return said
  })

describe("RunLogger, its layer", () => {
  it.effect("opens, writes to every chosen sink, and closes as done", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* logging(folder, both, (logger) => logger.scalars(1, { a: 1 }))
        assert.strictEqual(yield* lastStatus(fs, folder), "done")
        assert.strictEqual(yield* fs.readFileString(join(folder, "metrics.csv")), "step,a\n1,1\n")
      })
    )
  )

  it.effect("closes on failure, with everything written", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const failing = logging(folder, both, (logger) =>
          Effect.andThen(logger.scalars(1, { a: 1 }), Effect.fail("no"))
        )
        yield* Effect.exit(failing)
        assert.strictEqual(yield* lastStatus(fs, folder), "failed")
        assert.strictEqual(yield* fs.readFileString(join(folder, "metrics.csv")), "step,a\n1,1\n")
      })
    )
  )

  it.effect("closes on interruption, with everything written", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const logged = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          logging(folder, both, (logger) =>
            logger
              .scalars(1, { a: 1 })
              .pipe(Effect.andThen(Deferred.succeed(logged, undefined)), Effect.andThen(Effect.never))
          )
        )
        yield* Deferred.await(logged)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* lastStatus(fs, folder), "interrupted")
        assert.strictEqual(yield* fs.readFileString(join(folder, "metrics.csv")), "step,a\n1,1\n")
      })
    )
  )

  it.effect("keeps the first finish, and makes no file when no sink is chosen", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* logging(folder, { jsonl: true }, (logger) =>
          Effect.andThen(logger.finish("failed", {}), logger.finish("done", {}))
        )
        assert.strictEqual(yield* lastStatus(fs, folder), "failed")
        yield* fs.remove(join(folder, "metrics.jsonl"))
        yield* logging(folder, {}, (logger) => Effect.andThen(logger.scalars(1, { a: 1 }), logger.flush))
        assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      })
    )
  )

  it.effect("goes on without a sink that fails, saying so once and at the end, and hurting no other", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const real = FaultyFileSystem.make(fs, "ENOSPC", 0)
        const log = (file: FileSystem.FileSystem) =>
          logging(
            folder,
            both,
            (logger) =>
              Effect.forEach([1, 2, 3, 4], (step) =>
                Effect.andThen(logger.scalars(step, { a: step }), logger.flush)
              ),
            { fs: file }
          )
        yield* log(real.fs)
        const second = real.calls.flatMap((call, i) =>
          call.endsWith("metrics.csv") && call.startsWith("writeAll") ? [i] : []
        )[1]
        const faulty = FaultyFileSystem.make(fs, "ENOSPC", (second ?? 0) + 1)
        const said = yield* warningsOf(log(faulty.fs))
        assert.deepStrictEqual(said, [
          "logger.csv: metrics.csv cannot be written: the disk is full; training goes on without it",
          "logger.csv: metrics.csv cannot be written: the disk is full (3 entries were not written)"
        ])
        const lines = yield* fs.readFileString(join(folder, "metrics.jsonl"))
        assert.strictEqual(lines.match(/Scalars/g)?.length, 4)
      })
    )
  )

  it.effect("goes on without a sink that cannot be opened", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* fs.makeDirectory(join(folder, "metrics.csv"))
        const said = yield* warningsOf(logging(folder, both, (logger) => logger.scalars(1, { a: 1 })))
        assert.match(
          said.join("\n"),
          /^logger\.csv: metrics\.csv cannot be written: .*; training goes on without it$/
        )
        assert.strictEqual(yield* lastStatus(fs, folder), "done")
      })
    )
  )
})
