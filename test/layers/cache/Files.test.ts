import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Files from "../../../src/layers/cache/Files.ts"

/** Files of the folder that is copied: more than a copy takes within a few turns of the event loop. */
const many = 1500

describe("Files.copy", () => {
  it.live("ends where it is interrupted, and writes nothing afterwards", () =>
    Effect.gen(function* () {
      const folder = yield* Files.temporary(join(tmpdir(), "anneal-files"))
      const from = join(folder, "from")
      const to = join(folder, "to")
      fs.mkdirSync(from)
      for (let i = 0; i < many; i++) fs.writeFileSync(join(from, `${i}.txt`), String(i))
      const copied = () => (fs.existsSync(to) ? fs.readdirSync(to).length : 0)
      const fiber = yield* Effect.forkChild(Files.copy(from, to))
      while (copied() === 0) yield* Effect.promise(() => new Promise(setImmediate))
      yield* Fiber.interrupt(fiber)
      const there = copied()
      assert.isBelow(there, many)
      // A whole copy takes longer than what was left of the first.
      yield* Files.copy(from, join(folder, "again"))
      assert.strictEqual(fs.readdirSync(join(folder, "again")).length, many)
      assert.strictEqual(copied(), there)
    }).pipe(Effect.scoped)
  )
})
