import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const packaged = join(import.meta.dirname, "../../configs")

/** A tree of configs in a folder of its own. */
const tree = (name: string, files: Readonly<Record<string, string>>) => {
  for (const [file, text] of Object.entries(files)) {
    const target = join(cwd, name, file)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
  return name
}

const check = (name: string) => Anneal.run(cwd, "config", "check", name)

describe("anneal config check", () => {
  it.each(readdirSync(packaged))("has nothing to say of our own configs: %s", async (name) => {
    const { code, stdout, stderr } = await check(join(packaged, name))
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, new RegExp(`configs/${name}: no findings\n$`))
  })

  it.each(["text_detection", "image_classification"])(
    "nor of a copy of those of %s in a project",
    async (task) => {
      const project = join(cwd, task)
      cpSync(join(packaged, task), join(project, "configs"), { recursive: true })
      const { code, stdout, stderr } = await Anneal.run(project, "config", "check")
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout, "configs: no findings\n")
    }
  )

  it("checks those of the usual task where a project has none", async () => {
    const { code, stdout, stderr } = await Anneal.run(Anneal.temporary(), "config", "check")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /configs\/text_detection: no findings\n$/)
  })

  it("finds dead files, unreachable groups, dead keys, shadowed choices and disabled headers", async () => {
    const name = tree("odd", {
      "train.yaml": [
        "defaults:",
        "  - _self_",
        "  - model: small",
        "  - common/schedule",
        "  - trainer: fast",
        "  - common/trainer",
        "seed: 1",
        ""
      ].join("\n"),
      "model/small.yaml": "width: 1\n",
      "model/large.yaml": "# Large\n# @package other\nwidth: 2\n",
      "trainer/fast.yaml": "max_epochs: 3\n",
      "common/trainer.yaml": "# @package trainer\nmax_epochs: 5\n",
      "common/schedule.yaml": "# @package _global_\nseed: 2\n",
      "common/forgotten.yaml": "x: 1\n",
      "presets/a.yaml": "# @package _global_\nseed: 3\n"
    })
    const plain = await check(name)
    assert.strictEqual(plain.code, 2)
    const said = plain.stderr
    assert.match(said, /^anneal: odd: \d+ findings$/m)
    assert.match(said, /odd\/common\/forgotten\.yaml.*no defaults list names/)
    assert.match(said, /no defaults list offers the group "presets"/)
    assert.match(said, /trainer\/fast\.yaml:1:1: trainer\.max_epochs has no effect anywhere/)
    assert.match(said, /large\.yaml:2:1: the header "# @package other" has no effect/)
    assert.match(said, /seed is overwritten by common\/schedule/)
    assert.notInclude(said, cwd, "paths are as they are typed here")
  })

  it("reports a fault of one file once, however many choices show it", async () => {
    cpSync(join(packaged, "text_detection"), join(cwd, "typo"), { recursive: true })
    cpSync(join(packaged, "common/optimizer"), join(cwd, "typo/optimizer"), { recursive: true })
    writeFileSync(join(cwd, "typo/optimizer/adam.yaml"), "kind: adam\nlrr: 1\n")
    const { code, stderr } = await check("typo")
    assert.strictEqual(code, 2)
    assert.match(stderr, /^anneal: typo: 1 finding$/m)
    assert.match(stderr, /typo\/optimizer\/adam\.yaml:2:1: optimizer\.lrr: .*did you mean "lr"/)
  })

  it("composes a tree of a few own configs over those of the package", async () => {
    tree("few", {
      "mine.yaml": "defaults:\n  - train\n  - _self_\n\ntrainer:\n  log_every_n_steps: 5\n",
      "optimizer/own.yaml": "kind: sgd\nlr: 0.1\n"
    })
    const { code, stdout, stderr } = await check("few")
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "few: no findings\n")
  })
})

describe("anneal config schema", () => {
  it("writes a schema for each command and each group, nested ones too", async () => {
    tree("nested", {
      "train.yaml": "seed: 1\n",
      "trainer/fast.yaml": "{}\n",
      "callbacks/early_stopping/off.yaml": "{}\n"
    })
    const { code, stderr } = await Anneal.run(cwd, "config", "schema", "nested")
    assert.strictEqual(code, 0, stderr)
    const folder = join(cwd, "nested/.schema")
    assert.includeMembers(readdirSync(folder), [
      "train.json",
      "test.json",
      "predict.json",
      "trainer.json",
      "callbacks",
      // Groups that are the package's may get options here.
      "optimizer.json",
      "model.json"
    ])
    assert.isTrue(existsSync(join(folder, "callbacks/early_stopping.json")))
    const { properties } = JSON.parse(readFileSync(join(folder, "trainer.json"), "utf8"))
    assert.match(properties.max_epochs.description, /Epochs to train/)
    assert.include(stderr, "# yaml-language-server: $schema=.schema/train.json")
  })
})
