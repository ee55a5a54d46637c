import { afterAll, assert, describe, it } from "vitest"
import * as EngineFiles from "../layers/device/native/engineFiles.ts"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

describe("anneal doctor", () => {
  it("lists the engines, tests those that are here, and says how the others are had", async () => {
    const { code, stdout, stderr } = await Anneal.run(cwd, "doctor")
    assert.strictEqual(code, 0, stderr)
    for (const name of ["wasm", "cpu"]) {
      assert.match(stdout, new RegExp(`✓ ${name}: .*tfjs-core 4.22.0.*self-test passed, [\\d.]+ GFLOP/s`))
    }
    for (const name of ["gpu", "native"]) {
      const cure = name === "gpu" ? "nvidia-smi|anneal engine install gpu" : "anneal engine install native"
      assert.match(stdout, new RegExp(`✓ ${name}: .*self-test passed|✗ ${name}: .*\\n.*(?:${cure})`))
    }
  })

  it("says that an engine crashes, which a run then refuses by name", async () => {
    const home = Anneal.temporary()
    EngineFiles.installed(home, `process.kill(process.pid, "SIGSEGV")`)
    const before = process.env["ANNEAL_HOME"]
    process.env["ANNEAL_HOME"] = home
    const doctor = await Anneal.run(cwd, "doctor")
    const named = await Anneal.run(cwd, "train", "trainer.accelerator=native")
    if (before === undefined) delete process.env["ANNEAL_HOME"]
    else process.env["ANNEAL_HOME"] = before
    Anneal.remove(home)
    assert.include(
      doctor.stdout,
      "✗ native: its trial on this processor crashed with SIGSEGV in: the library"
    )
    assert.strictEqual(named.code, 3, named.stderr)
    assert.include(named.stderr, "crashed with SIGSEGV in: the library. Use trainer.accelerator=wasm")
  })
})
