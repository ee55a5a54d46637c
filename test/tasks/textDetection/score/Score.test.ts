import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { crc32, deflateRawSync } from "node:zlib"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { afterAll, assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Score from "../../../../src/tasks/textDetection/score/Score.ts"
import * as Zip from "../../../../src/tasks/textDetection/score/Zip.ts"

/** CLEval's own samples with what the official implementation makes of them. */
const official = fileURLToPath(new URL("../../../../../shared/data/cleval", import.meta.url))
const hasOfficial = existsSync(official)

const Counts = Schema.Record(Schema.String, Schema.Finite)
const Expected = Schema.fromJsonString(
  Schema.Record(
    Schema.String,
    Schema.Struct({
      gt: Schema.String,
      pred: Schema.String,
      flags: Schema.Array(Schema.String),
      all: Schema.Struct({
        det: Counts,
        e2e: Counts,
        num_splitted: Schema.Int,
        num_merged: Schema.Int,
        num_char_overlapped: Schema.Int
      }),
      per_sample_det: Schema.Array(Counts)
    })
  )
)
const Total = {
  det: Counts,
  e2e: Schema.optionalKey(Counts),
  num_splitted: Schema.Int,
  num_merged: Schema.Int,
  num_char_overlapped: Schema.Int
}
const Ours = Schema.Struct({
  all: Schema.Struct(Total),
  mean: Schema.Struct({ det: Counts, e2e: Schema.optionalKey(Counts) }),
  images: Schema.Array(Schema.Struct({ name: Schema.String, ...Total }))
})

const near = (given: typeof Counts.Type | undefined, expected: typeof Counts.Type) => {
  for (const [name, value] of Object.entries(expected))
    assert.closeTo(given?.[name] ?? Number.NaN, value, 1e-9, name)
}

interface Packed {
  readonly name: string
  readonly text: string
  /** The size that the archive says, instead of the true one. */
  readonly claims?: number
}

const numbers = (...fields: ReadonlyArray<readonly [bytes: 2 | 4, value: number]>): Buffer =>
  Buffer.concat(
    fields.map(([bytes, value]) => {
      const one = Buffer.alloc(bytes)
      one.writeUIntLE(value, 0, bytes)
      return one
    })
  )

/** A zip archive, as APPNOTE 6.3.10 has it. */
const zip = (files: ReadonlyArray<Packed>): Buffer => {
  const parts: Array<Buffer> = []
  const central: Array<Buffer> = []
  for (const { name, text, claims } of files) {
    const offset = parts.reduce((sum, part) => sum + part.length, 0)
    const [title, plain] = [Buffer.from(name), Buffer.from(text)]
    const data = deflateRawSync(plain)
    const common = numbers(
      [2, 20], [2, 0], [2, 8], [4, 0], [4, crc32(plain)], [4, data.length], [4, claims ?? plain.length],
      [2, title.length], [2, 0]
    ) // biome-ignore format: as the specification has it
    parts.push(numbers([4, 0x04034b50]), common, title, data)
    central.push(
      numbers([4, 0x02014b50], [2, 20]),
      common,
      numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
      title
    )
  }
  const [body, list] = [Buffer.concat(parts), Buffer.concat(central)]
  const count = files.length
  const end = numbers(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, list.length],
    [4, body.length],
    [2, 0]
  )
  return Buffer.concat([body, list, end])
}

const root = mkdtempSync(join(tmpdir(), "anneal-score-"))
afterAll(() => rmSync(root, { recursive: true }))

const folder = (name: string, files: { readonly [file: string]: string }): string => {
  mkdirSync(join(root, name), { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, name, file), text)
  return join(root, name)
}

const archive = (name: string, files: ReadonlyArray<Packed>): string => {
  writeFileSync(join(root, name), zip(files))
  return join(root, name)
}

const gt = () => folder("gt", { "gt_img_1.txt": "0,0,40,0,40,10,0,10,abcd\n", "gt_img_2.txt": "" })

layer(NodeServices.layer)("Score", (it) => {
  it.effect.skipIf(!hasOfficial)(`equals CLEval's own results (${official})`, () =>
    Effect.gen(function* () {
      const text = readFileSync(join(official, "expected.json"), "utf8")
      const sets = Object.entries(yield* Schema.decodeEffect(Expected)(text))
      assert.strictEqual(sets.length, 3)
      for (const [, { gt, pred, flags, all, per_sample_det }] of sets) {
        const endToEnd = flags.includes("--E2E")
        const { json } = yield* Score.cleval({
          gt: join(official, gt),
          pred: join(official, pred),
          boxType: flags.includes("LTRB") ? "LTRB" : "QUAD",
          endToEnd
        })
        const ours = yield* Schema.decodeUnknownEffect(Ours)(json)
        near(ours.all.det, all.det)
        if (endToEnd) near(ours.all.e2e, all.e2e)
        assert.deepStrictEqual(
          [ours.all.num_splitted, ours.all.num_merged, ours.all.num_char_overlapped],
          [all.num_splitted, all.num_merged, all.num_char_overlapped]
        )
        assert.strictEqual(ours.images.length, per_sample_det.length)
        for (const [i, expected] of per_sample_det.entries()) near(ours.images[i]?.det, expected)
      }
    })
  )

  it.effect("reads zip archives and folders alike, and takes a missing result for an empty one", () =>
    Effect.gen(function* () {
      const files = [{ name: "results/res_img_1.txt", text: "0,0,40,0,40,10,0,10\r\n" }]
      const pred = archive("res.zip", [...files, { name: "__MACOSX/res_img_1.txt", text: "?" }])
      const options = { boxType: "QUAD", gt: gt() } as const
      const packed = yield* Score.cleval({ ...options, pred })
      const unpacked = yield* Score.cleval({
        ...options,
        pred: folder("res", { "res_img_1.txt": "0,0,40,0,40,10,0,10" })
      })
      assert.deepStrictEqual(packed, unpacked)
      assert.deepStrictEqual(packed.rows[0]?.values, [1, 1, 1])
    })
  )

  it.effect("counts IoU, the most confident first, and texts if asked to", () =>
    Effect.gen(function* () {
      const pred = folder("iou", {
        "res_img_1.txt": "0,0,40,0,40,9,0,9,0.1,abcd\n0,0,40,0,40,10,0,10,0.9,ABCD\n"
      })
      const options = { boxType: "QUAD", gt: gt(), pred, confidence: true } as const
      const boxes = yield* Score.iou(options)
      const texts = yield* Score.iou({ ...options, endToEnd: true })
      const anyCase = yield* Score.iou({ ...options, endToEnd: true, caseSensitive: false })
      assert.deepStrictEqual(boxes.rows[0]?.values, [1 / 2, 1, 2 / 3])
      assert.deepStrictEqual(texts.rows[0]?.values, [0, 0, 0])
      assert.deepStrictEqual(anyCase.rows[0]?.values, [1 / 2, 1, 2 / 3])
    })
  )

  it.effect("reads polygons with texts that have commas and numbers", () =>
    Effect.gen(function* () {
      const line = "0,0,20,5,40,0,40,10,20,15,0,10"
      const options = {
        boxType: "POLY",
        endToEnd: true,
        gt: folder("poly-gt", { "gt_a.txt": `${line},"12, ab"\n` }),
        pred: folder("poly", { "res_a.txt": `${line},12, ab\n` })
      } as const
      const scored = yield* Score.cleval(options)
      // The text of the result begins with 12, which has no partner; the space in front of ab is its own.
      assert.deepStrictEqual(scored.rows[2]?.values, [1, 1, 1])
    })
  )

  it.effect("says which lines are wrong, and what they should be", () =>
    Effect.gen(function* () {
      const wrong = folder("wrong", { "res_img_1.txt": "0,0,40,0,40,10,0,10\n0,0,40,x,40,10,0,10\n1,2,3\n" })
      const error = yield* Effect.flip(Score.cleval({ boxType: "QUAD", gt: gt(), pred: wrong }))
      assert.include(error.message, `${wrong}/res_img_1.txt:2:1: field 4, "x", is not a number`)
      assert.include(error.message, `${wrong}/res_img_1.txt:3:1: it begins with 3 numbers, and QUAD has 8`)
      assert.include(error.message, "x1,y1,x2,y2,x3,y3,x4,y4")
      const stranger = folder("stranger", { "res_img_7.txt": "" })
      const unknown = yield* Effect.flip(Score.iou({ boxType: "QUAD", gt: gt(), pred: stranger }))
      assert.include(unknown.message, "the truth has no picture img_7")
      const turned = folder("turned", { "res_img_1.txt": "40,0,0,10" })
      const ltrb = folder("ltrb", { "gt_img_1.txt": "0,0,40,10,a" })
      const box = yield* Effect.flip(Score.iou({ boxType: "LTRB", gt: ltrb, pred: turned }))
      assert.include(box.message, "right is left of left")
      const mute = yield* Effect.flip(
        Score.cleval({
          boxType: "QUAD",
          gt: gt(),
          pred: folder("mute", { "res_img_1.txt": "0,0,4,0,4,1,0,1" }),
          endToEnd: true
        })
      )
      assert.include(mute.message, "it has no text")
    })
  )
})

describe("Zip", () => {
  const refused = (bytes: Uint8Array, limits?: Zip.Limits) =>
    Effect.runSync(Effect.flip(Zip.read("a.zip", bytes, limits))).message

  it("refuses names that lead out of the archive", () => {
    for (const name of ["../a.txt", "a/../../b.txt", "/etc/a.txt", "C:\\a.txt", "..\\a.txt"])
      assert.include(refused(zip([{ name, text: "" }])), "leads out of the archive")
  })

  it("refuses bombs, by what they say and by what they are", () => {
    const limits = { member: 1000, total: 1500 }
    const bomb = "0".repeat(100_000)
    assert.include(refused(zip([{ name: "a.txt", text: bomb }]), limits), "more than 1000")
    assert.include(refused(zip([{ name: "a.txt", text: bomb, claims: 900 }]), limits), "damaged")
    const two = [0, 1].map((i) => ({ name: `${i}.txt`, text: "1".repeat(900) }))
    assert.include(refused(zip(two), limits), "more than 1500")
  })

  it("refuses whatever is cut off or changed, and throws nothing", () => {
    const whole = zip([{ name: "a.txt", text: "1,2,3,4" }])
    for (let length = 0; length < whole.length; length++) refused(whole.subarray(0, length))
    for (let at = 0; at < whole.length; at++) {
      const changed = Uint8Array.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0xff
      const read = Effect.runSync(Effect.result(Zip.read("a.zip", changed)))
      // What a change leaves whole is the content itself: dates, versions and names are not checked.
      if (read._tag === "Success" && read.success.length > 0)
        assert.strictEqual(new TextDecoder().decode(read.success[0]?.bytes), "1,2,3,4")
    }
  })
})
