import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import * as Packed from "../support/packed.ts"

const { root } = Packed
const index = readFileSync(path.join(root, "src/index.ts"), "utf8")
const namespaces = [...index.matchAll(/^export \* as (\w+) from/gm)].flatMap(([, name]) => name ?? [])

const { ".": self, "./package.json": _, ...exported } = manifest.exports
/** Every module by its path behind `anneal`. */
const modules = Object.keys(exported).map((name) => name.slice("./".length))

/** A project of somebody else's that has installed what `npm publish` would send. */
const consumer = mkdtempSync(path.join(tmpdir(), "anneal-consumer-"))
const installed = path.join(consumer, "node_modules", "anneal")

const run = (program: string, ...args: ReadonlyArray<string>) =>
  execFileSync(program, args, { cwd: consumer, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

beforeAll(() => {
  Packed.pack(consumer)
  Packed.install(consumer, path.join(consumer, Packed.tarball), [...Packed.dependencies, "@types/node"])
  writeFileSync(path.join(consumer, "package.json"), '{ "type": "module" }')
})

afterAll(() => rmSync(consumer, { recursive: true }))

describe("the published package", () => {
  it("holds the program, its configuration and nothing of the workshop", () => {
    const names = Packed.namesIn(installed)
    assert.includeMembers(names, ["LICENSE", "bin", "configs", "dist", "package.json", "src"])
    assert.deepStrictEqual(
      names.filter((name) => /^(test|bench|scripts|tools|node_modules)$/.test(name)),
      []
    )
    assert.notInclude(Packed.namesIn(path.join(installed, "src/cli")), "main.ts")
  })

  it("leads from the declarations of each module to its source", () => {
    for (const { types, "@anneal/source": source } of [self, ...Object.values(exported)]) {
      const map = path.join(installed, `${types}.map`)
      const { sources }: { readonly sources: ReadonlyArray<string> } = JSON.parse(readFileSync(map, "utf8"))
      assert.deepStrictEqual(
        sources.map((name) => path.resolve(path.dirname(map), name)),
        [path.join(installed, source)]
      )
      assert.isTrue(existsSync(path.join(installed, source)), source)
    }
  })

  it("starts the program", () => {
    const program = path.join(installed, "bin", "anneal.mjs")
    assert.include(run(process.execPath, program, "--version"), manifest.version)
  })

  it("gives every namespace of its index by a path of its own as well", () => {
    assert.isAbove(namespaces.length, 0)
    const imports = namespaces.map((name) => `import * as ${name} from "anneal/${name}"`)
    const pairs = namespaces.map((name) => `[${JSON.stringify(name)}, ${name} === all.${name}]`)
    writeFileSync(
      path.join(consumer, "program.mjs"),
      [...imports, 'import * as all from "anneal"', `console.log(JSON.stringify([${pairs.join()}]))`].join(
        "\n"
      )
    )
    assert.deepStrictEqual(
      JSON.parse(run(process.execPath, "program.mjs")),
      namespaces.map((name) => [name, true])
    )
  })

  it("gives every module by its path", () => {
    const imports = modules.map((name) => `import * as module${modules.indexOf(name)} from "anneal/${name}"`)
    writeFileSync(path.join(consumer, "modules.mjs"), [...imports, 'console.log("all")'].join("\n"))
    assert.strictEqual(run(process.execPath, "modules.mjs"), "all\n")
  })

  it("trains the detector in a program of one's own, and resumes it", () => {
    cpSync(path.join(import.meta.dirname, "fixtures/embedded.ts"), path.join(consumer, "embedded.ts"))
    assert.match(run(process.execPath, "embedded.ts", "1"), /^max_steps=1 reached 1 /)
    assert.match(run(process.execPath, "embedded.ts", "3", "last"), /^max_steps=3 reached 3 /)
  })

  it("is typed for a strict program", () => {
    const uses = modules.map(
      (name, i) => `import * as m${i} from "anneal/${name}"\nexport const of${i} = m${i}\n`
    )
    writeFileSync(path.join(consumer, "program.ts"), [...uses, 'export * from "anneal"'].join(""))
    const flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024", "--types", "node"]
    const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc")
    const { stdout } = spawnSync(process.execPath, [compiler, ...flags, "program.ts"], {
      cwd: consumer,
      encoding: "utf8"
    })
    // TensorFlow.js's own declarations do not pass with the libraries of today's compiler; ours have to.
    assert.deepStrictEqual(
      stdout.split("\n").filter((line) => /^(program\.ts|node_modules\/anneal\/)/.test(line)),
      []
    )
  })

  it("keeps its internals to itself", () => {
    for (const name of ["internal/x", "layers/device/pack/Pack", "Fit", "runs/Figures", "src/index.ts"]) {
      assert.throws(
        () => run(process.execPath, "--input-type=module", "--eval", `import "anneal/${name}"`),
        /ERR_PACKAGE_PATH_NOT_EXPORTED/
      )
    }
  })
})
