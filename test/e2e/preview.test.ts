/** `anneal data preview`, and lists of transforms in configurations. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import { digits } from "../tasks/imageClassification/Files.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const small = ["data.train_size=6", "data.augment.crop=96", "data.long_side=256"]

const preview = (...args: ReadonlyArray<string>) => Anneal.run(cwd, "data", "preview", ...args)

/** Whether a picture has pixels near a colour. */
const shows = async (file: string, [red, green, blue]: readonly [number, number, number]) => {
  const { data, info } = await sharp(join(cwd, file)).raw().toBuffer({ resolveWithObject: true })
  let count = 0
  for (let i = 0; i < data.length; i += info.channels) {
    const far = [red, green, blue].map((wanted, k) => Math.abs((data[i + k] ?? 0) - wanted))
    if (Math.max(...far) < 12) count++
  }
  return count > 50
}

describe("anneal data preview", () => {
  it("draws the samples of an epoch with their regions, the same each time", async () => {
    const first = await preview(...small, "data/transforms=strong", "--count", "4")
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(first.stdout, /^4 samples of epoch 0: .*outputs\/preview\.png$/m)
    assert.isTrue(await shows("outputs/preview.png", [0x25, 0x63, 0xeb]))
    const again = await preview(...small, "data/transforms=strong", "--count", "4", "--out", "again.png")
    assert.strictEqual(again.code, 0, again.stderr)
    const other = await preview(...small, "--count", "4", "--epoch", "1", "--out", "pictures/other.png")
    assert.strictEqual(other.code, 0, other.stderr)
    const bytes = (file: string) => readFileSync(join(cwd, file))
    assert.isTrue(bytes("again.png").equals(bytes("outputs/preview.png")))
    assert.isFalse(bytes("pictures/other.png").equals(bytes("outputs/preview.png")))
  })

  it("draws pictures with classes, mixed ones too", async () => {
    mkdirSync(join(cwd, "digits"))
    for (const [name, content] of Object.entries(digits("train", 30)))
      writeFileSync(join(cwd, "digits", name), content)
    const data = ["data.root=digits", "data.classes=3", "data.height=8", "data.width=8", "data.batch_size=4"]
    const { code, stdout, stderr } = await preview(
      "task=image_classification",
      ...data,
      "data/transforms=strong",
      "--out",
      "digits.png"
    )
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /12 samples/)
    assert.strictEqual((await sharp(join(cwd, "digits.png")).metadata()).format, "png")
  })
})

describe("data.transforms", () => {
  const file = "configs/data/transforms/mine.yaml"
  const list = (...lines: ReadonlyArray<string>) =>
    writeFileSync(join(cwd, file), ["# @package data", "transforms:", ...lines, ""].join("\n"))

  beforeAll(() => {
    mkdirSync(join(cwd, "configs/data/transforms"), { recursive: true })
  })

  it("is refused with file, line and column where a kind, a key or a value is wrong", async () => {
    list("  - { kind: blur, sigmaa: [1, 2] }", "  - { kind: crop, width: 0 }", "  - { kind: blurr }")
    const { code, stderr } = await preview("data/transforms=mine")
    assert.strictEqual(code, 2)
    assert.match(stderr, /mine\.yaml:3:19: data\.transforms\[0\]\.sigmaa: .*did you mean "sigma"/)
    assert.match(stderr, /mine\.yaml:4:26: data\.transforms\[1\]\.width: expected a value between 1/)
    assert.match(stderr, /mine\.yaml:5:13: data\.transforms\[2\]\.kind: "blurr" .*did you mean "blur"/)
  })

  it("names the module that cannot be loaded", async () => {
    list("  - { kind: custom, module: ./absent.ts }")
    const { code, stderr } = await preview(...small, "data/transforms=mine")
    assert.notStrictEqual(code, 0)
    assert.match(stderr, /absent\.ts: the transform cannot be loaded/)
  })
})
