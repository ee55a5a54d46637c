/** The kernel pack that is committed is what its C sources give; without the compiler that is not looked at. */
import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { plain, shared } from "../../../src/layers/device/pack/binary.ts"
import { blockKernels } from "../../../src/layers/device/pack/Pack.ts"

const compiler = process.env.CLANG ?? "clang-19"
const compilerIsHere = spawnSync(compiler, ["--version"], { stdio: "ignore" }).status === 0

const exportsOf = (base64: string): ReadonlyArray<string> =>
  WebAssembly.Module.exports(new WebAssembly.Module(Buffer.from(base64, "base64"))).map(({ name }) => name)

describe("the committed kernel pack", () => {
  it.skipIf(!compilerIsHere)(
    `is what its sources give, byte by byte${compilerIsHere ? "" : ` (skipped: ${compiler} is not on this machine)`}`,
    () => {
      const script = `${import.meta.dirname}/../../../scripts/build-kernels.ts`
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--check"], {
        encoding: "utf8"
      })
      assert.strictEqual(status, 0, stderr)
      assert.include(stdout, "are what the sources give")
    }
  )

  it("has every kernel that threads know, for memory of one thread and of several", () => {
    for (const binary of [plain, shared]) assert.includeMembers([...exportsOf(binary)], [...blockKernels])
  })
})
