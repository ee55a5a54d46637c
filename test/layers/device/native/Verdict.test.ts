/** An engine that really ends its process, or fails there, is not taken: the next one is, and says why. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cpu } from "../../../../src/layers/device/engines/Cpu.ts"
import * as Native from "../../../../src/layers/device/engines/Native.ts"
import * as NativeHome from "../../../../src/layers/device/native/NativeHome.ts"
import * as Verdict from "../../../../src/layers/device/native/Verdict.ts"
import * as Select from "../../../../src/layers/device/Select.ts"
import * as EngineFiles from "./engineFiles.ts"

const options = { devices: 1, strategy: "auto", precision: "32-true" } as const
const changed = ["ANNEAL_HOME", "ONEDNN_MAX_CPU_ISA"]
const before = { ...process.env }
let home = ""

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "anneal-verdict-"))
  process.env["ANNEAL_HOME"] = home
})

afterEach(() => {
  rmSync(home, { recursive: true, force: true })
  for (const name of changed) {
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
  }
})

const native = Native.make("native")
const auto = Effect.suspend(() => Select.choose({ accelerator: "auto", ...options }, [native, cpu]))
const loadsIn = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n").length

describe("an engine that ends its process", () => {
  for (const signal of ["SIGSEGV", "SIGABRT"]) {
    it.live(`by ${signal} is passed over by auto and refused by name`, () =>
      Effect.gen(function* () {
        const loads = EngineFiles.installed(home, `process.kill(process.pid, "${signal}")`)
        const { engine, reason } = yield* auto
        assert.strictEqual(engine.name, "cpu")
        assert.include(reason, `native: its trial on this processor crashed with ${signal} in: the library`)
        const named = yield* Effect.flip(Select.choose({ accelerator: "native", ...options }, [native, cpu]))
        assert.strictEqual(named._tag, "DeviceUnavailable")
        assert.include(named.message, `crashed with ${signal}`)
        assert.include(named.message, "Use trainer.accelerator=wasm")
        assert.strictEqual(loadsIn(loads), 1, "what is known is not tried again")
      })
    )
  }

  it.live("is tried anew where oneDNN takes other code, and where that is asked for", () =>
    Effect.gen(function* () {
      const loads = EngineFiles.installed(home, "process.abort()")
      yield* auto
      process.env["ONEDNN_MAX_CPU_ISA"] = "AVX2"
      yield* auto
      yield* auto
      assert.strictEqual(loadsIn(loads), 2)
      if (native.tried === undefined) throw new Error("native has no trial")
      const { presence } = yield* native.tried(true)
      assert.isFalse(presence.present)
      assert.strictEqual(loadsIn(loads), 3)
    })
  )

  it.live("from outside is no fault of it, and tried again", () =>
    Effect.gen(function* () {
      const loads = EngineFiles.installed(home, `process.kill(process.pid, "SIGKILL")`)
      assert.strictEqual((yield* auto).engine.name, "cpu")
      assert.strictEqual((yield* auto).engine.name, "cpu")
      assert.strictEqual(loadsIn(loads), 2)
    })
  )
})

describe("an engine", () => {
  it.live("that fails is passed over with its own words", () =>
    Effect.gen(function* () {
      EngineFiles.installed(home, `throw new Error("no such processor")`)
      const { engine, reason } = yield* auto
      assert.strictEqual(engine.name, "cpu")
      assert.include(reason, "native: its trial on this processor failed: ")
      assert.include(reason, "no such processor")
    })
  )

  it.live("that passed is taken, and is not tried again", () =>
    Effect.gen(function* () {
      EngineFiles.installed(home, "process.abort()")
      const manifest = NativeHome.installed("native")
      if (manifest._tag === "None") throw new Error("no engine is installed")
      yield* Verdict.record(NativeHome.folder("native"), manifest.value, { passed: true, said: "works" })
      assert.strictEqual((yield* auto).engine.name, "native")
    })
  )
})
