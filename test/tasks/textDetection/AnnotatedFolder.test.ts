import { existsSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import sharp from "sharp"
import * as Codec from "../../../src/layers/image/ImageCodec.ts"
import * as AnnotatedFolder from "../../../src/tasks/textDetection/AnnotatedFolder.ts"
import * as FolderSource from "../../../src/tasks/textDetection/FolderSource.ts"

const picture = (width = 200, height = 100, orientation?: number) =>
  Effect.promise(() => {
    const made = sharp({ create: { width, height, channels: 3, background: "#777777" } })
    return (orientation === undefined ? made : made.withMetadata({ orientation })).jpeg().toBuffer()
  })

const BOX = [
  [10, 10],
  [50, 10],
  [50, 20],
  [10, 20]
]

const entry = (words: object = { "0001": { points: BOX } }, size: object = { img_w: 200, img_h: 100 }) => ({
  ...size,
  words
})

/** A folder in the layout, with sound pictures for all that is listed; gone with the test's scope. */
const folder = Effect.fnUntraced(function* (images: Record<string, object>, under = "") {
  const fs = yield* FileSystem.FileSystem
  const root = yield* fs.makeTempDirectoryScoped()
  yield* fill(`${root}/${under}`, images)
  return root
})

const fill = Effect.fnUntraced(function* (at: string, images: Record<string, object>) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(`${at}/images`, { recursive: true })
  yield* fs.writeFileString(`${at}/annotations.json`, JSON.stringify({ images }, null, 1))
  for (const name of Object.keys(images)) yield* fs.writeFile(`${at}/images/${name}`, yield* picture())
})

const failed = (options: AnnotatedFolder.Options) => Effect.flip(AnnotatedFolder.open(options))

const names = (entries: ReadonlyArray<{ readonly name: string }>) => entries.map((one) => one.name).join(" ")

const some = (...list: ReadonlyArray<string>) => Object.fromEntries(list.map((name) => [name, entry()]))

layer(Layer.merge(Codec.layer, NodeServices.layer))("a data folder", (it) => {
  it.effect("is divided by name: the last fifth validates and tests, whatever the order of the file", () =>
    Effect.gen(function* () {
      const root = yield* folder(some("c.jpg", "b.jpg", "a.jpg", "e.jpg", "d.jpg"))
      const opened = yield* AnnotatedFolder.open({ root })
      assert.strictEqual(names(opened.train), "a.jpg b.jpg c.jpg d.jpg")
      assert.strictEqual(names(opened.val), "e.jpg")
      assert.strictEqual(names(opened.test), "e.jpg")
      assert.deepStrictEqual(opened.warnings, [])
      const most = yield* AnnotatedFolder.open({ root, valFraction: 0.99 })
      assert.strictEqual(names(most.train), "a.jpg")
      const all = yield* AnnotatedFolder.open({ root, valFraction: 0 })
      assert.deepStrictEqual([all.train.length, all.val.length], [5, 0])
    })
  )

  it.effect("uses folders of their own for validation and test when they exist or are named", () =>
    Effect.gen(function* () {
      const root = yield* folder(some("a.jpg", "b.jpg"), "train")
      yield* fill(`${root}/val`, some("v.jpg"))
      yield* fill(`${root}/test`, some("t.jpg"))
      yield* fill(`${root}/other`, some("o.jpg"))
      const opened = yield* AnnotatedFolder.open({ root })
      assert.deepStrictEqual(
        [names(opened.train), names(opened.val), names(opened.test)],
        ["a.jpg b.jpg", "v.jpg", "t.jpg"]
      )
      const named = yield* AnnotatedFolder.open({ root, val: { annotations: "other/annotations.json" } })
      assert.strictEqual(names(named.val), "o.jpg")
      const missing = yield* failed({ root, test: { annotations: "no.json" } })
      assert.strictEqual(missing.where, `${root}/no.json`)
    })
  )

  it.effect("that is missing, a file, without annotations, or empty is refused with the layout", () =>
    Effect.gen(function* () {
      const root = yield* folder({})
      const cases = [
        [{ root: "/no/such/folder" }, "/no/such/folder", /does not exist/, /data\.root=<folder>/],
        [
          { root: `${root}/annotations.json` },
          `${root}/annotations.json`,
          /a file, not a folder/,
          /data\.root/
        ],
        [{ root: `${root}/images` }, `${root}/images/annotations.json`, /file does not exist/, /images\//],
        [{ root }, `${root}/annotations.json`, /set is empty/, /annotations\.json/]
      ] as const
      for (const [options, where, problem, cure] of cases) {
        const error = yield* failed(options)
        assert.strictEqual(error._tag, "DataError")
        assert.strictEqual(error.where, where)
        assert.match(error.problem, problem)
        assert.match(error.cure, cure)
      }
      const single = yield* failed({ root: yield* folder(some("a.jpg")) })
      assert.match(single.message, /one picture cannot be divided.*val_fraction=0/)
    })
  )

  it.effect("names every absent, corrupt, mis-sized and mis-drawn entry at its line, all at once", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder({
        ...some("fine.jpg", "absent.jpg", "corrupt.jpg", "turned.jpg"),
        "drawn.jpg": entry({
          "0001": { points: BOX },
          "0002": { points: BOX.map(([x, y]) => [(x ?? 0) + 400, y]) }
        })
      })
      yield* fs.remove(`${root}/images/absent.jpg`)
      const whole = yield* picture()
      yield* fs.writeFile(`${root}/images/corrupt.jpg`, whole.subarray(0, whole.length - 30))
      yield* fs.writeFile(`${root}/images/turned.jpg`, yield* picture(200, 100, 6))
      const error = yield* failed({ root })
      assert.strictEqual(error.where, `${root}/annotations.json`)
      assert.match(error.problem, /^4 problems/)
      for (const line of [
        /json:\d+:\d+: image absent\.jpg: the file does not exist/,
        /json:\d+:\d+: image corrupt\.jpg: the picture is corrupt/,
        /image turned\.jpg: annotated at 200 x 100 pixels where the picture has 100 x 200, its orientation tag/,
        /image drawn\.jpg, word 0002: the polygon lies wholly outside/
      ]) {
        assert.match(error.problem, line)
      }
      assert.match(error.cure, /data\.refused=skip/)
    })
  )

  it.effect(
    "leaves refused polygons out when told to, and says so; says what it clipped and does not use",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const root = yield* folder({
          "a.jpg": entry({
            "0001": { points: BOX },
            "0002": { points: BOX.map(([x, y]) => [(x ?? 0) + 400, y]) },
            "0003": { points: BOX.map(([x, y]) => [(x ?? 0) - 12, y]) }
          }),
          ...some("b.jpg")
        })
        yield* fs.writeFile(`${root}/images/z.jpg`, yield* picture())
        const { train, warnings } = yield* AnnotatedFolder.open({ root, refused: "skip" })
        assert.deepStrictEqual(
          train[0]?.regions.map((region) => region.id),
          ["0001", "0003"]
        )
        assert.strictEqual(warnings.length, 3)
        assert.match(warnings[0] ?? "", /^1 regions reached slightly outside.*word 0003/)
        assert.match(warnings[1] ?? "", /^1 regions are unusable and were left out.*word 0002/)
        assert.match(warnings[2] ?? "", /1 pictures are not in the annotations/)
      })
  )

  it.effect("gives pictures with regions in decoded pixels, and keeps them while they fit", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder(some("a.jpg", "b.jpg", "c.jpg"))
      const { train } = yield* AnnotatedFolder.open({ root, valFraction: 0 })
      const bytes = 100 * 50 * 3
      const source = yield* FolderSource.make("train", train, { maxSide: 100, cacheBytes: 2 * bytes })
      assert.strictEqual(source.size, 3)
      const first = yield* source.image(0, 0)
      assert.deepStrictEqual([first.width, first.height, first.rgb.length], [100, 50, bytes])
      assert.deepStrictEqual(first.regions[0]?.polygon, [
        [5, 5],
        [25, 5],
        [25, 10],
        [5, 10]
      ])
      yield* source.image(0, 1)
      yield* source.image(0, 2)
      yield* fs.remove(`${root}/images`, { recursive: true })
      assert.strictEqual(yield* source.image(1, 0), first)
      yield* source.image(1, 1)
      // The third did not fit, so it is read again, and fails by name now that it is gone.
      const error = yield* Effect.flip(source.image(1, 2))
      assert.strictEqual(error.where, `${root}/images/c.jpg`)
      assert.match(error.problem, /does not exist/)
    })
  )

  const sroie = new URL("../../../../shared/data/sroie-mini", import.meta.url).pathname
  it.effect.skipIf(!existsSync(sroie))("of 100 receipts opens whole (skipped without ../shared)", () =>
    Effect.gen(function* () {
      const { train, val, warnings } = yield* AnnotatedFolder.open({ root: sroie })
      assert.deepStrictEqual([train.length, val.length], [80, 20])
      assert.isTrue([...train].every((one) => one.name < (val[0]?.name ?? "")))
      assert.deepStrictEqual(warnings, [])
    })
  )
})
