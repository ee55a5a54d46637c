import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import sharp from "sharp"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const Problem = Schema.Struct({ where: Schema.String, kind: Schema.String, text: Schema.String })
const Group = Schema.Struct({
  kind: Schema.String,
  samples: Schema.Array(Schema.Struct({ name: Schema.String, part: Schema.String, where: Schema.String }))
})
const Counts = Schema.Record(Schema.String, Schema.Int)
const Report = Schema.fromJsonString(
  Schema.Struct({
    pictures: Schema.Int,
    readable: Schema.Int,
    parts: Counts,
    counts: Schema.Record(Schema.String, Counts),
    distributions: Schema.Array(
      Schema.Struct({ name: Schema.String, count: Schema.Int, median: Schema.Finite, max: Schema.Finite })
    ),
    duplicates: Schema.Array(Group),
    leaks: Schema.Array(Group),
    problems: Schema.Array(Problem),
    notes: Schema.Array(Problem),
    files: Schema.Struct({ page: Schema.String, sheet: Schema.String })
  })
)
const reportOf = Schema.decodeUnknownSync(Report)

/** A picture of stripes, different for each number. */
const stripes = (number: number) => {
  const rects = Array.from(
    { length: 12 },
    (_, i) =>
      `<rect x="${(i * 31 * number) % 150}" y="${i * 16}" width="${20 + ((i * number * 13) % 90)}" height="9"/>`
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="200" fill="#ddd"/>${rects.join("")}</svg>`
  return sharp(Buffer.from(svg)).flatten()
}

const box = (x: number, y: number, w = 40, h = 10) => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h]
]

const word = (points: ReadonlyArray<ReadonlyArray<number>>) => ({ points, transcription: "Äpfel" })

/** Ten pictures: one of each kind of problem, copies in training and validation, one on its side. */
const receipts = async (root: string) => {
  mkdirSync(join(root, "images"), { recursive: true })
  const words: Record<string, object> = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [
      `${i}.jpg`,
      { words: { "1": word(box(20, 30 + i)), "2": word(box(90, 60)) } }
    ])
  )
  for (let i = 0; i < 10; i++) {
    const picture = i === 1 ? stripes(i + 1).withMetadata({ orientation: 6 }) : stripes(i + 1)
    writeFileSync(join(root, "images", `${i}.jpg`), await picture.jpeg().toBuffer())
  }
  words["2.jpg"] = { words: { far: word(box(400, 20)) } }
  words["3.jpg"] = {
    words: {
      flat: word([
        [10, 10],
        [20, 10],
        [30, 10]
      ]),
      good: word(box(20, 20))
    }
  }
  words["4.jpg"] = { words: {} }
  words["absent.jpg"] = { words: { "1": word(box(1, 1)) } }
  writeFileSync(join(root, "images", "5.jpg"), readFileSync(join(root, "images", "5.jpg")).subarray(0, 900))
  cpSync(join(root, "images", "0.jpg"), join(root, "images", "9.jpg"))
  writeFileSync(join(root, "images", "8.jpg"), await stripes(7).jpeg({ quality: 40 }).toBuffer())
  writeFileSync(join(root, "annotations.json"), JSON.stringify({ images: words }, null, 1))
}

describe("anneal data inspect", () => {
  beforeAll(() => receipts(join(cwd, "receipts")))

  const asked = ["data", "inspect", "data=receipts", "data.root=receipts"]

  it("lists every problem with file and place, copies within and between parts, and orientations", async () => {
    const { code, stdout, stderr } = await Anneal.run(cwd, ...asked, "--json", "--out", "seen")
    assert.strictEqual(code, 0, stderr)
    const report = reportOf(stdout)
    const file = join(cwd, "receipts/annotations.json")
    const found = report.problems.map(({ where, kind, text }) => {
      const [, line = ""] = /:(\d+):\d+$/.exec(where) ?? []
      const wanted = text.split(":")[0]
      if (line !== "") assert.isTrue(where.startsWith(file), where)
      return line === "" ? `${kind} ${where}` : `${kind} ${wanted} ${line !== ""}`
    })
    assert.sameMembers(found, [
      "picture image absent.jpg true",
      "out of bounds image 2.jpg, word far true",
      "degenerate image 3.jpg, word flat true",
      `unreadable ${join(cwd, "receipts/images/5.jpg")}`
    ])
    const lines = readFileSync(file, "utf8").split("\n")
    const far = report.problems
      .find(({ kind }) => kind === "out of bounds")
      ?.where.split(":")
      .at(-2)
    assert.include(lines[Number(far) - 1], '"far"')
    assert.deepStrictEqual(
      report.notes.filter(({ kind }) => kind === "empty").map(({ text }) => text),
      ["image 4.jpg: no region"]
    )
    const named = (groups: typeof report.leaks) =>
      groups.map(
        ({ kind, samples }) => `${kind} ${samples.map(({ name, part }) => `${name} ${part}`).join(", ")}`
      )
    assert.deepStrictEqual(named(report.leaks), [
      "exact 0.jpg train, 9.jpg val",
      "near 6.jpg train, 8.jpg val"
    ])
    assert.deepStrictEqual(report.parts, { train: 8, val: 2 })
    assert.strictEqual(report.readable, 9)
    assert.deepStrictEqual(report.counts["EXIF orientation"], {
      "–: no tag": 8,
      "6: turned by 90° right": 1
    })
    const texts = report.distributions.find(({ name }) => name === "length of a text")
    assert.deepInclude(texts, { count: 15, median: 5, max: 5 })
  })

  it("writes a page that needs nothing from elsewhere, and a contact sheet", async () => {
    const page = readFileSync(join(cwd, "seen/index.html"), "utf8")
    assert.notMatch(page, /<script|<link|src="(?!data:)|url\(/)
    assert.match(page, /word far: the polygon is completely outside/)
    assert.match(page, /prefers-color-scheme: dark/)
    assert.strictEqual(page.match(/<img /g)?.length, 9 + 4)
    const { format, width = 0 } = await sharp(join(cwd, "seen/contact_sheet.png")).metadata()
    assert.strictEqual(format, "png")
    assert.isAbove(width, 1000)
  })

  it("sums up in the terminal, and ends with 4 where problems are to fail", async () => {
    const { code, stdout, stderr } = await Anneal.run(cwd, ...asked, "--fail")
    assert.strictEqual(code, 4)
    assert.match(
      stderr,
      /receipts: 4 problems, 2 leaks between parts; .*outputs\/inspect\/index\.html shows them/
    )
    assert.match(stdout, /^receipts {2}10 pictures: train 8, val 2; /)
    assert.match(stdout, /^regions of a picture .* 2 /m)
    assert.match(stdout, /same file {3}0\.jpg \(train\), 9\.jpg \(val\)/)
    assert.match(stdout, /^page {3}outputs\/inspect\/index\.html$/m)
    assert.isTrue(existsSync(join(cwd, "outputs/inspect/contact_sheet.png")))
  })

  it("finds nothing wrong in drawn receipts, whose leaks and problems would fail", async () => {
    const drawn = await Anneal.run(cwd, "data", "synth", "--count", "6", "--out", "drawn")
    assert.strictEqual(drawn.code, 0, drawn.stderr)
    const { code, stdout } = await Anneal.run(
      cwd,
      "data",
      "inspect",
      "data=receipts",
      "data.root=drawn",
      "--fail"
    )
    assert.strictEqual(code, 0, stdout)
    assert.match(stdout, /no problem found/)
  })

  it("shows the classes of pictures in folders", async () => {
    for (const [at, name] of ["cat", "cat", "cat", "dog", "dog"].entries()) {
      mkdirSync(join(cwd, "animals", name), { recursive: true })
      writeFileSync(
        join(cwd, "animals", name, `${at}.png`),
        await stripes(at + 1)
          .png()
          .toBuffer()
      )
    }
    writeFileSync(join(cwd, "animals/dog/9.png"), "no picture")
    const { code, stdout, stderr } = await Anneal.run(
      cwd,
      "data",
      "inspect",
      "task=image_classification",
      "data=folder",
      "data.root=animals",
      "data.classes=2",
      "data.val_fraction=0.3",
      "--json"
    )
    assert.strictEqual(code, 0, stderr)
    const report = reportOf(stdout)
    assert.deepStrictEqual(report.counts["classes of train"], { cat: 2, dog: 2 })
    assert.deepStrictEqual(report.counts["classes of val"], { cat: 1, dog: 1 })
    assert.deepStrictEqual(
      report.problems.map(({ kind, where }) => [kind, where.split("/").at(-1)]),
      [["unreadable", "9.png"]]
    )
  })

  it("refuses data that are drawn while they are needed, with what to do", async () => {
    const { code, stderr } = await Anneal.run(cwd, "data", "inspect")
    assert.strictEqual(code, 2)
    assert.match(stderr, /nothing to inspect\. Name a folder: data=receipts data\.root=<folder>/)
  })
})
