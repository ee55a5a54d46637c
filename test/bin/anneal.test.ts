import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, it, onTestFinished } from "vitest"

const program = path.join(path.dirname(path.dirname(import.meta.dirname)), "bin", "anneal.mjs")

/** Runs `bin/anneal.mjs` where only these files stand, each given with its age in seconds. */
const run = (
  files: Readonly<Record<string, number>>,
  args: ReadonlyArray<string> = ["a", "b"],
  configs: Readonly<Record<string, string>> = {}
) => {
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
  for (const [file, text] of Object.entries(configs)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
  }
  return spawnSync(process.execPath, [copy, ...args], { cwd: root, encoding: "utf8" })
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

it.each([
  [["pipeline", "plan"]],
  [["runs", "resume", "3fk2"]],
  [["train", "task=./src/task.ts"]],
  [["train", "-m", "+task=src/task.ts"]],
  [["config", "show", "task='../task.js'"]],
  [["complete", "bash", "train", "task=./task.ts", "data."]]
])("starts %j from the bundle that shares Effect and Anneal with a module of the user's own", (args) => {
  const files = { "dist/cli/main.mjs": 1e9, "dist/shared/sharedMain.mjs": 1e9 }
  assert.strictEqual(run(files, args).stdout, `dist/shared/sharedMain.mjs ${args.join()}\n`)
  const sources = { "src/cli/sharedMain.ts": 10, "dist/shared/sharedMain.mjs": 50 }
  assert.strictEqual(run(sources, args).stdout, `src/cli/sharedMain.ts ${args.join()}\n`)
})

it.each([
  [["train", "task=text_detection"]],
  [["train", "data.root=./receipts"]],
  [["runs", "list"]],
  [["doctor", "task=./src/task.ts"]]
])("starts %j from the bundle that starts faster", (args) => {
  const files = { "dist/cli/main.mjs": 1e9, "dist/shared/sharedMain.mjs": 1e9 }
  assert.strictEqual(run(files, args).stdout, `dist/cli/main.mjs ${args.join()}\n`)
})

it.each<readonly [string, Readonly<Record<string, string>>, ReadonlyArray<string>]>([
  ["shared", { "configs/train.yaml": "task: ./src/task.ts\n" }, ["train"]],
  ["shared", { "configs/experiment/deep.yml": "# mine\n'task': '../task.ts' # there\n" }, ["test"]],
  ["shared", { "mine/base.yaml": "task: ~/task.js\n" }, ["train", "--config-dir", "mine"]],
  ["shared", { "mine/base.yaml": "task: ./task.js\n" }, ["predict", "-cd=mine"]],
  ["cli", { "configs/train.yaml": "task: image_classification\n" }, ["train"]],
  ["cli", { "mine/base.yaml": "task: ./task.js\n" }, ["train"]],
  ["cli", { "configs/notes.txt": "task: ./task.js\n" }, ["train"]]
])("starts the bundle %s beside %j with %j", (bundle, configs, args) => {
  const files = { "dist/cli/main.mjs": 1e9, "dist/shared/sharedMain.mjs": 1e9 }
  const main = bundle === "shared" ? "sharedMain" : "main"
  assert.strictEqual(run(files, args, configs).stdout, `dist/${bundle}/${main}.mjs ${args.join()}\n`)
})
