import { execFileSync } from "node:child_process"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import sharp from "sharp"
import * as Codec from "../../../src/layers/image/ImageCodec.ts"
import { ImageCodec, type RgbImage } from "../../../src/pipeline/picture/Images.ts"
import * as Large from "./Large.ts"

/** A picture without symmetry: a bright corner, a dark edge, a slope, so that no orientation looks like another. */
const upright = (width: number, height: number): RgbImage => {
  const rgb = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3
      rgb[at] = Math.round((255 * x) / width)
      rgb[at + 1] = Math.round((255 * y) / height)
      rgb[at + 2] = x < width / 3 && y < height / 3 ? 255 : 40
    }
  }
  return { width, height, rgb }
}

/** How a camera stores the upright picture under an orientation tag (EXIF 2.3, tag 0x0112): its inverse, by index. */
const stored = (image: RgbImage, orientation: number): RgbImage => {
  const { width: w, height: h } = image
  const turned = orientation >= 5
  const [width, height] = turned ? [h, w] : [w, h]
  const rgb = new Uint8Array(image.rgb.length)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = visual(orientation, column, row, w, h)
      rgb.set(image.rgb.subarray((y * w + x) * 3, (y * w + x) * 3 + 3), (row * width + column) * 3)
    }
  }
  return { width, height, rgb }
}

/** Where a stored pixel stands in the upright picture: "row 0 is the visual …, column 0 the visual …". */
const visual = (orientation: number, c: number, r: number, w: number, h: number): [number, number] => {
  const places: ReadonlyArray<[number, number]> = [
    [c, r], // 1: top, left
    [w - 1 - c, r], // 2: top, right
    [w - 1 - c, h - 1 - r], // 3: bottom, right
    [c, h - 1 - r], // 4: bottom, left
    [r, c], // 5: left, top
    [w - 1 - r, c], // 6: right, top
    [w - 1 - r, h - 1 - c], // 7: right, bottom
    [r, h - 1 - c] // 8: left, bottom
  ]
  return places[orientation - 1] ?? [c, r]
}

const file = Effect.fnUntraced(function* (name: string, bytes: Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFile(`${folder}/${name}`, bytes)
  return `${folder}/${name}`
})

const jpeg = (image: RgbImage, orientation?: number) =>
  Effect.promise(() => {
    const raw = { width: image.width, height: image.height, channels: 3 } as const
    const picture = sharp(image.rgb, { raw }).jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
    return (orientation === undefined ? picture : picture.withMetadata({ orientation })).toBuffer()
  })

const farthest = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0)

const mean = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? Number.NaN)), 0) / a.length

layer(Layer.merge(Codec.layer, NodeServices.layer))("ImageCodec by sharp", (it) => {
  describe("orientation", () => {
    it.effect.each([1, 2, 3, 4, 5, 6, 7, 8])("tag %i is applied exactly once", (orientation) =>
      Effect.gen(function* () {
        const image = upright(48, 32)
        const path = yield* file("o.jpg", yield* jpeg(stored(image, orientation), orientation))
        const codec = yield* ImageCodec
        const read = yield* codec.read(path)
        assert.deepStrictEqual([read.width, read.height, read.scale], [48, 32, 1])
        assert.isAtMost(farthest(read.rgb, image.rgb), 6)
        assert.deepStrictEqual(yield* codec.probe(path), { width: 48, height: 32 })
        // What we write carries no tag, so that reading it again turns nothing.
        const again = yield* codec.read(yield* file("again.jpg", yield* codec.encode(read, "jpeg")))
        assert.isAtMost(farthest(again.rgb, image.rgb), 8)
      })
    )

    it.effect("a turned picture is shrunk by its upright sides", () =>
      Effect.gen(function* () {
        const path = yield* file("o.jpg", yield* jpeg(stored(upright(400, 200), 6), 6))
        const read = yield* (yield* ImageCodec).read(path, { maxSide: 100 })
        assert.deepStrictEqual([read.width, read.height, read.scale], [100, 50, 0.25])
        assert.isBelow(mean(read.rgb, upright(100, 50).rgb), 4)
      })
    )
  })

  describe("pixels", () => {
    it.effect("are the same at every read, and never enlarged", () =>
      Effect.gen(function* () {
        const path = yield* file("p.jpg", yield* jpeg(upright(300, 150)))
        const codec = yield* ImageCodec
        const [a, b] = [yield* codec.read(path, { maxSide: 97 }), yield* codec.read(path, { maxSide: 97 })]
        assert.deepStrictEqual(a.rgb, b.rgb)
        assert.strictEqual((yield* codec.read(path, { maxSide: 5000 })).width, 300)
        assert.strictEqual(a.rgb.buffer.byteLength, a.rgb.length)
      })
    )

    it.effect("grey, four-colour, transparent and 16-bit pictures become RGB, 8 bits, on white", () =>
      Effect.gen(function* () {
        const codec = yield* ImageCodec
        const base = sharp({ create: { width: 8, height: 6, channels: 3, background: "#646464" } })
        const clear = sharp({
          create: { width: 8, height: 6, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } }
        })
        const made = [
          ["grey.jpg", yield* Effect.promise(() => base.clone().greyscale().jpeg().toBuffer()), 100],
          ["grey.png", yield* Effect.promise(() => base.clone().toColourspace("b-w").png().toBuffer()), 100],
          [
            "cmyk.jpg",
            yield* Effect.promise(() => base.clone().toColourspace("cmyk").jpeg().toBuffer()),
            100
          ],
          [
            "deep.png",
            yield* Effect.promise(() => base.clone().toColourspace("rgb16").png().toBuffer()),
            100
          ],
          ["clear.png", yield* Effect.promise(() => clear.png().toBuffer()), 255]
        ] as const
        for (const [name, bytes, value] of made) {
          const read = yield* codec.read(yield* file(name, bytes))
          assert.strictEqual(read.rgb.length, 8 * 6 * 3, name)
          assert.isAtMost(
            farthest(read.rgb, read.rgb.slice().fill(value)),
            name === "cmyk.jpg" ? 12 : 1,
            name
          )
        }
      })
    )

    it.effect("a PNG gives back what was encoded, byte for byte", () =>
      Effect.gen(function* () {
        const codec = yield* ImageCodec
        const image = upright(37, 53)
        const read = yield* codec.read(yield* file("x.png", yield* codec.encode(image, "png")))
        assert.deepStrictEqual(read.rgb, image.rgb)
      })
    )
  })

  describe("what cannot be read", () => {
    it.effect("is named with its path and a cure", () =>
      Effect.gen(function* () {
        const codec = yield* ImageCodec
        const whole = yield* jpeg(upright(64, 64))
        const cut = yield* file("cut.jpg", whole.subarray(0, whole.length / 2))
        const scrambled = yield* file(
          "scrambled.jpg",
          whole.map((byte, i) => (i > whole.length / 2 && i < whole.length / 2 + 60 ? 255 : byte))
        )
        const text = yield* file("text.jpg", new TextEncoder().encode("not a picture"))
        const empty = yield* file("empty.jpg", new Uint8Array(0))
        const expected = [
          [cut, /corrupt/],
          [scrambled, /corrupt/],
          [text, /not a picture in a supported format/],
          [empty, /the file is empty/],
          ["/no/such.jpg", /does not exist/]
        ] as const
        for (const [path, problem] of expected) {
          const error = yield* Effect.flip(codec.read(path))
          assert.strictEqual(error._tag, "ImageError")
          assert.strictEqual(error.path, path)
          assert.match(error.problem, problem)
          assert.isNotEmpty(error.cure)
        }
        const wrong = yield* Effect.flip(codec.encode({ width: 9, height: 9, rgb: new Uint8Array(5) }, "png"))
        assert.match(wrong.message, /9x9 picture: it cannot be encoded as png/)
      })
    )
  })

  describe("what is no picture for this codec", () => {
    const problemOf = (path: string) =>
      Effect.flatMap(ImageCodec, (codec) => Effect.flip(codec.read(path))).pipe(
        Effect.map(({ problem }) => problem)
      )

    it.effect("SVG never reaches its renderer, whatever its name", () =>
      Effect.gen(function* () {
        const text = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
        const path = yield* file("x.png", new TextEncoder().encode(text))
        assert.match(yield* problemOf(path), /not a picture in a supported format/)
      })
    )

    it.effect("a pipe and a folder are refused without being opened", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        yield* Effect.sync(() => execFileSync("mkfifo", [`${folder}/x.png`]))
        assert.strictEqual(yield* problemOf(`${folder}/x.png`), "it is not a file")
        assert.strictEqual(yield* problemOf(folder), "it is not a file")
      })
    )

    it.effect(
      "a picture too large to be held is refused with the size that fits, and shrunk all the same",
      () =>
        Effect.gen(function* () {
          const codec = yield* ImageCodec
          const path = yield* file("large.png", Large.png(16_000, 8000))
          const error = yield* Effect.flip(codec.read(path))
          assert.strictEqual(error.cure, "Scale it down to at most 14142 x 7071.")
          assert.strictEqual((yield* codec.read(path, { maxSide: 64 })).width, 64)
        })
    )
  })
})
