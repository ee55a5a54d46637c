import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import { loadedByAnneal } from "../support/modules.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

beforeAll(() => {
  mkdirSync(join(cwd, "pictures"))
  writeFileSync(join(cwd, "pictures.txt"), "")
})

const available = (shell: string) => spawnSync(shell, ["--version"]).status === 0

/** The line as it stands after its last word was completed by the script in a real bash. */
const inBash = (line: string) => {
  const script = `
    eval "$('${process.execPath}' '${Anneal.program}' --completions bash)"
    compopt() { printf 'option %s %s\\n' "$@"; }
    COMP_LINE=$1; COMP_POINT=\${#1}
    current=\${1##*[[:space:]]}
    _anneal anneal "\${current##*[=:@]}" previous
    printf '%s\\n' "\${COMPREPLY[@]}"
  `
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script, "bash", line], {
    cwd,
    encoding: "utf8"
  })
  assert.strictEqual(stderr, "")
  return stdout.split("\n").filter((word) => word !== "")
}

describe.skipIf(!available("bash"))("anneal --completions bash", () => {
  it("completes commands and flags", () => {
    assert.includeMembers(inBash("anneal "), ["train", "runs", "config"])
    assert.deepStrictEqual(inBash("anneal tra"), ["train"])
    assert.deepStrictEqual(inBash("anneal train --mul"), ["--multirun"])
    assert.deepStrictEqual(inBash("anneal train -c "), ["job", "plan", "hydra", "all"])
  })

  it("completes groups, options and keys of overrides, after the last = only", () => {
    assert.deepStrictEqual(inBash("anneal train dat"), ["option -o nospace", "data.", "data="])
    assert.deepStrictEqual(inBash("anneal train data="), ["receipts", "synthetic"])
    assert.deepStrictEqual(inBash("anneal train trainer.max_e"), ["option -o nospace", "trainer.max_epochs="])
    assert.deepStrictEqual(inBash("anneal train optimizer=sgd optimizer.mom"), [
      "option -o nospace",
      "optimizer.momentum="
    ])
    assert.deepStrictEqual(inBash("anneal config explain trainer.max_e"), ["trainer.max_epochs"])
    assert.includeMembers(inBash("anneal config show --for predict image"), ["image_dir="])
  })

  it("completes values that the plan counts, beside the one that stands there", () => {
    assert.includeMembers(inBash("anneal train trainer.accelerator="), ["auto", "wasm", "gpu"])
    assert.deepStrictEqual(inBash("anneal train trainer.deterministic=f"), ["false"])
    assert.includeMembers(inBash("anneal train optimizer.kind="), ["adam", "sgd", "lion"])
    assert.deepStrictEqual(inBash("anneal train seed="), ["42"])
  })

  it("leaves files and folders to the shell, and completes those in overrides", () => {
    assert.deepStrictEqual(inBash("anneal train --config-dir pic"), ["option -o filenames", "pictures"])
    assert.deepStrictEqual(inBash("anneal train data.root=./pic"), [
      "option -o nospace",
      "./pictures/",
      "./pictures.txt"
    ])
  })

  it("offers nothing where the line makes no sense", () => {
    assert.deepStrictEqual(inBash("anneal train optimizer=nothing optimizer.mom"), [])
    assert.deepStrictEqual(inBash("anneal doctor x"), [])
    assert.deepStrictEqual(inBash("anneal runs show x"), [])
  })
})

describe("anneal complete", () => {
  it("describes words to the shells that show it", async () => {
    const { stdout } = await Anneal.run(cwd, "complete", "zsh", "runs", "lis")
    assert.strictEqual(stdout, "list\tList runs, newest first\n")
    const { stdout: last } = await Anneal.run(cwd, "complete", "bash", "runs", "lis")
    assert.strictEqual(last, "list\n")
  })

  it("loads neither TensorFlow.js nor sharp, nor the plans", () => {
    const { code, packages, modules, stdout } = loadedByAnneal("complete", "bash", "train", "trainer.max_e")
    assert.strictEqual(code, 0)
    assert.strictEqual(stdout, "trainer.max_epochs=\n")
    assert.deepStrictEqual(
      packages.filter((name) => /^(@tensorflow\/|sharp$|@napi-rs\/canvas)/.test(name)),
      []
    )
    assert.deepStrictEqual(
      modules.filter((url) => /\/src\/(tasks|layers)\//.test(url)),
      []
    )
  })

  it.each(["zsh", "fish"])("%s can read its script", (shell) => {
    if (!available(shell)) return console.log(`skipped: no ${shell} on this machine`)
    const script = spawnSync(process.execPath, [Anneal.program, "--completions", shell], { encoding: "utf8" })
    const read = spawnSync(shell, ["-n"], { input: script.stdout, encoding: "utf8" })
    assert.strictEqual(read.status, 0, read.stderr)
  })
})
