/** The refusal at the first import if Anneal and a program cannot use each other's packages. */
import { spawnSync } from "node:child_process"
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import * as Packed from "../support/packed.ts"

const { effect: version } = manifest.devDependencies

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "anneal-peers-")))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(() => Packed.pack(folder))

/** Effect once more, as another version says that it is one; its modules are ours. */
const copyEffect = (target: string, as: string) => {
  const source = path.join(Packed.root, "node_modules/effect")
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const text = readFileSync(path.join(source, "package.json"), "utf8")
  writeFileSync(
    path.join(target, "package.json"),
    text.replace(`"version": "${version}"`, `"version": "${as}"`)
  )
  symlinkSync(path.join(source, "dist"), path.join(target, "dist"))
}

/** A project that has anneal and its peers, in `folder`. */
const project = (name: string) => {
  const root = path.join(folder, name)
  const anneal = Packed.install(root, path.join(folder, Packed.tarball), Packed.dependencies)
  writeFileSync(path.join(root, "package.json"), '{ "type": "module" }')
  cpSync(path.join(import.meta.dirname, "fixtures/pipeline.mjs"), path.join(root, "pipeline.mjs"))
  return { root, anneal, effect: path.join(root, "node_modules/effect") }
}

const run = (cwd: string, ...args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" })
  return { status, stdout, stderr }
}

const imports = (root: string, specifier: string) => {
  writeFileSync(path.join(root, "main.mjs"), `import "${specifier}"\nconsole.log("runs")`)
  return run(root, "main.mjs")
}

const pipeline = ["node_modules/anneal/bin/anneal.mjs", "pipeline", "show", "pipeline.mjs"]

const modules = [
  "anneal",
  "anneal/Trainer",
  "anneal/Config",
  "anneal/layers/device/AutoDevice",
  "anneal/testing"
]

describe("the peers of a program that imports anneal", () => {
  it("pass where they are of the right version and there once", () => {
    const { root } = project("right")
    for (const specifier of modules) assert.strictEqual(imports(root, specifier).stdout, "runs\n")
    const { status, stdout, stderr } = run(root, ...pipeline)
    assert.strictEqual(status, 0, stderr)
    assert.include(stdout, "noop")
  })

  it("pass with a later patch, which the pipeline's bundle stands for", () => {
    const { root, effect } = project("patch")
    copyEffect(effect, version.replace(/\d+$/, "99"))
    assert.strictEqual(imports(root, "anneal").stdout, "runs\n")
    const { status, stderr } = run(root, ...pipeline)
    assert.strictEqual(status, 0, stderr)
  })

  it("are refused where Effect is of another version, with both places and the command that mends it", () => {
    const { root, anneal, effect } = project("other")
    copyEffect(effect, "4.0.5")
    const sentence = `anneal in ${anneal} needs effect ~${version}, and finds 4.0.5 in ${effect}: npm install effect@${version}`
    for (const specifier of modules) {
      const { status, stdout, stderr } = imports(root, specifier)
      assert.strictEqual(status, 1)
      assert.strictEqual(stdout, "")
      assert.include(stderr, sentence)
      assert.notMatch(stderr, /^\s+at /m)
    }
    const refused = run(root, ...pipeline)
    assert.strictEqual(refused.status, 2)
    assert.include(refused.stderr, `needs effect ~${version}, and finds 4.0.5`)
  })

  it("are refused where Effect is there twice, of the same version", () => {
    const { root, anneal, effect } = project("second")
    const second = path.join(anneal, "node_modules/effect")
    copyEffect(second, version)
    assert.include(
      imports(root, "anneal").stderr,
      `effect is installed twice, and one copy does not know the values of the other: anneal uses ${version} in ${second}, this program uses ${version} in ${realpathSync(effect)}: npm install effect@${version} && npm dedupe`
    )
  })

  it("are refused where a linked package brings its own Effect", () => {
    const { anneal } = project("checkout")
    const place = path.join(folder, "anneal")
    cpSync(anneal, place, { recursive: true })
    for (const name of Packed.dependencies) {
      const target = path.join(place, "node_modules", name)
      mkdirSync(path.dirname(target), { recursive: true })
      symlinkSync(path.join(Packed.root, "node_modules", name), target)
    }
    const root = path.join(folder, "linking")
    mkdirSync(path.join(root, "node_modules"), { recursive: true })
    symlinkSync(place, path.join(root, "node_modules/anneal"))
    copyEffect(path.join(root, "node_modules/effect"), version)
    assert.include(imports(root, "anneal").stderr, `npm install --install-links ${place}`)
  })

  it("are looked up from where a runner was started, not from where the runner is", () => {
    const { root } = project("runner")
    const runner = path.join(root, "node_modules/runner")
    mkdirSync(runner)
    copyEffect(path.join(runner, "node_modules/effect"), "3.0.0")
    writeFileSync(path.join(runner, "run.mjs"), "await import(process.argv[2])")
    writeFileSync(path.join(root, "main.mjs"), 'import "anneal"\nconsole.log("runs")')
    const { stdout, stderr } = run(root, path.join(runner, "run.mjs"), path.join(root, "main.mjs"))
    assert.strictEqual(stdout, "runs\n", stderr)
  })
})
