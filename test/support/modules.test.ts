import { assert, it } from "vitest"
import { loadedByNode } from "./modules.ts"

const packagesOf = (code: string) => [...loadedByNode("--input-type=module", "--eval", code).packages]

it("sees packages that are imported, imported lazily and required", () => {
  assert.deepStrictEqual(packagesOf('import "clipper2-ts"'), ["clipper2-ts"])
  assert.includeMembers(packagesOf('await import("@tensorflow/tfjs-core")'), ["@tensorflow/tfjs-core"])
  assert.includeMembers(
    packagesOf('process.getBuiltinModule("module").createRequire(process.cwd() + "/x")("sharp")'),
    ["sharp"]
  )
})

it("sees no package where none is loaded", () => {
  assert.deepStrictEqual(packagesOf('import "node:fs"; () => import("sharp")'), [])
})

it("keeps the exit code and what was printed", () => {
  const { code, stdout, stderr } = loadedByNode(
    "-e",
    'console.log("a"); console.error("b"); process.exitCode = 3; import("node:os")'
  )
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 3, stdout: "a\n", stderr: "b\n" })
})
