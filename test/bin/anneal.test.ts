import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, it, onTestFinished } from "vitest"

const program = path.join(path.dirname(path.dirname(import.meta.dirname)), "bin", "anneal.mjs")

/** Runs `bin/anneal.mjs` where only these files stand, each given with its age in seconds. */
const run = (files: Readonly<Record<string, number>>, args: ReadonlyArray<string> = ["a", "b"]) => {
  const root = mkdtempSync(path.join(tmpdir(), "anneal-bin-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const copy = path.join(root, "bin", "anneal.mjs")
  mkdirSync(path.dirname(copy))
  copyFileSync(program, copy)
  const now = Date.now() / 1000
  for (const [file, age] of Object.entries(files)) {
    const target = path.join(root, file)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, `console.log(${JSON.stringify(file)}, process.argv.slice(2).join())`)
    utimesSync(target, now - age, now - age)
    // Making a file touches its folder, which has to look as old as what lies in it.
    utimesSync(path.dirname(target), now - age, now - age)
    if (file.startsWith("src")) utimesSync(path.join(root, "src"), now - age, now - age)
  }
  return spawnSync(process.execPath, [copy, ...args], { encoding: "utf8" })
}

it("starts the bundle where there are no sources, whatever their age", () => {
  assert.strictEqual(run({ "dist/cli/main.mjs": 1e9 }).stdout, "dist/cli/main.mjs a,b\n")
})

it("starts the bundle of a package, whose sources are there to be read", () => {
  assert.strictEqual(
    run({ "src/pipeline/Plan.ts": 20, "dist/cli/main.mjs": 1e9 }).stdout,
    "dist/cli/main.mjs a,b\n"
  )
})

it("starts the bundle where it is newer than the sources", () => {
  assert.strictEqual(
    run({ "src/cli/main.ts": 100, "dist/cli/main.mjs": 50 }).stdout,
    "dist/cli/main.mjs a,b\n"
  )
})

it("starts the sources where one of them is newer than the bundle, or there is no bundle", () => {
  const files = { "src/cli/main.ts": 100, "src/pipeline/deep/Plan.ts": 20, "dist/cli/main.mjs": 50 }
  assert.strictEqual(run(files).stdout, "src/cli/main.ts a,b\n")
  assert.strictEqual(run({ "src/cli/main.ts": 100 }).stdout, "src/cli/main.ts a,b\n")
})

it("starts `anneal pipeline` from a bundle of its own", () => {
  const files = { "dist/cli/main.mjs": 1e9, "dist/pipeline/pipelineMain.mjs": 1e9 }
  assert.strictEqual(
    run(files, ["pipeline", "plan"]).stdout,
    "dist/pipeline/pipelineMain.mjs pipeline,plan\n"
  )
  const sources = { "src/cli/pipelineMain.ts": 10, "dist/pipeline/pipelineMain.mjs": 50 }
  assert.strictEqual(run(sources, ["pipeline"]).stdout, "src/cli/pipelineMain.ts pipeline\n")
})
