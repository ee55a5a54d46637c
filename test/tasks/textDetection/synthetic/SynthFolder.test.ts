import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as WorkersLayer from "../../../../src/layers/data/Workers.ts"
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

const services = Layer.mergeAll(CanvasLayer.layer, CodecLayer.layer, NodeServices.layer)

/** All files of a folder with their bytes. */
const contents = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const names = (yield* fs.readDirectory(folder, { recursive: true })).toSorted()
  const files = yield* Effect.filter(names, (name) =>
    Effect.map(fs.stat(`${folder}/${name}`), ({ type }) => type === "File")
  )
  return yield* Effect.forEach(files, (name) =>
    Effect.map(fs.readFile(`${folder}/${name}`), (bytes) => [name, Buffer.from(bytes).toString("base64")])
  )
})

const mixed = {
  count: 5,
  seed: 5,
  pictures: { ...receipts, document: "mixed", languages: ["en", "ru", "el", "pl"], level: "word" },
  crops: { height: 20 }
} as const

layer(WorkersLayer.layer.pipe(Layer.provideMerge(services)))("a folder of synthetic pictures", (it) => {
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

  it.effect(
    "has the same bytes for any number of threads, and for a manifest of its own",
    () =>
      Effect.gen(function* () {
        const folder = yield* parent
        yield* Stream.runDrain(SynthFolder.write({ ...mixed, folder: `${folder}/here` }))
        const here = yield* contents(`${folder}/here`)
        assert.isAbove(here.length, 5 + 5)
        const said = yield* SynthManifest.read(`${folder}/here/manifest.json`)
        const again = { ...SynthFolder.optionsOf(said), folder: `${folder}/two` }
        yield* Stream.runDrain(SynthFolder.writeInWorkers(again, 2))
        assert.deepStrictEqual(yield* contents(`${folder}/two`), here)
      }),
    60_000
  )

  it.effect("interrupted goes on where it stopped, to the same bytes", () =>
    Effect.gen(function* () {
      const folder = yield* parent
      const at = (name: string) => ({ ...mixed, folder: `${folder}/${name}` })
      yield* Stream.runDrain(SynthFolder.write(at("whole")))
      yield* SynthFolder.write(at("parts")).pipe(Stream.take(3), Stream.runDrain)
      const other = yield* Effect.flip(
        Stream.runDrain(SynthFolder.write({ ...at("parts"), seed: 6, resume: true }))
      )
      assert.match(other.message, /other options/)
      const fs = yield* FileSystem.FileSystem
      const before = (yield* fs.stat(`${folder}/parts/images/receipt_00002.jpg`)).mtime
      yield* Stream.runDrain(SynthFolder.write({ ...at("parts"), resume: true }))
      assert.deepStrictEqual((yield* fs.stat(`${folder}/parts/images/receipt_00002.jpg`)).mtime, before)
      assert.deepStrictEqual(yield* contents(`${folder}/parts`), yield* contents(`${folder}/whole`))
    })
  )

  it.effect("holds crops with their texts, as PaddleOCR reads them", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = `${yield* parent}/synth`
      const events = yield* run(folder, { crops: { height: 20 } })
      const labels = (yield* fs.readFileString(`${folder}/labels.txt`)).trimEnd().split("\n")
      const last = events.at(-1)
      assert.strictEqual(last?._tag === "FolderWritten" ? last.crops : 0, labels.length)
      const codec = yield* ImageCodec
      for (const label of labels) {
        const [file = "", text = "", ...more] = label.split("\t")
        assert.isEmpty(more)
        assert.isNotEmpty(text)
        assert.strictEqual((yield* codec.probe(`${folder}/${file}`)).height, 20)
      }
    })
  )

  it.effect("has annotations in another layout if asked, which overwriting removes", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = `${yield* parent}/synth`
      yield* run(folder, { layout: "icdar" })
      const { train, val } = yield* AnnotatedFolder.open({ root: folder, format: "icdar" })
      assert.isAbove([...train, ...val].flatMap(({ regions }) => regions).length, 10)
      assert.isFalse(yield* fs.exists(`${folder}/annotations.json`))
      yield* run(folder, { overwrite: true })
      const left = (yield* fs.readDirectory(folder)).toSorted()
      assert.deepStrictEqual(left, ["annotations.json", "images", "manifest.json", "preview"])
    })
  )

  it.effect("says which version can read a manifest, and what is none", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = `${yield* parent}/synth`
      yield* run(folder)
      const file = `${folder}/manifest.json`
      const said = yield* SynthManifest.read(file)
      yield* fs.writeFileString(file, SynthManifest.text({ ...said, version: "0.0.7", generator: 1 }))
      const older = yield* Effect.flip(SynthManifest.read(file))
      assert.match(older.message, /manifest\.json: it was written by anneal 0\.0\.7.*--seed 1/)
      const none = yield* Effect.flip(SynthManifest.read(`${folder}/annotations.json`))
      assert.match(none.message, /annotations\.json: it is no manifest/)
    })
  )

  it.effect("is refused where no folders can be made, instead of waiting for ever", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      if (!(yield* fs.exists("/proc/self"))) return
      const error = yield* Effect.flip(run("/proc/anneal/synth"))
      assert.match(error.message, /^\/proc\/anneal\/synth: it cannot be written/)
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
})
