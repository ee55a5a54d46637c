import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

describe("anneal config", () => {
  it("explain shows what set a value and what was overridden", async () => {
    const { code, stdout } = await Anneal.run(cwd, "config", "explain", "trainer.max_epochs", "data=receipts")
    assert.strictEqual(code, 0)
    assert.include(stdout, "trainer.max_epochs = 12")
    assert.include(stdout, "trainer/receipts.yaml")
    assert.include(stdout, "trainer/default.yaml")
  })

  it("explain refuses a key that never was, with the nearest one", async () => {
    const { code, stderr } = await Anneal.run(cwd, "config", "explain", "trainer.max_epoch")
    assert.strictEqual(code, 2)
    assert.include(stderr, "trainer.max_epochs")
  })

  it("--cfg plan prints what is decoded, defaults and all, or a part of it", async () => {
    const { code, stdout, stderr } = await Anneal.run(
      cwd,
      "train",
      "--cfg",
      "plan",
      "-p",
      "callbacks.model_checkpoint"
    )
    assert.strictEqual(code, 0, stderr)
    assert.deepInclude(JSON.parse(stdout), { monitor: "objective", save_weights_only: false })
    const wrong = await Anneal.run(
      cwd,
      "config",
      "show",
      "--cfg",
      "plan",
      "-p",
      "callbacks.model_checkpoints"
    )
    assert.strictEqual(wrong.code, 2)
    assert.include(wrong.stderr, "model_checkpoint")
  })

  it("--cfg shows what a sweep varies as it is without, and runs nothing", async () => {
    const { code, stdout } = await Anneal.run(cwd, "train", "-m", "optimizer.lr=0.1,0.2", "--cfg", "job")
    assert.strictEqual(code, 0)
    assert.include(stdout, "lr: 0.002")
    assert.isFalse(existsSync(join(cwd, "outputs")))
  })

  it("show prints one part, and warns of an override without effect on standard error", async () => {
    const overrides = ["trainer.max_epochs=3", "trainer.max_epochs=4"]
    const { code, stdout, stderr } = await Anneal.run(cwd, "config", "show", "-p", "trainer", ...overrides)
    assert.strictEqual(code, 0)
    assert.match(stdout, /^# @package trainer\nmax_epochs: 4\n/)
    assert.include(stderr, "trainer.max_epochs=3")
    const strict = await Anneal.run(cwd, "config", "show", "--strict", ...overrides)
    assert.strictEqual(strict.code, 2)
    assert.include(strict.stderr, "no effect")
  })

  it("--info defaults-tree draws the defaults", async () => {
    const { code, stdout } = await Anneal.run(cwd, "train", "--info", "defaults-tree")
    assert.strictEqual(code, 0)
    assert.include(stdout, "trainer: synthetic")
  })
})

describe("--multirun", () => {
  it("runs every combination, each in its folder, and shows them in a table", async () => {
    const { code, stdout, stderr } = await Anneal.run(
      cwd,
      "train",
      "--multirun",
      ...Anneal.small,
      "trainer.max_steps=1",
      "exp_name=sweep",
      "optimizer.lr=0.001,0.002"
    )
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /job +overrides/)
    assert.match(stdout, /0 +optimizer.lr=0.001 /)
    assert.match(stdout, /1 +optimizer.lr=0.002 /)
    const folder = join(cwd, "outputs/experiments/train/text_detection/sweep/multirun")
    const sweep = join(folder, readdirSync(folder)[0] ?? "")
    assert.sameMembers(readdirSync(sweep), ["0", "1", "multirun.yaml"])
    assert.include(readFileSync(join(sweep, "1/.hydra/overrides.yaml"), "utf8"), "optimizer.lr=0.002")
    assert.isTrue(existsSync(join(sweep, "1/run.json")))
    const listed = await Anneal.run(cwd, "runs", "list", "--json", "--where", "experiment=sweep")
    assert.strictEqual(JSON.parse(listed.stdout).length, 2)
  })

  it("reports a job that failed, runs the others, and ends with its code", async () => {
    const { code, stdout } = await Anneal.run(
      cwd,
      "train",
      "-m",
      ...Anneal.small,
      "trainer.max_steps=1",
      "exp_name=partly",
      "trainer.devices=2,1"
    )
    assert.strictEqual(code, 2)
    assert.match(stdout, /0 +trainer.devices=2 .*failed/)
    assert.match(stdout, /1 +trainer.devices=1 .*partly/)
  })
})
