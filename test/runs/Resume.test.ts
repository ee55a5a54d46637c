import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as CheckpointDirectory from "../../src/layers/checkpoint/CheckpointDirectory.ts"
import { Checkpoints } from "../../src/pipeline/train/Checkpoints.ts"
import * as Resume from "../../src/runs/Resume.ts"
import { MemoryRunDirectory } from "../../src/testing/index.ts"
import { snapshot } from "../layers/checkpoint/snapshots.ts"

/** An experiment's folder, and a run of that name begun or taken up in it. */
const experiment = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "anneal-resume-" })
  const run = Effect.fnUntraced(function* (name: string) {
    yield* fs.makeDirectory(join(folder, name), { recursive: true })
    yield* fs.writeFileString(join(folder, name, "run.json"), "{}")
    yield* Resume.remember(join(folder, name))
  })
  const last = Effect.map(Resume.find(join(folder, "next"), "last"), ({ directory }) =>
    directory.slice(folder.length + 1)
  )
  return { fs, folder, run, last }
})

describe("Resume.find", () => {
  it.effect("takes for `last` the run that ran last, whatever the clock said", () =>
    Effect.gen(function* () {
      const { fs, folder, run, last } = yield* experiment
      yield* run("20260102_120000_42")
      assert.strictEqual(yield* last, "20260102_120000_42")
      // The clock was set back.
      yield* run("20260102_110500_42")
      assert.strictEqual(yield* last, "20260102_110500_42")
      assert.strictEqual(
        (yield* Resume.checkpoint(folder, "best")).folder,
        join(folder, "20260102_110500_42/checkpoints")
      )
      yield* run("20260102_130000_42")
      assert.strictEqual(yield* last, "20260102_130000_42")
      assert.isFalse(yield* fs.exists(join(folder, ".last")), "names suffice again")
      // The first is taken up again, and removed.
      yield* run("20260102_120000_42")
      assert.strictEqual(yield* last, "20260102_120000_42")
      yield* fs.remove(join(folder, "20260102_120000_42"), { recursive: true })
      assert.strictEqual(yield* last, "20260102_130000_42")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("takes a plain file beside the runs for no run", () =>
    Effect.gen(function* () {
      const { fs, folder, run, last } = yield* experiment
      yield* fs.writeFileString(join(folder, "zzz-notes.md"), "")
      yield* run("20260102_120000_42")
      assert.isFalse(yield* fs.exists(join(folder, ".last")), "it was found to be the latest")
      assert.strictEqual(yield* last, "20260102_120000_42")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})

describe("Resume.last", () => {
  const record = MemoryRunDirectory.make({ status: "done" }).record()
  const monitored = { metric: "val/accuracy", mode: "max" } as const

  it.effect("gives the newest run of a task and experiment, with its best and last checkpoint", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const outputDir = yield* fs.makeTempDirectoryScoped({ prefix: "anneal-last-" })
      const folder = join(outputDir, "train/digits/wide")
      const which = { task: "digits", experiment: "wide", outputDir }
      assert.isTrue(Option.isNone(yield* Resume.last(which)))
      for (const name of ["20260101_000000_1", "20260102_000000_1"]) {
        yield* fs.makeDirectory(join(folder, name), { recursive: true })
        yield* fs.writeFileString(join(folder, name, "run.json"), JSON.stringify({ ...record, id: name }))
      }
      const path = join(folder, "20260102_000000_1")
      const none = yield* Resume.last(which)
      assert.deepInclude(Option.getOrThrow(none), { path, best: undefined, last: undefined })
      yield* Checkpoints.use(({ save }) =>
        Effect.gen(function* () {
          yield* save("best-accuracy-0.9000", snapshot(1, { monitored: { ...monitored, value: 0.9 } }))
          yield* save("last", snapshot(2, { monitored: { ...monitored, value: 0.7 } }))
        })
      ).pipe(Effect.provide(CheckpointDirectory.layerAt(join(path, "checkpoints"))))
      const found = Option.getOrThrow(yield* Resume.last(which))
      assert.strictEqual(found.record.id, "20260102_000000_1")
      assert.strictEqual(found.best, join(path, "checkpoints/best-accuracy-0.9000"))
      assert.strictEqual(found.last, join(path, "checkpoints/last"))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
