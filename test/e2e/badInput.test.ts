import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

/** A data folder of two good pictures, changed by `spoil`. */
const folder = async (name: string, spoil: (root: string) => void) => {
  const root = join(cwd, name)
  cpSync(join(cwd, "good"), root, { recursive: true })
  spoil(root)
  return root
}

const edit = (
  root: string,
  change: (annotations: {
    images: Record<string, { words: Record<string, { points: Array<[number, number]> }> }>
  }) => unknown
) => {
  const file = join(root, "annotations.json")
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8"))), null, 1))
}

beforeAll(async () => {
  const { code, stderr } = await Anneal.run(cwd, "data", "synth", "--out", join(cwd, "good"), "--count", "4")
  assert.strictEqual(code, 0, stderr)
})

/** Refused with a code, in one screen, naming what is needed; and nothing is written. */
const refuses = async (code: number, parts: ReadonlyArray<string>, ...args: ReadonlyArray<string>) => {
  const ended = await Anneal.run(cwd, ...args)
  assert.strictEqual(ended.code, code, ended.stderr)
  for (const part of parts) assert.include(ended.stderr, part)
  assert.isAtMost(ended.stderr.split("\n").length, 30, "more than a screen")
  assert.isFalse(existsSync(join(cwd, "outputs")), "something was written")
}

describe("bad input", () => {
  it("an unknown key names the nearest one", () =>
    refuses(2, ["trainer.max_epoch=3", "max_epochs"], "train", "trainer.max_epoch=3"))

  it("an unknown key in a file names its place", async () => {
    const configs = join(cwd, "own-configs")
    mkdirSync(configs)
    writeFileSync(
      join(configs, "mine.yaml"),
      "defaults:\n  - train\n  - _self_\n\ntrainer:\n  max_epoch: 3\n"
    )
    await refuses(2, ["mine.yaml:6", "max_epoch"], "train", "--config-dir", configs, "-cn", "mine")
  })

  it("a wrong type names the override", () =>
    refuses(2, ["trainer.max_epochs"], "train", "trainer.max_epochs=many"))

  it("a number of receipts below one is refused before anything is drawn", async () => {
    await refuses(2, ["--count", "1 or more"], "data", "synth", "--count", "-3", "--out", join(cwd, "none"))
    assert.isFalse(existsSync(join(cwd, "none")))
  })

  it("a folder of configs that does not exist is no tree without findings", async () => {
    await refuses(2, ["nowhere does not exist"], "config", "check", "nowhere")
    await refuses(2, ["nowhere does not exist"], "config", "schema", "nowhere")
  })

  it("a value that must be given is named", () => refuses(2, ["data.root"], "train", "data=receipts"))

  it("a missing data folder", () =>
    refuses(4, ["/nowhere", "data.root"], "train", "data=receipts", "data.root=/nowhere"))

  it("an empty data set", async () => {
    const root = await folder("empty", (root) =>
      writeFileSync(join(root, "annotations.json"), '{"images":{}}')
    )
    await refuses(4, ["annotations.json", "empty"], "train", "data=receipts", `data.root=${root}`)
  })

  it("a corrupt JPEG is named", async () => {
    const names: Array<string> = []
    const root = await folder("corrupt", (root) => {
      edit(root, (annotations) => {
        names.push(...Object.keys(annotations.images))
        return annotations
      })
      writeFileSync(join(root, "images", names[1] ?? ""), "no picture at all")
    })
    await refuses(4, [names[1] ?? "?", "annotations.json:"], "train", "data=receipts", `data.root=${root}`)
  })

  it("a polygon outside its image is named with its line", async () => {
    const root = await folder("outside", (root) =>
      edit(root, (annotations) => {
        const word = Object.values(Object.values(annotations.images)[0]?.words ?? {})[0]
        if (word !== undefined) word.points = word.points.map(([x, y]) => [x + 5000, y])
        return annotations
      })
    )
    await refuses(4, ["annotations.json:", "word"], "train", "data=receipts", `data.root=${root}`)
  })

  it("an output folder that cannot be made", () =>
    refuses(1, ["/dev/null/out"], "train", "paths.output_dir=/dev/null/out"))

  it("more devices than one", () => refuses(2, ["trainer.devices"], "train", "trainer.devices=2"))

  it("a GPU that is not there", () => refuses(3, ["gpu"], "train", "trainer.accelerator=gpu"))

  it("a test without a training run", () => refuses(1, ["anneal train"], "test", "exp_name=never"))
})

describe("bad samples", () => {
  it("are left out if asked to, and listed at the end and in run.json", async () => {
    const names: Array<string> = []
    const root = await folder("spoilt", (root) => {
      edit(root, (annotations) => {
        names.push(...Object.keys(annotations.images))
        return annotations
      })
      truncateSync(join(root, "images", names[1] ?? ""), 2000)
    })
    const args = ["data=receipts", `data.root=${root}`, "data.on_bad_sample=skip", "data.workers=0"]
    const small = ["model=dbnet_tiny", "data.long_side=64", "data.augment.crop=64", "trainer.accelerator=cpu"]
    const { code, stderr } = await Anneal.run(
      cwd,
      "train",
      ...small,
      ...args,
      "trainer.max_steps=1",
      "exp_name=spoilt"
    )
    assert.strictEqual(code, 0, stderr)
    const bad = names[1] ?? "?"
    assert.match(
      stderr,
      new RegExp(`\\nskipped  .*annotations\\.json:\\d+:\\d+: image ${bad}: the picture is corrupt`)
    )
    const record = JSON.parse(readFileSync(join(Anneal.runIn(cwd, "train", "spoilt"), "run.json"), "utf8"))
    assert.strictEqual(record.skipped.count, 1)
    assert.include(record.skipped.samples[0].problem, `image ${bad}: the picture is corrupt`)
  })
})

describe("bad checkpoints", () => {
  const train = (name: string, model: string) =>
    Anneal.run(cwd, "train", ...Anneal.small, `model=${model}`, "trainer.max_steps=1", `exp_name=${name}`)

  it("one that was cut in half is refused, and says what to take instead", async () => {
    const { code, stderr } = await train("cut", "dbnet_tiny")
    assert.strictEqual(code, 0, stderr)
    const last = join(Anneal.runIn(cwd, "train", "cut"), "checkpoints/last")
    truncateSync(join(last, "model.safetensors"), 1000)
    const ended = await Anneal.run(cwd, "test", `checkpoint_path=${last}`)
    assert.strictEqual(ended.code, 1)
    assert.include(ended.stderr, "model.safetensors")
    assert.include(ended.stderr, "best")
  })

  it("one of another model is refused, tensor by tensor", async () => {
    const { code, stderr } = await train("whole", "dbnet_tiny")
    assert.strictEqual(code, 0, stderr)
    const last = join(Anneal.runIn(cwd, "train", "whole"), "checkpoints/last")
    const ended = await Anneal.run(
      cwd,
      "train",
      ...Anneal.small,
      "model=dbnet",
      "exp_name=other",
      `resume=${last}`
    )
    assert.strictEqual(ended.code, 1)
    assert.include(ended.stderr, "another model")
    assert.include(ended.stderr, "encoder.")
    const another = await Anneal.run(
      cwd,
      "train",
      ...Anneal.small,
      "model=dbnet_tiny",
      "optimizer=sgd",
      "exp_name=other",
      `resume=${last}`
    )
    assert.include(another.stderr, "the state of optimizer adam")
    const absent = await Anneal.run(cwd, "train", ...Anneal.small, "exp_name=other", "resume=nowhere")
    assert.include(absent.stderr, "there is no checkpoint")
    assert.isFalse(existsSync(join(cwd, "outputs/experiments/train/text_detection/other")))
    assert.isTrue(existsSync(join(last, "model.safetensors")))
  })
})
