import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CanvasLayer from "../../../../src/layers/image/Canvas.ts"
import * as CodecLayer from "../../../../src/layers/image/ImageCodec.ts"
import { ImageCodec } from "../../../../src/pipeline/picture/Images.ts"
import * as FolderSource from "../../../../src/tasks/textDetection/data/FolderSource.ts"
import * as AnnotatedFolder from "../../../../src/tasks/textDetection/format/AnnotatedFolder.ts"
import * as SynthFolder from "../../../../src/tasks/textDetection/synthetic/SynthFolder.ts"
import * as SynthManifest from "../../../../src/tasks/textDetection/synthetic/SynthManifest.ts"
import * as SynthSource from "../../../../src/tasks/textDetection/synthetic/SynthSource.ts"

const receipts = { width: [160, 200], height: [200, 240] } as const

const parent = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const run = (folder: string, more: Partial<SynthFolder.Options> = {}) =>
  Stream.runCollect(SynthFolder.write({ folder, count: 3, seed: 1, pictures: receipts, ...more }))

const manifest = (folder: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(`${folder}/manifest.json`)).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(Schema.fromJsonString(SynthManifest.SynthManifest)))
  )

layer(Layer.mergeAll(CanvasLayer.layer, CodecLayer.layer, NodeServices.layer))(
  "a folder of synthetic pictures",
  (it) => {
    it.effect("opens as a data folder with the pixels and regions that were rendered", () =>
      Effect.gen(function* () {
        const folder = `${yield* parent}/new/synth`
        const events = yield* run(folder, { format: "png" })
        assert.deepStrictEqual(
          events.map((event) => event._tag),
          ["ReceiptWritten", "ReceiptWritten", "ReceiptWritten", "FolderWritten"]
        )
        const { train, val, warnings } = yield* AnnotatedFolder.open({ root: folder })
        assert.deepStrictEqual(warnings, [])
        const read = yield* FolderSource.make("all", [...train, ...val])
        const source = yield* SynthSource.make("receipt", { ...receipts, size: 3, seed: 1 })
        for (const index of [0, 1, 2]) {
          const [seen, made] = [yield* read.image(0, index), yield* source.image(0, index)]
          assert.deepStrictEqual(seen.rgb, made.rgb)
          assert.deepStrictEqual(
            seen.regions.map(({ id, ignore, transcription }) => [id, ignore, transcription]),
            made.regions.map(({ id, ignore, transcription }) => [id, ignore, transcription])
          )
          for (const [i, region] of seen.regions.entries()) {
            const far = region.polygon.map(([x, y], k) => {
              const [mx, my] = made.regions[i]?.polygon[k] ?? [Number.NaN, Number.NaN]
              return Math.hypot(x - mx, y - my)
            })
            assert.isBelow(Math.max(...far), 0.08)
          }
        }
      })
    )

    it.effect("holds JPEGs by default, a preview with boxes, and a manifest that says what it is", () =>
      Effect.gen(function* () {
        const folder = `${yield* parent}/synth`
        const events = yield* run(folder)
        const last = events.at(-1)
        const { size } = yield* Effect.flatMap(FileSystem.FileSystem, (fs) =>
          fs.stat(`${folder}/annotations.json`)
        )
        assert.isAbove(Number(size), 500)
        const said = yield* manifest(folder)
        assert.deepStrictEqual([said.complete, said.count, said.seed], [true, 3, 1])
        assert.deepStrictEqual([...said.pictures.width], [160, 200])
        assert.strictEqual(said.regions, last?._tag === "FolderWritten" ? last.regions : -1)
        const preview = yield* (yield* ImageCodec).read(`${folder}/preview/preview_grid.png`)
        let green = 0
        for (let at = 0; at < preview.rgb.length; at += 3) {
          if ((preview.rgb[at + 1] ?? 0) - (preview.rgb[at] ?? 0) > 80) green++
        }
        assert.isAbove(green, 500)
        assert.match(
          (yield* (yield* ImageCodec).probe(`${folder}/images/receipt_00001.jpg`)).width.toString(),
          /^1[6-9]\d$|^200$/
        )
      })
    )

    it.effect("is the same for the same seed, byte for byte", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const [a, b] = [`${yield* parent}/a`, `${yield* parent}/b`]
        yield* run(a)
        yield* run(b)
        for (const file of [
          "annotations.json",
          "images/receipt_00002.jpg",
          "preview/preview_grid.png",
          "manifest.json"
        ]) {
          assert.deepStrictEqual(yield* fs.readFile(`${a}/${file}`), yield* fs.readFile(`${b}/${file}`))
        }
      })
    )

    it.effect(
      "interrupted has no annotations and says that it is not complete; overwrite then replaces it",
      () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const folder = `${yield* parent}/synth`
          yield* SynthFolder.write({ folder, count: 5, seed: 1, pictures: receipts }).pipe(
            Stream.take(2),
            Stream.runDrain
          )
          assert.isFalse(yield* fs.exists(`${folder}/annotations.json`))
          assert.isFalse((yield* manifest(folder)).complete)
          const error = yield* Effect.flip(run(folder))
          assert.match(error.message, /earlier run.*overwrite=true/)
          yield* run(folder, { overwrite: true, count: 1 })
          assert.deepStrictEqual(yield* fs.readDirectory(`${folder}/images`), ["receipt_00001.jpg"])
          assert.isTrue((yield* manifest(folder)).complete)
        })
    )

    it.effect("never replaces what it did not write, and names a place where it cannot write", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const own = yield* parent
        yield* fs.makeDirectory(`${own}/images`)
        yield* fs.writeFileString(`${own}/images/mine.jpg`, "precious")
        const error = yield* Effect.flip(run(own, { overwrite: true }))
        assert.strictEqual(error.where, own)
        assert.match(error.problem, /its contents are not from anneal/)
        assert.strictEqual(yield* fs.readFileString(`${own}/images/mine.jpg`), "precious")
        const inside = yield* Effect.flip(run(`${own}/images/mine.jpg/synth`))
        assert.strictEqual(inside._tag, "DataError")
        assert.match(inside.problem, /cannot be written/)
      })
    )
  }
)
