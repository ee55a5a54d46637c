import { spawnSync } from "node:child_process"
import { assert, describe, it } from "vitest"
import * as ThreadArguments from "../../../src/layers/internal/ThreadArguments.ts"

const fixture = new URL("./fixtures/threads.ts", import.meta.url).href

describe("the options of a thread", () => {
  it("are those of the process, unless that runs a text", () => {
    assert.strictEqual(ThreadArguments.forFile([]), undefined)
    assert.strictEqual(ThreadArguments.forFile(["--import", "./a.mjs", "--expose-gc"]), undefined)
    assert.strictEqual(ThreadArguments.forFile(["-e", "1"]), undefined)
  })

  it("are what loads modules, where the process runs a text", () => {
    assert.deepStrictEqual(
      ThreadArguments.forFile([
        "--expose-gc",
        "--import",
        "./a.mjs",
        "--input-type=module",
        "--require=./b.cjs",
        "-C",
        "c",
        "--conditions=d",
        "--max-old-space-size=900",
        "-e",
        "1"
      ]),
      ["--import", "./a.mjs", "--require=./b.cjs", "-C", "c", "--conditions=d"]
    )
    assert.deepStrictEqual(ThreadArguments.forFile(["--input-type", "module"]), [])
  })

  it.each([
    [["--input-type=module"]],
    [["--input-type=module-typescript", "--expose-gc"]],
    [["--import", "data:text/javascript,globalThis.before=1", "--input-type=module"]],
    [[]]
  ])("let every thread start in a program that is given as text, with %j", (options) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...options, "--eval", `import(${JSON.stringify(fixture)})`],
      { encoding: "utf8" }
    )
    assert.strictEqual(status, 0, stderr)
    const { delivered, ...rest } = JSON.parse(stdout)
    assert.deepStrictEqual(rest, { engine: "wasm simd, 2 threads", scaled: "2,4" })
    assert.isAbove(delivered, 100)
  })
})
