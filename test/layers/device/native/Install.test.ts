import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Install from "../../../../src/layers/device/native/Install.ts"
import * as NativeHome from "../../../../src/layers/device/native/NativeHome.ts"
import * as Wheel from "../../../../src/layers/device/native/Wheel.ts"

const home = { before: process.env["ANNEAL_HOME"], now: "" }

beforeEach(() => {
  home.now = mkdtempSync(join(tmpdir(), "anneal-home-"))
  process.env["ANNEAL_HOME"] = home.now
})

afterEach(() => {
  rmSync(home.now, { recursive: true, force: true })
  if (home.before === undefined) delete process.env["ANNEAL_HOME"]
  else process.env["ANNEAL_HOME"] = home.before
})

describe("a native engine", () => {
  it.effect("that has no wheel is refused by name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Wheel.unpack({ variant: "native", wheel: "/nowhere.whl", python: "python3", temporary: home.now })
      )
      assert.strictEqual(error._tag, "EngineInstallError")
      assert.include(error.message, "/nowhere.whl does not exist")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("whose Python is missing says what to install, and that a wheel will do", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Wheel.unpack({ variant: "native", wheel: undefined, python: "no-such-python", temporary: home.now })
      )
      assert.include(error.message, "no-such-python")
      assert.include(error.message, "--wheel")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("that cannot be written leaves nothing behind", () =>
    Effect.gen(function* () {
      process.env["ANNEAL_HOME"] = "/dev/null/anneal"
      const error = yield* Effect.flip(
        Install.install({ variant: "native", wheel: "/nowhere.whl", progress: () => Effect.void })
      )
      assert.strictEqual(error._tag, "EngineInstallError")
      assert.include(error.message, "ANNEAL_HOME")
      assert.deepStrictEqual(readdirSync(home.now), [])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it("is absent until its manifest is there", () => {
    assert.isTrue(Option.isNone(NativeHome.installed("native")))
  })
})
