import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as CheckpointDirectory from "../../../src/layers/checkpoint/CheckpointDirectory.ts"
import * as LoggedCheckpoints from "../../../src/layers/logger/LoggedCheckpoints.ts"
import * as RunLoggerLayer from "../../../src/layers/logger/RunLogger.ts"
import { RunLogger } from "../../../src/pipeline/run/RunLogger.ts"
import { Checkpoints } from "../../../src/pipeline/train/Checkpoints.ts"
import { snapshot } from "../checkpoint/snapshots.ts"
import { directoryAt, inFolder, planOf } from "./runs.ts"

describe("LoggedCheckpoints", () => {
  it.effect("has everything on disk that was logged before a save when the save returns", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const layers = LoggedCheckpoints.layer.pipe(
          Layer.provideMerge(RunLoggerLayer.layer(planOf({ csv: true }))),
          Layer.provideMerge(CheckpointDirectory.layer),
          Layer.provideMerge(directoryAt(folder))
        )
        const csv = fs.readFileString(join(folder, "metrics.csv"))
        yield* Effect.gen(function* () {
          const logger = yield* RunLogger
          const checkpoints = yield* Checkpoints
          for (const step of [1, 2]) {
            yield* logger.scalars(step, { a: step })
            assert.notInclude(yield* csv, `\n${step},${step}\n`, "entries are gathered")
            yield* checkpoints.save("last", snapshot(step))
            assert.include(yield* csv, `\n${step},${step}\n`)
          }
          assert.strictEqual((yield* checkpoints.load("last")).state.step, 2)
        }).pipe(Effect.provide(layers), Effect.scoped)
      })
    )
  )

  /** A log of five steps in a run whose `run.json` knows of the third, as an interruption leaves it. */
  const interrupted = (folder: string) =>
    RunLogger.use((logger) =>
      Effect.andThen(
        Effect.forEach([1, 2, 3, 4, 5], (step) => logger.scalars(step, { a: step })),
        Checkpoints.use(({ save }) => Effect.andThen(save("best-1", snapshot(3)), save("last", snapshot(4))))
      )
    ).pipe(
      Effect.provide(
        LoggedCheckpoints.layerWith(planOf({ csv: true }), undefined).pipe(
          Layer.provideMerge(directoryAt(folder))
        ),
        { local: true }
      )
    )

  const reopened = (folder: string) =>
    directoryAt(folder, { steps: 3, resumes: [{ at: "2026-01-02T03:04:05.678Z", command: [] }] })

  const rows = (folder: string, fs: FileSystem.FileSystem) =>
    Effect.map(
      fs.readFileString(join(folder, "metrics.csv")),
      (text) => text.trimEnd().split("\n").length - 1
    )

  it.effect.each<readonly [string | undefined, number]>([
    ["last", 4],
    ["best-1", 3],
    [undefined, 0]
  ])("keeps of an earlier session's log what the checkpoint %s knows of", ([resume, left]) =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* interrupted(folder)
        assert.strictEqual(yield* rows(folder, fs), 5)
        yield* Effect.void.pipe(
          Effect.provide(
            LoggedCheckpoints.layerWith(planOf({ csv: true }), resume).pipe(Layer.provide(reopened(folder))),
            { local: true }
          )
        )
        assert.strictEqual(yield* rows(folder, fs), left)
      })
    )
  )

  it.effect("leaves the log whole where the checkpoint that is named is not there", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* interrupted(folder)
        const layers = LoggedCheckpoints.layerWith(planOf({ csv: true }), "best-2")
        const error = yield* Effect.flip(
          Effect.void.pipe(Effect.provide(Layer.provide(layers, reopened(folder)), { local: true }))
        )
        assert.include(String(error), "there is no checkpoint")
        assert.strictEqual(yield* rows(folder, fs), 5)
      })
    )
  )

  it.effect("a logger alone takes the step of `last`, not that of the record", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* interrupted(folder)
        const layers = RunLoggerLayer.layer(planOf({ csv: true })).pipe(Layer.provide(reopened(folder)))
        yield* Effect.void.pipe(Effect.provide(layers, { local: true }))
        assert.strictEqual(yield* rows(folder, fs), 4)
      })
    )
  )
})
