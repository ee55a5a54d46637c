import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, assert, describe, it } from "vitest"
import * as SourceModules from "../../../src/layers/cache/SourceModules.ts"

const folder = mkdtempSync(join(tmpdir(), "anneal-sources-"))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => {
  mkdirSync(join(folder, name, ".."), { recursive: true })
  writeFileSync(join(folder, name), text)
}

write(
  "src/train.ts",
  `import { net } from "./net.ts"
import type { Erased } from "./erased.ts"
import * as Effect from "effect/Effect"
export { type Kept, other } from "../shared/other.ts"
export const worker = new URL("./worker.ts", import.meta.url)
export const later = () => import("./later.ts")
// import "./nowhere.ts"
`
)
write("src/net.ts", `import "./train.ts"\nexport const net = 1\n`)
for (const name of ["src/erased.ts", "src/worker.ts", "src/later.ts", "shared/other.ts"]) write(name, "")

describe("modules of a stage as files", () => {
  it("are those that it imports by relative paths, workers and later ones too, but no types and no packages", () => {
    const modules = SourceModules.make()(join(folder, "src/train.ts"))
    assert.deepStrictEqual(Object.keys(modules).toSorted(), [
      "../shared/other.ts",
      "later.ts",
      "net.ts",
      "train.ts",
      "worker.ts"
    ])
    assert.match(modules["net.ts"] ?? "", /^sha256:[0-9a-f]{64}$/)
  })

  it("stay what they were when they were first asked for", () => {
    const modules = SourceModules.make()
    const file = join(folder, "src/net.ts")
    const before = modules(pathToFileURL(file).href)
    write("src/net.ts", `import "./train.ts"\nexport const net = 2\n`)
    assert.deepStrictEqual(modules(file), before)
    assert.notStrictEqual(SourceModules.make()(file)["net.ts"], before["net.ts"])
  })

  it("are none if the file cannot be read", () => {
    assert.deepStrictEqual(SourceModules.make()(join(folder, "nowhere.ts")), {})
    assert.deepStrictEqual(SourceModules.make()("file://host/nowhere.ts"), {})
  })
})
