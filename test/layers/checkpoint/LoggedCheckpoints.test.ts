import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CheckpointDirectory from "../../../src/layers/checkpoint/CheckpointDirectory.ts"
import * as LoggedCheckpoints from "../../../src/layers/checkpoint/LoggedCheckpoints.ts"
import * as RunLoggerLayer from "../../../src/layers/logger/RunLogger.ts"
import { Checkpoints } from "../../../src/pipeline/Checkpoints.ts"
import { RunLogger } from "../../../src/pipeline/RunLogger.ts"
import { directoryAt, inFolder, planOf } from "../logger/runs.ts"
import { snapshot } from "./snapshots.ts"

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
})
