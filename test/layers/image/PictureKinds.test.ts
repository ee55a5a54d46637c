import { crc32 } from "node:zlib"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import sharp from "sharp"
import * as Codec from "../../../src/layers/image/ImageCodec.ts"
import * as Tiff from "../../../src/layers/image/Tiff.ts"
import { ImageCodec, placeOf, type RgbImage } from "../../../src/pipeline/picture/Images.ts"
import * as Fuzz from "./Fuzz.ts"
import { colours, dull, kinds, ofRgb, others } from "./PictureKinds.ts"

const made = await kinds()

const bytesOf = (name: string): Uint8Array =>
  made.find((kind) => kind.name === name)?.bytes ?? new Uint8Array()

const file = Effect.fnUntraced(function* (name: string, bytes: Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFile(`${folder}/${name}`, bytes)
  return `${folder}/${name}`
})

const read = (path: string, maxSide?: number) =>
  ImageCodec.use((codec) => codec.read(path, maxSide === undefined ? {} : { maxSide }))

const refused = (path: string, maxSide?: number) => Effect.flip(read(path, maxSide))

const farthest = (a: RgbImage, b: RgbImage): number => {
  assert.deepStrictEqual([a.width, a.height, a.rgb.length], [b.width, b.height, b.rgb.length])
  return a.rgb.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.rgb[i] ?? Number.NaN))), 0)
}

/** A grey TIFF of 2 x 1 pixels without compression (TIFF 6.0, section 8), by its tags. */
const tiff = (tags: { readonly [tag: number]: number }, samples: Uint8Array): Uint8Array => {
  const all = { 256: 2, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: samples.length, ...tags }
  const entries = Object.entries(all)
  const bytes = new Uint8Array(8 + samples.length + 2 + 12 * entries.length + 4)
  const view = new DataView(bytes.buffer)
  bytes.set([0x49, 0x49, 42, 0])
  bytes.set(samples, 8)
  const directory = 8 + samples.length
  view.setUint32(4, directory, true)
  view.setUint16(directory, entries.length, true)
  for (const [i, [tag, value]] of entries.entries()) {
    const at = directory + 2 + 12 * i
    view.setUint16(at, Number(tag), true)
    view.setUint16(at + 2, 3, true)
    view.setUint32(at + 4, 1, true)
    view.setUint16(at + 8, value, true)
  }
  return bytes
}

/** The same PNG, said to have other sides; its checksum is right. */
const resizedPng = (png: Uint8Array, width: number, height: number): Uint8Array => {
  const lying = png.slice()
  const view = new DataView(lying.buffer)
  view.setUint32(16, width)
  view.setUint32(20, height)
  view.setUint32(29, crc32(lying.subarray(12, 29)))
  return lying
}

/** The same JPEG, said to have other sides: in the frame header (ITU T.81, B.2.2), here of a progressive one. */
const resizedJpeg = (jpeg: Uint8Array, width: number, height: number): Uint8Array => {
  const lying = jpeg.slice()
  const at = Buffer.from(lying.buffer).indexOf(Buffer.from([0xff, 0xc2]))
  const view = new DataView(lying.buffer)
  view.setUint16(at + 5, height)
  view.setUint16(at + 7, width)
  return lying
}

const services = Layer.merge(Codec.layer, NodeServices.layer)

layer(services)("kinds of pictures", (it) => {
  describe("that are read", () => {
    it.effect.each(made)("$name gives its pixels as upright 8-bit sRGB", ({ name, bytes, ...kind }) =>
      Effect.gen(function* () {
        const path = yield* file(name, bytes)
        assert.isAtMost(farthest(yield* read(path), kind.gives), kind.within)
        const header = yield* (yield* ImageCodec).probe(path)
        const pages = kind.pages === undefined ? {} : { pages: kind.pages }
        assert.deepStrictEqual(header, { width: 48, height: 32, ...pages })
        // Every block is three pixels then: its middle is not mixed with others.
        const small = yield* read(path, 18)
        assert.deepStrictEqual([small.width, small.height], [18, 12])
        const middle = (image: RgbImage, block: number) =>
          image.rgb.subarray((block >> 1) * (image.width + 1) * 3).subarray(0, 3)
        const [here, there] = [middle(small, 3), middle(kind.gives, 8)]
        here.forEach((value, i) => assert.closeTo(value, there[i] ?? Number.NaN, kind.within + 12))
      })
    )

    it.effect("a profile is applied: the stored numbers are others", () =>
      Effect.gen(function* () {
        const stored = yield* Effect.promise(() =>
          sharp(bytesOf("wide.png"), { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true })
        )
        assert.isAbove(farthest({ ...stored.info, rgb: stored.data }, dull), 5)
      })
    )

    it.effect("what it is counts, not what it is called", () =>
      Effect.gen(function* () {
        const image = yield* read(yield* file("really-a-png.jpg", bytesOf("plain.png")))
        assert.strictEqual(farthest(image, colours), 0)
      })
    )

    it.effect.each([...Array(8).keys()].map((i) => i + 1))(
      "orientation %i of a JPEG, PNG, WebP, TIFF and AVIF is applied once",
      (orientation) =>
        Effect.gen(function* () {
          // sharp itself turns the stored picture by the tag: 1 is as it is stored.
          const stored = () => ofRgb(colours).withMetadata({ orientation })
          const turned = yield* Effect.promise(() =>
            stored()
              .png()
              .toBuffer()
              .then((png) => sharp(png).autoOrient().raw().toBuffer({ resolveWithObject: true }))
          )
          const expected = { ...turned.info, rgb: new Uint8Array(turned.data) }
          assert.deepStrictEqual([expected.width, expected.height], orientation < 5 ? [48, 32] : [32, 48])
          const files = [
            ["a.png", () => stored().png().toBuffer(), 0],
            ["a.jpg", () => stored().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(), 3],
            ["a.webp", () => stored().webp({ lossless: true }).toBuffer(), 0],
            ["a.tiff", () => stored().tiff({ compression: "lzw" }).toBuffer(), 0],
            ["a.avif", () => stored().avif({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(), 6]
          ] as const
          for (const [name, encode, within] of files) {
            const path = yield* file(name, yield* Effect.promise(encode))
            assert.isAtMost(farthest(yield* read(path), expected), within, name)
            const { width, height } = yield* (yield* ImageCodec).probe(path)
            assert.deepStrictEqual([width, height], [expected.width, expected.height], name)
          }
        })
    )
  })

  describe("with pages", () => {
    it("a page is named after its file", () => {
      assert.deepStrictEqual(placeOf("a/b.tiff#page=2"), { file: "a/b.tiff", page: 2 })
      assert.deepStrictEqual(placeOf("a/#page=0/b.tiff"), { file: "a/#page=0/b.tiff", page: 1 })
    })

    it.effect.each(["pages.tiff", "frames.webp", "frames.gif"])("%s gives the one that is named", (name) =>
      Effect.gen(function* () {
        const path = yield* file(name, bytesOf(name))
        assert.strictEqual(farthest(yield* read(`${path}#page=1`), colours), 0)
        assert.strictEqual(farthest(yield* read(`${path}#page=2`), others), 0)
        const beyond = yield* refused(`${path}#page=3`)
        assert.strictEqual(beyond.path, `${path}#page=3`)
        assert.strictEqual(beyond.problem, "it has 2 pages, and page 3 was asked for")
      })
    )

    it.effect("a single picture has no second page", () =>
      Effect.gen(function* () {
        const error = yield* refused(`${yield* file("a.png", bytesOf("plain.png"))}#page=2`)
        assert.strictEqual(error.problem, "it is a single picture, and page 2 was asked for")
      })
    )
  })

  describe("that are refused", () => {
    // What is left of those with several pages may hold the first.
    it.effect.each(made.filter(({ pages }) => pages === undefined))("half of $name", ({ name, bytes }) =>
      Effect.gen(function* () {
        const path = yield* file(name, bytes.subarray(0, bytes.length >> 1))
        const error = yield* refused(path)
        assert.strictEqual(error.path, path)
        assert.match(error.problem, /^the picture is corrupt \(.+\)$|^it is damaged/)
        assert.strictEqual((yield* refused(path, 20))._tag, "ImageError")
      })
    )

    it.effect("samples without a range: black and white would be guesses", () =>
      Effect.gen(function* () {
        const whole = tiff({}, Uint8Array.of(10, 200))
        assert.deepStrictEqual(
          [...(yield* read(yield* file("whole.tiff", whole))).rgb],
          [10, 10, 10, 200, 200, 200]
        )
        const float = tiff({ 258: 32, 339: 3 }, new Uint8Array(Float32Array.of(0.1, 0.9).buffer))
        assert.match((yield* refused(yield* file("float.tiff", float))).problem, /of type float/)
        const int = tiff({ 258: 32, 339: 1 }, new Uint8Array(Uint32Array.of(1, 9).buffer))
        assert.match((yield* refused(yield* file("int.tiff", int))).problem, /of type uint/)
      })
    )

    it.effect("luma and chroma that are not within JPEG, on whatever page", () =>
      Effect.gen(function* () {
        const samples = Uint8Array.of(82, 90, 240, 200, 90, 240)
        const ycc = tiff({ 262: 6, 277: 3 }, samples)
        assert.match((yield* refused(yield* file("ycc.tiff", ycc))).problem, /luma and chroma \(YCbCr\)/)
        const rgb = yield* read(yield* file("rgb.tiff", tiff({ 262: 2, 277: 3 }, samples)))
        assert.deepStrictEqual(rgb.rgb, samples)
        // A second directory behind the first, which leads to it.
        const first = tiff({ 262: 2, 277: 3 }, samples)
        const whole = new Uint8Array(first.length + ycc.length)
        whole.set(first)
        whole.set(ycc, first.length)
        const view = new DataView(whole.buffer)
        view.setUint32(first.length - 4, first.length + 8 + samples.length, true)
        const path = yield* file("both.tiff", whole)
        assert.deepStrictEqual((yield* read(path)).rgb, samples)
        assert.match((yield* refused(`${path}#page=2`)).problem, /luma and chroma/)
        // The mark of a big TIFF, in the other order of bytes.
        const big = new Uint8Array(8 + 8 + 8 + 2 * 20 + 8)
        const numbers = new DataView(big.buffer)
        big.set([0x4d, 0x4d, 0, 43, 0, 8, 0, 0])
        numbers.setBigUint64(8, 16n)
        numbers.setBigUint64(16, 2n)
        numbers.setUint16(24, 259)
        numbers.setUint16(36, 1)
        numbers.setUint16(44, 262)
        numbers.setUint16(56, 6)
        assert.isTrue(yield* Tiff.isRawYcc(yield* file("big.tiff", big), 1))
        numbers.setUint16(36, 7)
        assert.isFalse(yield* Tiff.isRawYcc(yield* file("big.tiff", big), 1))
      })
    )

    it.effect("other formats, whatever they are called", () =>
      Effect.gen(function* () {
        const files = [
          "\0\0\0\x18ftypheic\0\0\0\0",
          "\0\0\0\x18ftypisom\0\0\0\0",
          "BM\x36\0\0\0",
          "%PDF-1.7",
          "P6 1 1 255 abc"
        ]
        for (const text of files) {
          const { problem, cure } = yield* refused(yield* file("a.jpg", Buffer.from(text, "latin1")))
          assert.strictEqual(problem, "it is not a picture in a supported format", text)
          assert.strictEqual(cure, "Convert it to JPEG, PNG or WebP.")
        }
      })
    )

    it.effect("pictures that would fill the memory, by their headers alone", () =>
      Effect.gen(function* () {
        const bomb = yield* file("a.png", resizedPng(bytesOf("plain.png"), 100_000, 100_000))
        assert.match((yield* refused(bomb, 64)).problem, /more than 268 million pixels/)
        // A progressive picture is held whole while it is decoded, however small it gets.
        const held = yield* file("a.jpg", resizedJpeg(bytesOf("progressive.jpg"), 16_000, 16_000))
        const error = yield* refused(held, 64)
        assert.strictEqual(error.problem, "it has 256 million pixels, and 100 million is the limit")
        assert.strictEqual(error.cure, "Scale it down to at most 10000 x 10000.")
      })
    )
  })

  // The long form, which counts crashes of the process as well, is bench/fuzz-images.ts.
  it.effect("damaged pictures of all kinds give pixels, or an error with file, problem and cure", () =>
    Effect.gen(function* () {
      const path = yield* file("damaged", new Uint8Array())
      const read = new Set<boolean>()
      for (let index = 0; index < 20 * made.length; index++) {
        const seen = yield* Fuzz.once(made, path, 11, index)
        read.add(seen.read)
        assert.isUndefined(seen.wrong, `file ${index}, ${seen.kind}`)
      }
      assert.strictEqual(read.size, 2)
    })
  )
})

describe("a reader of pictures", () => {
  it.live("an interrupted reader goes on at once", () =>
    Effect.gen(function* () {
      const create = { width: 5000, height: 5000, channels: 3, background: "#456" } as const
      const bytes = yield* Effect.promise(() =>
        sharp({ create }).png({ progressive: true, compressionLevel: 1 }).toBuffer()
      )
      const path = yield* file("slow.png", bytes)
      const [whole] = yield* Effect.timed(read(path))
      const fiber = yield* Effect.forkChild(read(path))
      yield* Effect.sleep("20 millis")
      const [interruption] = yield* Effect.timed(Fiber.interrupt(fiber))
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      assert.isBelow(Duration.toMillis(interruption), Duration.toMillis(whole) / 2)
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})
