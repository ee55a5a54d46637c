import sharp, { type Sharp } from "sharp"
import { assert, beforeAll, describe, it } from "vitest"
import * as Duplicates from "../../../src/pipeline/inspect/Duplicates.ts"
import * as Orientation from "../../../src/pipeline/inspect/Orientation.ts"
import * as PictureHash from "../../../src/pipeline/inspect/PictureHash.ts"
import * as Summary from "../../../src/pipeline/inspect/Summary.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import type { Part } from "../../../src/pipeline/split/Split.ts"

/** A page of bars where words are, which differs for each number. */
const page = (number: number, width = 400, height = 600) => {
  const random = Random.make(number)
  const words = Array.from({ length: 30 }, (_, i) => {
    const [x, w] = [20 + random.int(120), 60 + random.int(180)]
    return `<rect x="${x}" y="${20 + i * 18}" width="${w}" height="${8 + random.int(6)}" fill="#222"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 600" width="${width}" height="${height}"><rect width="400" height="600" fill="#eee"/>${words.join("")}</svg>`
  return sharp(Buffer.from(svg)).flatten({ background: "#fff" })
}

const look = async (picture: Sharp) => {
  const jpeg = await picture.jpeg({ quality: 60 }).toBuffer()
  const { data, info } = await sharp(jpeg)
    .resize({ width: 256, height: 256, fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return PictureHash.of({ width: info.width, height: info.height, rgb: data })
}

describe("how pictures look", () => {
  const looks: Array<PictureHash.Look> = []
  beforeAll(async () => {
    for (let i = 0; i < 20; i++) looks.push(await look(page(i)))
  })

  it("is alike for copies of another size, compression and brightness", async () => {
    for (const [i, original] of looks.entries()) {
      const large = sharp(await page(i).png().toBuffer())
      assert.isTrue(PictureHash.areAlike(original, await look(page(i, 300, 450))), `size of ${i}`)
      assert.isTrue(
        PictureHash.areAlike(original, await look(large.clone().linear(0.8, 20))),
        `light of ${i}`
      )
      const poor = sharp(await large.jpeg({ quality: 25 }).toBuffer())
      assert.isTrue(PictureHash.areAlike(original, await look(poor)), `quality of ${i}`)
    }
  })

  it("differs for pages of one layout", () => {
    for (const [i, a] of looks.entries()) {
      for (const [j, b] of looks.entries()) if (i !== j) assert.isFalse(PictureHash.areAlike(a, b))
    }
  })

  it("counts the bits that differ", () => {
    const [a, b] = [Uint32Array.of(0, 0xffffffff), Uint32Array.of(0b1011, 0xfffffff0)]
    assert.strictEqual(PictureHash.distance(a, b), 7)
    assert.isAbove(PictureHash.distance(a, b, 2), 2)
  })
})

/** A look with these bits; all have the same grey values. */
const grey = new Uint8ClampedArray(64 * 64).map((_, i) => i)
const withBits = (bits: Uint32Array): PictureHash.Look => ({ bits, grey })

const flipped = (bits: Uint32Array, count: number, random: Random.Random): Uint32Array => {
  const changed = bits.slice()
  for (const bit of Random.permutation(PictureHash.BITS, random.int(1e6)).subarray(0, count))
    changed[bit >> 5] = (changed[bit >> 5] ?? 0) ^ (1 << (bit & 31))
  return changed
}

describe("duplicates", () => {
  const seen = (name: string, part: Part, digest: string, look?: PictureHash.Look) => ({
    name,
    part,
    digest,
    look
  })

  it("are groups of the same bytes, and of different bytes that look alike", async () => {
    const [one, copy, other] = [await look(page(1)), await look(page(1, 300, 450)), await look(page(2))]
    const groups = Duplicates.find([
      seen("a", "train", "x", one),
      seen("b", "train", "y", other),
      seen("c", "val", "z", copy),
      seen("d", "train", "x", one),
      seen("e", "train", "w")
    ])
    const named = groups.map((group) => [
      group.kind,
      group.samples.map(({ name }) => name).join(""),
      Duplicates.isLeak(group)
    ])
    assert.deepStrictEqual(named, [
      ["exact", "ad", false],
      ["near", "ac", true]
    ])
  })

  it("are found among tens of thousands, up to the last bit by which they may differ, in seconds", () => {
    const random = Random.make(7)
    const count = 30_000
    const all = Array.from({ length: count }, (_, i) =>
      seen(`${i}`, "train", `${i}`, withBits(Uint32Array.from({ length: 16 }, () => random.int(2 ** 32))))
    )
    const others = Array.from({ length: 200 }, (_, i) => {
      const bits = all[i]?.look?.bits ?? new Uint32Array(16)
      const differing = PictureHash.NEAR + (i % 2)
      return seen(`copy of ${i}`, "val", `copy ${i}`, withBits(flipped(bits, differing, random)))
    })
    const begun = process.cpuUsage()
    const groups = Duplicates.find([...all, ...others])
    const { user } = process.cpuUsage(begun)
    const expected = others.flatMap(({ name }, i) => (i % 2 === 0 ? [[`${i}`, name]] : []))
    assert.deepStrictEqual(
      groups.map(({ samples }) => samples.map(({ name }) => name)),
      expected
    )
    // Each against each, they would take half a minute.
    assert.isBelow(user / 1e6, 15)
  })
})

describe("the EXIF orientation", () => {
  const picture = () => sharp({ create: { width: 20, height: 10, channels: 3, background: "#777" } })

  it("is read from JPEG, PNG, WebP and TIFF as sharp writes them", async () => {
    for (const format of ["jpeg", "png", "webp"] as const) {
      for (const orientation of [1, 3, 6, 8]) {
        const bytes = await picture().withMetadata({ orientation }).toFormat(format).toBuffer()
        const { orientation: theirs } = await sharp(bytes).metadata()
        assert.strictEqual(theirs, orientation)
        assert.strictEqual(Orientation.of(bytes), orientation, format)
      }
      assert.strictEqual(Orientation.of(await picture().toFormat(format).toBuffer()), 0)
    }
  })

  it("of bytes that are cut or changed is a number from 0 to 8, whatever they are", async () => {
    const bytes = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer()
    for (let run = 0; run < 2000; run++) {
      const random = Random.make(run)
      const bad = Uint8Array.from(bytes.subarray(0, random.int(bytes.length)))
      for (let i = 0; i < 3 && bad.length > 0; i++) bad[random.int(bad.length)] = random.int(256)
      assert.include([0, 1, 2, 3, 4, 5, 6, 7, 8], Orientation.of(bad))
    }
  })
})

describe("a summary", () => {
  it("has quantiles, and bins that count every value", () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i * 7) % 1000)
    const summary = Summary.of({ name: "n", unit: "px", values })
    assert.deepInclude(summary, { min: 0, p5: 50, median: 500, p95: 950, max: 999, mean: 499.5, count: 1000 })
    assert.strictEqual(
      summary?.bins.counts.reduce((sum, count) => sum + count, 0),
      1000
    )
    assert.isUndefined(Summary.of({ name: "n", unit: "", values: [] }))
    assert.deepStrictEqual([1234567, 1020.34, 0.01234].map(Summary.text), ["1,234,567", "1,020", "0.0123"])
  })
})
