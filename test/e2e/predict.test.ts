import { createHash } from "node:crypto"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const pictures = join(cwd, "scans")
const wasm = "trainer.accelerator=wasm"

beforeAll(async () => {
  const drawn = await Anneal.run(cwd, "data", "synth", "--out", join(cwd, "data"), "--count", "5")
  assert.strictEqual(drawn.code, 0, drawn.stderr)
  const small = ["model=dbnet_tiny", "data.augment.crop=64", "data.long_side=128", "trainer.max_steps=1"]
  const trained = await Anneal.run(
    cwd,
    "train",
    "data=receipts",
    "data.root=data",
    "exp_name=p",
    wasm,
    ...small
  )
  assert.strictEqual(trained.code, 0, trained.stderr)
  mkdirSync(pictures)
  const [first = ""] = readdirSync(join(cwd, "data/images"))
  for (const name of ["a.png", "a.PNG", "good.png"])
    cpSync(join(cwd, "data/images", first), join(pictures, name))
  writeFileSync(join(pictures, "broken.jpg"), "no picture at all")
  writeFileSync(join(pictures, "drawing.svg"), "<svg/>")
  writeFileSync(join(pictures, "._a.png"), "what macOS keeps beside a picture")
}, 120_000)

const predict = (...args: ReadonlyArray<string>) => Anneal.run(cwd, "predict", "exp_name=p", wasm, ...args)

describe("anneal predict over a folder", () => {
  it("leaves out what cannot be read, lists it at the end, and ends with 4", async () => {
    const { code, stderr } = await predict("image_dir=scans")
    assert.strictEqual(code, 4, stderr)
    assert.include(stderr, "on 3 pictures")
    assert.match(stderr, /skipped {2}scans\/broken\.jpg: it is not a picture/)
    assert.match(stderr, /skipped {2}scans\/drawing\.svg: its format is not supported/)
    assert.match(stderr, /2 of 5 inputs were skipped; \S+skipped\.txt gives the reasons/)
    const inside = join(Anneal.runIn(cwd, "predict", "p"), "predictions")
    assert.strictEqual(readFileSync(join(inside, "skipped.txt"), "utf8").trim().split("\n").length, 2)
    assert.deepStrictEqual(readdirSync(join(inside, "overlays")).toSorted(), [
      "a.PNG.png",
      "a.png.png",
      "good.png"
    ])
  })

  it("--strict stops at the first, and leaves nothing", async () => {
    const before = readdirSync(join(cwd, "outputs/experiments/predict/text_detection/p")).length
    const { code, stderr } = await predict("image_dir=scans", "--strict")
    assert.strictEqual(code, 4, stderr)
    assert.match(stderr, /anneal: scans\/broken\.jpg: /)
    assert.strictEqual(readdirSync(join(cwd, "outputs/experiments/predict/text_detection/p")).length, before)
  })

  it("refuses a size that no machine computes, with one that fits", async () => {
    const { code, stderr } = await predict("image_dir=scans/good.png", "long_side=20000")
    assert.strictEqual(code, 2, stderr)
    assert.include(stderr, "long_side")
  })
})

describe("anneal test", () => {
  it("warns that it measures what chose the checkpoint if there is no test set", async () => {
    const { code, stderr } = await Anneal.run(cwd, "test", "exp_name=p", wasm)
    assert.strictEqual(code, 0, stderr)
    assert.match(stderr, /there is no test set, so this uses the validation set/)
  })

  it("refuses data in which nobody marked a word", async () => {
    cpSync(join(cwd, "data"), join(cwd, "wordless"), { recursive: true })
    const file = join(cwd, "wordless/annotations.json")
    const { images } = JSON.parse(readFileSync(file, "utf8"))
    writeFileSync(
      file,
      JSON.stringify({ images: Object.fromEntries(Object.keys(images).map((name) => [name, {}])) })
    )
    const asked = ["data=receipts", "data.root=wordless", "model=dbnet_tiny", wasm, "exp_name=wordless"]
    const { code, stderr } = await Anneal.run(cwd, "train", ...asked)
    assert.strictEqual(code, 4, stderr)
    assert.include(stderr, "none of the 4 pictures to train on has a legible word")
    assert.isFalse(existsSync(join(cwd, "outputs/experiments/train/text_detection/wordless")))
  })

  it("refuses weights that are no numbers", async () => {
    const last = join(Anneal.runIn(cwd, "train", "p"), "checkpoints/last")
    const file = join(last, "model.safetensors")
    const bytes = readFileSync(file)
    const digest = (of: Uint8Array) => createHash("sha256").update(of).digest("hex")
    const before = digest(bytes)
    bytes.writeFloatLE(Number.NaN, bytes.length - 4)
    writeFileSync(file, bytes)
    const state = join(last, "state.json")
    writeFileSync(state, readFileSync(state, "utf8").replaceAll(before, digest(bytes)))
    const { code, stderr } = await Anneal.run(cwd, "test", "exp_name=p", "checkpoint_path=last", wasm)
    assert.strictEqual(code, 1, stderr)
    assert.include(stderr, "its weights are not finite numbers")
  })
})
