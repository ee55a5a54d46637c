import { afterAll, assert, describe, it } from "vitest"
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
})
