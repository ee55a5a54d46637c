import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const json = (path: string) => JSON.parse(readFileSync(path, "utf8"))

describe("a first run, on a part of its data", () => {
  it.each([
    ["0.01", "refactor_test"],
    ["0.1", "refactor_validation"]
  ])("limits of %s, exp_name=%s", async (limit, name) => {
    const { code, stderr } = await Anneal.run(
      cwd,
      "train",
      "trainer.max_epochs=1",
      `trainer.limit_train_batches=${limit}`,
      `trainer.limit_val_batches=${limit}`,
      `exp_name=${name}`,
      "logger.wandb.enabled=false"
    )
    assert.strictEqual(code, 0, stderr)
    const run = Anneal.runIn(cwd, "train", name)
    const record = json(join(run, "run.json"))
    assert.strictEqual(record.status, "done")
    assert.containsAllKeys(record.versions, ["anneal", "effect", "node", "tfjs-core"])
    assert.match(`${record.data.train} ${record.data.val}`, /^sha256:[0-9a-f]{64} sha256:[0-9a-f]{64}$/)
    assert.hasAllKeys(record.durations, ["data", "step", "validation", "checkpoint", "logging"])
    assert.isAbove(record.peakMemory, 50e6)
    assert.sameMembers(readdirSync(join(run, ".hydra")), ["config.yaml", "hydra.yaml", "overrides.yaml"])
    assert.isTrue(existsSync(join(run, "checkpoints/last/model.safetensors")))
    assert.isTrue(existsSync(join(run, "figures/predictions.png")))
    assert.isTrue(existsSync(join(run, "figures/curves.png")))
  })
})

describe("train, test, predict", () => {
  it("test gives the numbers of the validation to the last digit, and predict writes its files", async () => {
    const out = join(cwd, "drawn")
    const drawn = await Anneal.run(cwd, "data", "synth", "--out", out, "--count", "10", "--seed", "7")
    assert.strictEqual(drawn.code, 0, drawn.stderr)
    assert.isTrue(existsSync(join(out, "preview/preview_grid.png")))
    const own = ["data=receipts", `data.root=${out}`, "exp_name=own"]
    const settings = [
      ...Anneal.small.filter((one) => !/_size=/.test(one)),
      "trainer.max_epochs=3",
      "data.repeat=4"
    ]
    const trained = await Anneal.run(cwd, "train", ...own, ...settings)
    assert.strictEqual(trained.code, 0, trained.stderr)
    const { metrics, data } = json(join(Anneal.runIn(cwd, "train", "own"), "run.json"))
    const tested = await Anneal.run(
      cwd,
      "test",
      "exp_name=own",
      "checkpoint_path=last",
      "compare_with=last",
      "search_thresholds=true"
    )
    assert.strictEqual(tested.code, 0, tested.stderr)
    assert.match(tested.stderr, /best on the validation data: postprocess\.thresh=/)
    assert.match(tested.stderr, /metric +checkpoint +compared +difference/)
    const report = join(Anneal.runIn(cwd, "test", "own"), "report")
    assert.deepStrictEqual(json(join(report, "compared.json")).metrics, JSON.parse(tested.stdout))
    assert.sameMembers(readdirSync(report), ["compared.json", "pictures.csv", "report.json"])
    const testRun = json(join(Anneal.runIn(cwd, "test", "own"), "run.json"))
    assert.strictEqual(
      testRun.data.test,
      data.val,
      "without a test folder, the pictures that validated are tested"
    )
    const seen = JSON.parse(tested.stdout)
    for (const name of ["precision", "recall", "hmean"]) {
      assert.strictEqual(seen[`test/${name}`], metrics[`val/${name}`])
    }
    const predicted = await Anneal.run(
      cwd,
      "predict",
      "exp_name=own",
      `image_dir=${out}/images`,
      "include_confidence=true",
      "minified_json=true"
    )
    assert.strictEqual(predicted.code, 0, predicted.stderr)
    const predictions = join(Anneal.runIn(cwd, "predict", "own"), "predictions")
    assert.strictEqual(readdirSync(join(predictions, "overlays")).length, 10)
    assert.strictEqual(Object.keys(json(join(predictions, "predictions.json")).images).length, 10)
    assert.match(readFileSync(join(predictions, "submission.csv"), "utf8"), /^filename,polygons\n/)
  })
})

describe("interruption", () => {
  it("Ctrl-C ends with 130 and a whole checkpoint, and resume=last goes on in the same run", async () => {
    const args = [
      "train",
      ...Anneal.small,
      "exp_name=stopped",
      "trainer.max_epochs=200",
      "trainer.log_every_n_steps=1"
    ]
    const training = Anneal.start(cwd, ...args)
    await training.says("step 2 ")
    training.process.kill("SIGINT")
    const { code, stderr } = await training.ended
    assert.strictEqual(code, 130, stderr)
    const run = Anneal.runIn(cwd, "train", "stopped")
    const { status, steps } = json(join(run, "run.json"))
    assert.strictEqual(status, "interrupted")
    const { step } = json(join(run, "checkpoints/last/state.json"))
    assert.isAtLeast(step, 2)
    const resumed = await Anneal.run(
      cwd,
      ...args.filter((arg) => !arg.startsWith("trainer.max_epochs")),
      "trainer.max_epochs=1",
      "resume=last"
    )
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.strictEqual(Anneal.runIn(cwd, "train", "stopped"), run)
    assert.strictEqual(json(join(run, "run.json")).status, "done")
    assert.isAtLeast(json(join(run, "run.json")).steps, steps)
    assert.isFalse(existsSync(join(run, ".lock")))
  })
})
