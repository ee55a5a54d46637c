/** A task that is a module of somebody else's project has the whole run that a built-in one has. */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "vitest"
import * as Anneal from "../support/anneal.ts"
import * as Project from "../support/project.ts"

const cwd = Project.foreign()
afterAll(() => Anneal.remove(cwd))

const anneal = (...args: ReadonlyArray<string>) => Anneal.run(cwd, ...args)

/** Of a command that succeeds. */
const outputOf = async (...args: ReadonlyArray<string>) => {
  const ended = await anneal(...args)
  assert.strictEqual(ended.code, 0, ended.stderr)
  return ended
}

/** What a command that is refused says. */
const refusal = async (...args: ReadonlyArray<string>) => {
  const { code, stderr } = await anneal(...args)
  assert.strictEqual(code, 2, stderr)
  return stderr
}

const node = (...args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, CI: "1" }
  })
  assert.strictEqual(status, 0, stderr)
  return { stdout, stderr }
}

const folderOf = (kind: string, name: string) => {
  const folder = join(cwd, "outputs/experiments", kind, "stripes", name)
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? "")
}

const read = (...path: ReadonlyArray<string>) => readFileSync(join(...path), "utf8")

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((file) => join(file.parentPath, file.name))
    .toSorted()

/** A file without the number of threads, which may change on resume. */
const contentOf = (file: string) =>
  file.endsWith("state.json") ? read(file).replace(/"threads":\s*\d+/, "") : readFileSync(file)

/** Digests of all checkpoints, and the log without the pace of each step. */
const resultsOf = (run: string) => {
  const [header = "", ...lines] = read(run, "metrics.csv").split("\n")
  const pace = header.split(",").findIndex((name) => name.endsWith("_per_second"))
  return {
    checkpoints: filesIn(join(run, "checkpoints")).map(
      (file) => `${file.slice(run.length)} ${createHash("sha256").update(contentOf(file)).digest("hex")}`
    ),
    log: lines.map((line) => line.split(",").toSpliced(pace, 1).join(","))
  }
}

beforeAll(async () => {
  await outputOf(
    "train",
    "exp_name=first",
    "logger=wandb",
    "++logger.wandb.settings.offline=true",
    "+logger.tensorboard.enabled=true"
  )
})

describe("train", () => {
  it("leaves a run directory with checkpoints, log, figures of the task and files of the trackers", () => {
    const run = folderOf("train", "first")
    const names = filesIn(run).map((file) => file.slice(run.length + 1))
    for (const wanted of [
      /^run\.json$/,
      /^plan\.yaml$/,
      /^metrics\.csv$/,
      /^checkpoints\/best-accuracy-[\d.]+\/model\.safetensors$/,
      /^checkpoints\/last\/model\.safetensors$/,
      /^figures\/confusion\.png$/,
      /^figures\/curves\.png$/,
      /^logs\/events\.out\.tfevents\./,
      /^wandb\/offline-run-.*\.wandb$/,
      /^wandb\/offline-run-.*val\/worst_0.*\.png$/
    ]) {
      assert.isTrue(
        names.some((name) => wanted.test(name)),
        `${wanted} among ${names.join("\n")}`
      )
    }
    const { task, data } = JSON.parse(read(run, "run.json"))
    assert.deepInclude(task, {
      name: "stripes",
      objective: { metric: "accuracy", mode: "max" },
      module: join(cwd, "src/task.ts")
    })
    assert.deepStrictEqual(Object.keys(data), ["train", "val"])
    const { monitored } = JSON.parse(
      read(
        join(
          run,
          "checkpoints",
          readdirSync(join(run, "checkpoints")).find((n) => n.startsWith("best")) ?? ""
        ),
        "state.json"
      )
    )
    assert.include(monitored, { metric: "val/accuracy", mode: "max" })
  })

  it("refuses typos in its keys and groups with the place and the nearest name", async () => {
    assert.match(await refusal("train", "data.sample=3"), /"data\.sample=3".*did you mean "samples"\?/)
    assert.match(await refusal("train", "trainer.max_epoch=3"), /did you mean "max_epochs"\?/)
    assert.match(await refusal("train", "model=wid"), /Did you mean "wide"\?[\s\S]*narrow\n\s+wide/)
    assert.match(
      await refusal("train", "+data.sampls=3"),
      /data\.sampls: there is no such key \(did you mean "samples"\?\)/
    )
    assert.match(await refusal("train", "data.samples=many"), /data\.samples: expected .*, but found "many"/)
    assert.match(await refusal("train", "data.samples=-3"), /data\.samples/)
    assert.match(await refusal("train", "task=image_classificaton"), /did you mean "image_classification"\?/)
  })

  it("runs a sweep over its own groups and keys, and ends with a table of its objective", async () => {
    const { stdout } = await outputOf(
      "train",
      "-m",
      "model=narrow,wide",
      "data.samples=8,12",
      "trainer.max_epochs=1",
      "exp_name=swept",
      "figure_images=0"
    )
    const [header, ...rows] = stdout.trim().split("\n")
    assert.match(header ?? "", /^job +overrides +status +best\/val\/accuracy +val\/accuracy.* +run$/)
    assert.deepStrictEqual(
      rows.slice(0, 4).map((row) => /model=\S+ data\.samples=\d+ +\w+/.exec(row)?.[0].replace(/ +/g, " ")),
      ["narrow 8", "narrow 12", "wide 8", "wide 12"].map((one) => {
        const [model, samples] = one.split(" ")
        return `model=${model} data.samples=${samples} done`
      })
    )
  })
})

describe("resume=last", () => {
  const settings = [
    "trainer.max_epochs=60",
    "trainer.log_every_n_steps=1",
    "trainer.val_check_interval=2",
    "trainer.accumulate_grad_batches=2",
    "callbacks.ema_weight_averaging.enabled=true",
    "callbacks.early_stopping.enabled=false",
    "callbacks.model_checkpoint.every_n_train_steps=2",
    "figure_images=0"
  ]

  beforeAll(() => outputOf("train", ...settings, "exp_name=whole"))

  it.each(["SIGINT", "SIGKILL"] as const)(
    "after %s goes on to the same checkpoints and the same log, bit for bit, with threads as without",
    async (signal) => {
      const name = `exp_name=${signal.toLowerCase()}`
      const training = Anneal.start(cwd, "train", ...settings, name, "data.threads=2")
      const epoch = signal === "SIGINT" ? 7 : 4
      await training.says(`epoch ${epoch}/60`)
      training.process.kill(signal)
      const { code, stderr } = await training.ended
      assert.strictEqual(code, signal === "SIGINT" ? 130 : null, stderr)
      if (signal === "SIGINT") assert.include(stderr, `resume=last`)
      await outputOf("train", ...settings, name, "resume=last")
      assert.deepStrictEqual(
        resultsOf(folderOf("train", signal.toLowerCase())),
        resultsOf(folderOf("train", "whole"))
      )
    }
  )

  it("refuses a change of the task's own keys, and lists it", async () => {
    const changed = await refusal("train", ...settings, "exp_name=whole", "resume=last", "model.hidden=9")
    assert.match(changed, /cannot be resumed exactly[\s\S]*model\.hidden: 8 → 9/)
  })
})

describe("a checkpoint", () => {
  it("is tested on the task's test data", async () => {
    const { stdout } = await outputOf("test", "exp_name=first")
    assert.property(JSON.parse(stdout), "test/accuracy")
    const run = folderOf("test", "first")
    assert.isTrue(existsSync(join(run, "figures/confusion.png")))
    assert.deepStrictEqual(Object.keys(JSON.parse(read(run, "run.json")).data), ["test"])
  })

  it("predicts what the task writes", async () => {
    const { stderr } = await outputOf("predict", "exp_name=first", "count=5", "minified=true")
    assert.include(stderr, "5 pictures")
    const text = read(folderOf("predict", "first"), "predictions/predictions.json")
    assert.notInclude(text, "\n")
    assert.lengthOf(JSON.parse(text), 5)
    assert.match(await refusal("predict", "exp_name=first", "cuont=5"), /did you mean "count"\?/)
  })
})

describe("config", () => {
  it("shows, explains and checks its groups", async () => {
    const { stdout: shown } = await outputOf("config", "show", "model=wide")
    assert.match(shown, /^model:\n {2}hidden: 16\n {2}dropout: 0\.2$/m)
    assert.match(shown, /^experiment:\n {2}kind: train\n {2}task: .*anneal\.task/m)
    const { stdout: why } = await outputOf("config", "explain", "data.samples", "data=large")
    assert.match(why, /data\.samples = 40\n.*data\/large\.yaml[\s\S]*over 22/)
    assert.include((await outputOf("config", "check")).stdout, "no findings")
  })

  it("writes schemas that know its keys", async () => {
    await outputOf("config", "schema")
    const { properties } = JSON.parse(read(cwd, "configs/.schema/model.json"))
    assert.hasAllKeys(properties, ["hidden", "dropout", "weights", "defaults"])
    const train = read(cwd, "configs/.schema/train.json")
    assert.include(train, "Pictures in an epoch.")
  })
})

describe("completion", () => {
  const complete = async (...words: ReadonlyArray<string>) =>
    (await outputOf("complete", "bash", ...words)).stdout.trim().split("\n").toSorted()

  it("offers its groups and keys, and those of its predictions", async () => {
    assert.deepStrictEqual(await complete("train", "data="), ["data=large", "data=small"])
    assert.deepStrictEqual(await complete("train", "model."), [
      "model.dropout=",
      "model.hidden=",
      "model.weights."
    ])
    assert.deepStrictEqual(await complete("predict", "mini"), ["minified="])
    assert.deepStrictEqual(await complete("predict", "minified="), ["minified=false", "minified=true"])
  })
})

describe("runs", () => {
  const module = join(cwd, "src/task.ts")
  const away = `${module}.away`

  it("are listed, shown, compared and traced, though the module is gone", async () => {
    renameSync(module, away)
    onTestFinished(() => renameSync(away, module))
    const { stdout: list } = await outputOf("runs", "list", "--where", "kind=train", "--json")
    const names = JSON.parse(list).map(({ experiment }: { readonly experiment: string }) => experiment)
    assert.includeMembers(names, ["first", "whole"])
    const [header] = (await outputOf("runs", "list")).stdout.split("\n")
    assert.match(header ?? "", /best\/val\/accuracy/)
    assert.match((await outputOf("runs", "show", "last")).stdout, /stripes/)
    const { stdout: compared } = await outputOf(
      "runs",
      "compare",
      folderOf("train", "first"),
      folderOf("train", "whole")
    )
    assert.match(compared, /trainer\.max_epochs +3 +60/)
    const { stdout: traced } = await outputOf(
      "runs",
      "lineage",
      join(folderOf("train", "first"), "checkpoints/last")
    )
    assert.match(traced, /two layers[\s\S]*train data +train-42-2\n[\s\S]*val data +val-43-22/)
  })

  it("are resumed with the module that their record names, and what changed in it is said", async () => {
    const same = await outputOf("runs", "resume", folderOf("train", "first"), "trainer.max_epochs=4")
    assert.notInclude(same.stderr, "task module")
    assert.match(same.stderr, /epoch 4\/4/)
    assert.notInclude(same.stderr, "has no effect")
    appendFileSync(module, "\n// Changed since.\n")
    const changed = await outputOf("runs", "resume", folderOf("train", "first"), "trainer.max_epochs=5")
    assert.match(changed.stderr, /warning: resumed with a change: task module: \w{10} → \w{10}/)
  })
})

describe("a divergence", () => {
  it("keeps its batch, and a run that resumes from before it sees that batch again", async () => {
    const diverged = await anneal("train", "exp_name=diverged", "data.scale=1e30")
    assert.strictEqual(diverged.code, 1)
    const [, checkpoint = ""] = /resume=(\S+) trainer\.detect_anomaly/.exec(diverged.stderr) ?? []
    // With other data the batch would be another; the one that was kept diverges again.
    const again = await anneal("train", "exp_name=again", `resume=${checkpoint}`, "data.scale=1")
    assert.match(again.stderr, /repeating the batch that diverged, from .*diverged_step-000001\.safetensors/)
    assert.match(again.stderr, /training diverged: .*at step 1 /)
    assert.strictEqual(again.code, 1)
  })
})

describe("a program of one's own", () => {
  it("is the whole command line for its task", () => {
    const { stderr } = node("main.ts", "train", "trainer.max_epochs=1", "exp_name=program", "figure_images=0")
    assert.include(stderr, "node main.ts test exp_name=program")
    assert.deepStrictEqual(JSON.parse(read(folderOf("train", "program"), "run.json")).command.slice(0, 2), [
      "node",
      "main.ts"
    ])
    const resumed = node("main.ts", "runs", "resume", "last", "trainer.max_epochs=2")
    assert.match(resumed.stderr, /^node main\.ts train /m)
    assert.match(resumed.stderr, /epoch 2\/2/)
  })

  it("embeds runs, whose test and predictions find the training", () => {
    const { reason, best, tested, metrics, summary } = JSON.parse(node("embedded.ts").stdout)
    assert.strictEqual(reason, "max_epochs=2 reached")
    assert.strictEqual(tested, best)
    assert.deepStrictEqual(metrics, ["test/accuracy"])
    assert.strictEqual(summary, "5 pictures")
    assert.isTrue(best.startsWith(folderOf("train", "embedded")))
  })
})
