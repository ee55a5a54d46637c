import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Resume from "../../src/runs/Resume.ts"

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
})
