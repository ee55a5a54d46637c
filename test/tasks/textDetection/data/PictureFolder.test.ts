import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { afterAll, assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ImageCodecLayer from "../../../../src/layers/image/ImageCodec.ts"
import { ImageCodec } from "../../../../src/pipeline/picture/Images.ts"
import * as PictureFolder from "../../../../src/tasks/textDetection/data/PictureFolder.ts"

const root = mkdtempSync(join(tmpdir(), "anneal-pictures-"))
afterAll(() => rmSync(root, { recursive: true }))

/** A picture of 8 by 6 pixels in each place. */
const pictures = Effect.fnUntraced(function* (...places: ReadonlyArray<string>) {
  const codec = yield* ImageCodec
  const bytes = yield* codec.encode({ width: 8, height: 6, rgb: new Uint8Array(8 * 6 * 3) }, "png")
  for (const place of places) {
    mkdirSync(join(root, place, ".."), { recursive: true })
    writeFileSync(join(root, place), bytes)
  }
})

const services = Layer.mergeAll(ImageCodecLayer.layer, NodeServices.layer)

layer(services)("PictureFolder", (it) => {
  it.effect("finds the pictures of a pattern, in the order of their paths", () =>
    Effect.gen(function* () {
      yield* pictures("a/2.png", "a/1.png", "b/3.png", "b/._3.png")
      writeFileSync(join(root, "a", "1.txt"), "")
      const all = yield* PictureFolder.open(join(root, "*", "*"))
      assert.deepStrictEqual(
        all.paths,
        ["a/1.png", "a/2.png", "b/3.png"].map((place) => join(root, place))
      )
      assert.deepStrictEqual((yield* all.image(0, 2)).name, "3.png")
    })
  )

  it.effect("takes a folder whose name looks like a pattern for what it is", () =>
    Effect.gen(function* () {
      yield* pictures("scans [2026]/1.png")
      assert.strictEqual((yield* PictureFolder.open(join(root, "scans [2026]"))).size, 1)
    })
  )

  it.effect("refuses a pattern of nothing, and two pictures of one name", () =>
    Effect.gen(function* () {
      yield* pictures("c/1.png", "d/1.png")
      const none = yield* Effect.flip(PictureFolder.open(join(root, "*.jpg")))
      assert.include(none.message, "no picture")
      const twice = yield* Effect.flip(PictureFolder.open(join(root, "{c,d}/*.png")))
      assert.include(
        twice.message,
        `${join(root, "d", "1.png")}: it has the name of ${join(root, "c", "1.png")}`
      )
    })
  )
})
