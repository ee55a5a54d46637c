import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import { loadedByAnneal } from "../support/modules.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const ok = async (...args: ReadonlyArray<string>) => {
  const ended = await Anneal.run(cwd, ...args)
  assert.strictEqual(ended.code, 0, ended.stderr)
  return ended
}

const train = (name: string, ...more: ReadonlyArray<string>) =>
  ok("train", ...Anneal.small, `exp_name=${name}`, ...more)

interface Run {
  readonly id: string
  readonly path: string
  readonly experiment: string
  readonly steps: number
}

const listed = async (...args: ReadonlyArray<string>): Promise<ReadonlyArray<Run>> =>
  JSON.parse((await ok("runs", "list", "--json", ...args)).stdout)

describe("before there is a run", () => {
  it("list is empty, the rest is refused, and nothing is written", async () => {
    const list = await ok("runs", "list")
    assert.strictEqual(list.stdout, "")
    assert.include(list.stderr, "no runs")
    assert.deepStrictEqual(await listed(), [])
    const show = await Anneal.run(cwd, "runs", "show", "last")
    assert.strictEqual(show.code, 1)
    assert.include(show.stderr, "anneal train")
    assert.isFalse(existsSync(join(cwd, "outputs")))
  })

  it("a record that cannot be read is reported beside the data, not in it", async () => {
    const dir = join(cwd, "damaged")
    const run = join(dir, "train/text_detection/exp/20260101_000000_1")
    mkdirSync(run, { recursive: true })
    writeFileSync(join(run, "run.json"), "{")
    const { stdout, stderr } = await ok("runs", "list", "--json", "--dir", dir)
    assert.strictEqual(stdout, "[]\n")
    assert.match(stderr, /^warning: .*run\.json: it is not a run's record/)
  })

  it("a condition that is none is the command line's fault", async () => {
    const { code, stderr } = await Anneal.run(cwd, "runs", "list", "--where", "hmean")
    assert.strictEqual(code, 2)
    assert.include(stderr, "val/hmean>=0.8")
  })
})

describe("the registry", () => {
  beforeAll(async () => {
    await train("first", "trainer.max_epochs=1")
    await train("second", "trainer.max_epochs=1", "optimizer.lr=0.01")
  }, 300_000)

  it.each([["list"], ["show", "last"], ["compare", "last", "last"], ["prune"], ["sync"]])(
    "`runs %s` loads neither TensorFlow.js nor sharp nor a tracker",
    (...args) => {
      const { code, packages, modules, stderr } = loadedByAnneal(
        "runs",
        ...args,
        "--dir",
        join(cwd, "outputs/experiments")
      )
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(
        packages.filter((name) => /^(@tensorflow\/|sharp$|@napi-rs\/canvas)/.test(name)),
        []
      )
      assert.deepStrictEqual(
        modules.filter((url) => /\/(wandb|mlflow|tasks\/(?!builtIn\/))/.test(url)),
        []
      )
    }
  )

  it("knows each run as soon as it begins, newest first, filtered and sorted", async () => {
    const runs = await listed()
    assert.deepStrictEqual(
      runs.map(({ experiment, steps }) => [experiment, steps]),
      [
        ["second", 4],
        ["first", 4]
      ]
    )
    assert.deepStrictEqual(
      (await listed("--where", "experiment=first")).map(({ experiment }) => experiment),
      ["first"]
    )
    assert.deepStrictEqual(
      (await listed("--sort", "started", "--limit", "1")).map(({ experiment }) => experiment),
      ["first"]
    )
    const { stdout } = await ok("runs", "list")
    assert.match(stdout, /^id .*best\/val\/hmean.*\n\w{8} +done +train second /)
  })

  it("shows facts, courses and checkpoints", async () => {
    const { stdout } = await ok("runs", "show", "last")
    assert.match(stdout, /^path +outputs\/experiments\/train\/text_detection\/second\//m)
    assert.match(stdout, /^val\/hmean .*[▁▂▃▄▅▆▇█]$/m)
    assert.match(stdout, /^last +1 +4 /m)
    const [run] = await listed("--where", "experiment=second")
    const details = JSON.parse((await ok("runs", "show", run?.id.slice(0, 6) ?? "", "--json")).stdout)
    assert.strictEqual(details.run.id, run?.id)
    assert.include(
      details.checkpoints.map(({ name }: { name: string }) => name),
      "last"
    )
  })

  it("compares configurations and metrics", async () => {
    const [second, first] = await listed()
    const { stdout } = await ok("runs", "compare", second?.id ?? "", first?.id ?? "")
    assert.match(stdout, /^optimizer\.lr +0\.01 +0\.002$/m)
    assert.match(stdout, /^val\/hmean /m)
    assert.notInclude(stdout, "weight_decay")
  })

  it("resumes a run in its own directory, with its own overrides and then with more", async () => {
    const [first] = await listed("--where", "experiment=first")
    const { stderr } = await ok("runs", "resume", first?.id ?? "", "trainer.max_epochs=2")
    assert.match(stderr, /^anneal train model=dbnet_tiny .*trainer\.max_epochs=2 resume=/m)
    const record = JSON.parse(readFileSync(join(first?.path ?? "", "run.json"), "utf8"))
    assert.strictEqual(record.steps, 8)
    assert.strictEqual(record.resumes.length, 1)
    assert.strictEqual((await listed()).length, 2)
  })

  it("resumes a run otherwise than it began only when asked, and keeps what was", async () => {
    const [first] = await listed("--where", "experiment=first")
    const run = first?.path ?? "/nowhere"
    const textOf = (name: string) => readFileSync(join(run, name), "utf8")
    const before = [textOf("run.json"), textOf("plan.yaml")]
    const otherwise = [
      "runs",
      "resume",
      first?.id ?? "",
      "seed=7",
      "optimizer.lr=0.01",
      "trainer.accelerator=cpu"
    ]
    const refused = await Anneal.run(cwd, ...otherwise)
    assert.strictEqual(refused.code, 2)
    assert.match(refused.stderr, /^ {2}seed: 42 → 7$/m)
    assert.match(refused.stderr, /^ {2}optimizer\.lr: 0\.002 → 0\.01$/m)
    assert.match(refused.stderr, /^ {2}engine: .* → plain JavaScript$/m)
    assert.match(refused.stderr, /^ {2}train data: \w{10} → \w{10}$/m)
    assert.include(refused.stderr, "resume_exact=false")
    assert.deepStrictEqual([textOf("run.json"), textOf("plan.yaml")], before)

    const asked = await ok("runs", "resume", first?.id ?? "", "optimizer.lr=0.01", "resume_exact=false")
    assert.include(asked.stderr, "resumed with a change: optimizer.lr: 0.002 → 0.01")
    const record = JSON.parse(textOf("run.json"))
    const { resumes: _, ...beginning } = record
    assert.deepInclude(JSON.parse(before[0] ?? ""), {
      seed: beginning.seed,
      engine: beginning.engine,
      data: beginning.data,
      versions: beginning.versions,
      overrides: beginning.overrides
    })
    assert.deepInclude(record.resumes.at(-1).changes, { key: "optimizer.lr", before: 0.002, now: 0.01 })
    // What was changed stays so, and needs no asking again.
    assert.notInclude((await ok("runs", "resume", first?.id ?? "")).stderr, "resumed with a change")
  })

  it("draws which data, plan and code made a checkpoint", async () => {
    const [second, first] = await listed()
    const { stdout } = await ok("runs", "lineage", join(second?.path ?? "", "checkpoints/last"))
    const [checkpoint = "", run = "", ...data] = stdout.trimEnd().split("\n")
    assert.match(checkpoint, /^checkpoints\/last {2}dbnet_tiny, epoch 1, step 4 .*plan [0-9a-f]{10}$/)
    assert.match(
      run,
      /^└─ train \w{8} .*anneal train .*optimizer\.lr=0\.01.*seed 42, done.* 4 steps on .*anneal \d.*node \d/
    )
    assert.lengthOf(data, 2)
    assert.match(data.join(), /train data {2}[0-9a-f]{10}.*val data {2}[0-9a-f]{10}/)
    const drawn = await ok("runs", "lineage", first?.path ?? "", "--format", "mermaid")
    // The same data drew both: a digest depends on the data, not on the run.
    const digests = stdout.match(/data {2}([0-9a-f]{10})/g)?.map((line) => line.slice(-10)) ?? []
    for (const digest of digests) assert.include(drawn.stdout, digest)
  })

  it("prunes only with --yes, and never what did not end so", async () => {
    assert.include((await ok("runs", "prune")).stderr, "No runs to remove")
    const asked = await ok("runs", "prune", "--status", "done", "--keep-best", "0")
    assert.include(asked.stderr, "2 runs and their files would be removed")
    assert.strictEqual((await listed()).length, 2)
    await ok("runs", "prune", "--status", "done", "--older-than", "1", "--yes")
    assert.strictEqual((await listed()).length, 2)
  })

  it("forgets a run that was removed by hand, removes one that is named, and finds all again", async () => {
    const [second, first] = await listed()
    const run = first?.path ?? "/nowhere"
    const moved = readFileSync(join(run, "run.json"))
    rmSync(join(run, "run.json"))
    assert.deepStrictEqual(
      (await listed()).map(({ id }) => id),
      [second?.id]
    )
    writeFileSync(join(run, "run.json"), moved)
    assert.include((await ok("runs", "reindex")).stderr, "2 runs")
    assert.include((await ok("runs", "rm", second?.id ?? "")).stderr, "add --yes")
    assert.isTrue(existsSync(second?.path ?? "/"))
    const removed = await ok("runs", "rm", second?.id ?? "", "--yes")
    assert.include(removed.stderr, "removed")
    assert.isFalse(existsSync(second?.path ?? "/"))
    assert.strictEqual((await listed()).length, 1)
  })

  it("knows a run that has a place of its own", async () => {
    await train("apart", "trainer.max_steps=1", "hydra.run.dir=elsewhere/apart", "figure_images=0")
    const [run] = await listed("--where", "path~elsewhere")
    assert.strictEqual(run?.path, join(realpathSync(cwd), "elsewhere/apart"))
  })

  it("refuses to resume what was no training", async () => {
    await ok("test", "exp_name=first", "figure_images=0")
    const { code, stderr } = await Anneal.run(cwd, "runs", "resume", "last")
    assert.strictEqual(code, 2)
    assert.include(stderr, "is a test run")
  })

  it("refuses to resume what another program trained, and names that", async () => {
    const [first] = await listed("--where", "experiment=first", "--where", "kind=train")
    const file = join(first?.path ?? "/nowhere", "run.json")
    const record = JSON.parse(readFileSync(file, "utf8"))
    writeFileSync(file, JSON.stringify({ ...record, command: ["node", "mine.ts"] }))
    const named = await Anneal.run(cwd, "runs", "resume", first?.id ?? "")
    assert.strictEqual(named.code, 2)
    assert.match(named.stderr, /belongs to another program.*Resume it with that program: node mine\.ts/)
    writeFileSync(file, JSON.stringify(record))
    writeFileSync(file, JSON.stringify({ ...record, task: { ...record.task, name: "other" } }))
    rmSync(join(first?.path ?? "/nowhere", "plan.yaml"))
    const other = await Anneal.run(cwd, "runs", "resume", first?.id ?? "")
    assert.strictEqual(other.code, 2)
    assert.match(other.stderr, /task=other: there is no such task/)
    writeFileSync(file, JSON.stringify(record))
    const { code, stderr } = await Anneal.run(cwd, "runs", "resume", first?.id ?? "")
    assert.strictEqual(code, 2)
    assert.match(stderr, /has a plan that its task no longer reads:[\s\S]*"data"/)
  })
})
