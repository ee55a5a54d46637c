/** What the package gives to others is one list: `src/index.ts`, the `exports` of package.json, the reference. */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { assert, describe, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }

const root = path.dirname(path.dirname(import.meta.dirname))
const index = readFileSync(path.join(root, "src/index.ts"), "utf8")

/** Namespaces of the root, and their sources. */
const namespaces = [...index.matchAll(/^export \* as (\w+) from "(.+)"$/gm)].map(
  ([, name = "", file = ""]) => [name, file.replace("./", "./src/")] as const
)

/** What is imported by its own path only. */
const byPath = [...index.matchAll(/^\/\/ anneal\/(\S+): /gm)].map(([, name = ""]) => name)

const { ".": self, "./package.json": data, ...exported } = manifest.exports
const targets: ReadonlyArray<readonly [string, (typeof exported)["./Trainer"]]> = Object.entries(exported)
const modules = targets.map(([name, target]) => [name.replace("./", ""), target] as const)

const sorted = (names: ReadonlyArray<string>) => names.toSorted()

describe("the public face", () => {
  it("is the same list in src/index.ts and in package.json", () => {
    assert.isAbove(byPath.length, 0)
    assert.deepStrictEqual(
      sorted(modules.map(([name]) => name)),
      sorted([...namespaces.map(([name]) => name), ...byPath])
    )
    assert.strictEqual(self["@anneal/source"], "./src/index.ts")
    assert.strictEqual(data, "./package.json")
  })

  it("gives a namespace of the root and the module of its name from one file", () => {
    assert.isAbove(namespaces.length, 0)
    const files = new Map(modules.map(([name, target]) => [name, target["@anneal/source"]]))
    for (const [name, file] of namespaces) assert.strictEqual(files.get(name), file)
  })

  it("leads to a source that is there, and to what is built of it", () => {
    for (const [name, target] of modules) {
      const source = target["@anneal/source"]
      assert.isTrue(existsSync(path.join(root, source)), `${name}: ${source} does not exist`)
      const built = source.replace("./src/", "./dist/lib/").replace(/\.ts$/, "")
      assert.deepStrictEqual(
        { ...target },
        {
          "@anneal/source": source,
          types: `${built}.d.ts`,
          default: `${built}.js`
        }
      )
    }
  })

  it("is the same list as the reference", async () => {
    const { default: reference } = await import("../../docs/typedoc.config.js")
    const testing = [...readFileSync(path.join(root, "src/testing/index.ts"), "utf8").matchAll(/"\.\/(.+)"/g)]
    assert.deepStrictEqual(
      sorted(reference.entryPoints.map((file) => path.relative(root, path.resolve(root, "docs", file)))),
      sorted([
        ...modules
          .filter(([name]) => name !== "testing")
          .map(([, target]) => path.normalize(target["@anneal/source"])),
        ...testing.map(([, file]) => `src/testing/${file}`)
      ])
    )
  })
})
