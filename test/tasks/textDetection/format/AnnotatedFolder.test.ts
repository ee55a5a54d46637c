import { existsSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import sharp from "sharp"
import * as Codec from "../../../../src/layers/image/ImageCodec.ts"
import * as SplitPlan from "../../../../src/pipeline/split/SplitPlan.ts"
import * as FolderSource from "../../../../src/tasks/textDetection/data/FolderSource.ts"
import * as AnnotatedFolder from "../../../../src/tasks/textDetection/format/AnnotatedFolder.ts"

const SplitFields = SplitPlan.make("name", false)

const picture = (width = 200, height = 100, orientation?: number, background = "#777777") =>
  Effect.promise(() => {
    const made = sharp({ create: { width, height, channels: 3, background } })
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
  for (const [i, name] of Object.keys(images).entries()) {
    // Of different bytes, since the same file in two parts would be reported.
    const grey = (0x40 + 3 * i).toString(16)
    yield* fs.writeFile(`${at}/images/${name}`, yield* picture(200, 100, undefined, `#${grey}${grey}${grey}`))
  }
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
      assert.match(single.message, /one picture cannot be split.*val_fraction=0/)
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
        /image turned\.jpg: annotated at 200 x 100 pixels, but the picture has 100 x 200, its orientation tag/,
        /image drawn\.jpg, word 0002: the polygon is completely outside/
      ]) {
        assert.match(error.problem, line)
      }
      assert.match(error.cure, /data\.on_bad_sample=skip/)
    })
  )

  it.effect("skips refused polygons if asked to, and reports what it skipped, clipped and does not use", () =>
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
      const { train, warnings } = yield* AnnotatedFolder.open({ root, onBadSample: "skip" })
      assert.deepStrictEqual(
        train[0]?.regions.map((region) => region.id),
        ["0001", "0003"]
      )
      assert.strictEqual(warnings.length, 3)
      assert.match(warnings[0] ?? "", /^1 regions reached slightly outside.*word 0003/)
      assert.match(warnings[1] ?? "", /^1 regions are unusable and were skipped.*word 0002/)
      assert.match(warnings[2] ?? "", /1 pictures are not in the annotations/)
    })
  )

  it.effect(
    "leaves out pictures that cannot be read if asked to, lists each, and fails if none is left",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const root = yield* folder({
          ...some("a.jpg", "b.jpg", "cut.jpg", "empty.jpg", "absent.jpg"),
          "words.jpg": entry({
            "0001": { points: BOX },
            "0002": { points: BOX.map(([x, y]) => [x, (y ?? 0) + 400]) }
          })
        })
        const whole = yield* picture()
        yield* fs.writeFile(`${root}/images/cut.jpg`, whole.subarray(0, whole.length - 30))
        yield* fs.writeFile(`${root}/images/empty.jpg`, new Uint8Array())
        yield* fs.remove(`${root}/images/absent.jpg`)
        // A set too large to be decoded whole for other reasons still is.
        const opened = yield* AnnotatedFolder.open({
          root,
          onBadSample: "skip",
          decodeUpTo: 0,
          valFraction: 0
        })
        assert.strictEqual(names(opened.train), "a.jpg b.jpg words.jpg")
        const said = opened.skipped.map(({ where, problem }) => `${where.slice(root.length)} ${problem}`)
        assert.strictEqual(said.length, 4)
        for (const [i, pattern] of [
          /^\/annotations\.json:\d+:\d+ image cut\.jpg: the picture is corrupt/,
          /image empty\.jpg: the file is empty/,
          /image absent\.jpg: the file does not exist/,
          /image words\.jpg, word 0002: the polygon is completely outside/
        ].entries()) {
          assert.match(said[i] ?? "", pattern)
        }
        assert.match(opened.warnings.join("\n"), /^3 pictures cannot be used and were skipped, the first at/)
        for (const name of ["a.jpg", "b.jpg", "words.jpg"]) yield* fs.remove(`${root}/images/${name}`)
        assert.match((yield* failed({ root, onBadSample: "skip" })).problem, /^6 problems/)
      })
  )

  it.effect("takes the first of several pages and says so, or the page that a name ends with", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const pages = yield* Effect.promise(async () =>
        sharp(
          await Promise.all(
            ["#ff0000", "#0000ff"].map((background) =>
              sharp({ create: { width: 200, height: 100, channels: 3, background } })
                .png()
                .toBuffer()
            )
          ),
          { join: { animated: true } }
        )
          .tiff({ compression: "lzw" })
          .toBuffer()
      )
      const root = yield* folder(some("scan.tiff", "scan.tiff#page=2", "scan.tiff#page=3"))
      for (const name of ["scan.tiff#page=2", "scan.tiff#page=3"]) yield* fs.remove(`${root}/images/${name}`)
      yield* fs.writeFile(`${root}/images/scan.tiff`, pages)
      const { train, warnings, skipped } = yield* AnnotatedFolder.open({
        root,
        valFraction: 0,
        onBadSample: "skip"
      })
      assert.strictEqual(names(train), "scan.tiff scan.tiff#page=2")
      assert.match(skipped.join(), /it has 2 pages, and page 3 was asked for/)
      assert.match(
        warnings[0] ?? "",
        /^1 pictures have several pages or frames, of which the first is used.*image scan\.tiff has 2; scan\.tiff#page=2 is its second$/
      )
      const source = yield* FolderSource.make("train", train)
      const colourOf = (index: number) =>
        Effect.map(source.image(0, index), ({ rgb }) => [...rgb.subarray(0, 3)])
      assert.deepStrictEqual(
        [yield* colourOf(0), yield* colourOf(1)],
        [
          [255, 0, 0],
          [0, 0, 255]
        ]
      )
      // A link out of the data folder stays one, whatever page of it is named.
      yield* fs.rename(`${root}/images/scan.tiff`, `${root}/../${root.split("/").at(-1)}.tiff`)
      yield* fs.symlink(`${root}/../${root.split("/").at(-1)}.tiff`, `${root}/images/scan.tiff`)
      assert.match((yield* failed({ root })).problem, /leads outside of the data folder/)
      yield* fs.remove(`${root}/../${root.split("/").at(-1)}.tiff`)
    })
  )

  it.effect("gives pictures with regions in decoded pixels", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder(some("a.jpg", "b.jpg", "c.jpg"))
      const { train } = yield* AnnotatedFolder.open({ root, valFraction: 0 })
      const bytes = 100 * 50 * 3
      const source = yield* FolderSource.make("train", train, { maxSide: 100 })
      assert.strictEqual(source.size, 3)
      const first = yield* source.image(0, 0)
      assert.deepStrictEqual([first.width, first.height, first.rgb.length], [100, 50, bytes])
      assert.deepStrictEqual(first.regions[0]?.polygon, [
        [5, 5],
        [25, 5],
        [25, 10],
        [5, 10]
      ])
      // Kept in memory, which is shared.
      assert.instanceOf((yield* source.image(1, 0)).rgb.buffer, SharedArrayBuffer)
      // Nothing is kept of what is gone, and it fails by name.
      yield* fs.remove(`${root}/images`, { recursive: true })
      const error = yield* Effect.flip(source.image(1, 2))
      assert.strictEqual(error.where, `${root}/images/c.jpg`)
      assert.match(error.problem, /it cannot be read/)
    })
  )

  it.effect(
    "keeps the very last for tests where it is asked to, and says where tests have no set of their own",
    () =>
      Effect.gen(function* () {
        const root = yield* folder(some("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"))
        const opened = yield* AnnotatedFolder.open({ root, testFraction: 0.2 })
        assert.deepStrictEqual(
          [names(opened.train), names(opened.val), names(opened.test), opened.testIsVal],
          ["a.jpg b.jpg c.jpg", "d.jpg", "e.jpg", false]
        )
        assert.isTrue((yield* AnnotatedFolder.open({ root })).testIsVal)
      })
  )

  it.effect("names that leave the folder, as they are or through links, are refused at their place", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const outside = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFile(`${outside}/x.jpg`, yield* picture())
      const root = yield* folder(some("a.jpg", "b.jpg"))
      yield* fs.symlink(`${outside}/x.jpg`, `${root}/images/link.jpg`)
      yield* fs.symlink(`${root}/images/a.jpg`, `${root}/images/inner.jpg`)
      for (const name of [
        `../../${outside.split("/").at(-1)}/x.jpg`,
        `${outside}/x.jpg`,
        "C:\\x.jpg",
        "link.jpg"
      ]) {
        const images = some("a.jpg", name)
        yield* fs.writeFileString(`${root}/annotations.json`, JSON.stringify({ images }, null, 1))
        const error = yield* failed({ root })
        assert.match(error.where, /annotations\.json:\d+:\d+$/, name)
        assert.include(error.problem, "leads outside of the data folder", name)
      }
      const images = some("a.jpg", "inner.jpg")
      yield* fs.writeFileString(`${root}/annotations.json`, JSON.stringify({ images }))
      assert.strictEqual((yield* AnnotatedFolder.open({ root })).val.length, 1)
    })
  )

  it.effect("a folder of pictures that is a link to elsewhere is refused", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const elsewhere = yield* folder(some("a.jpg", "b.jpg"))
      const root = yield* fs.makeTempDirectoryScoped()
      yield* fs.copyFile(`${elsewhere}/annotations.json`, `${root}/annotations.json`)
      yield* fs.symlink(`${elsewhere}/images`, `${root}/images`)
      const error = yield* failed({ root })
      assert.match(error.message, /images: it is a link that leads outside of the data folder/)
      // The person's own configuration may name any folder, a link to the whole set too.
      yield* AnnotatedFolder.open({
        root,
        train: { annotations: "annotations.json", images: `${root}/images` }
      })
      yield* fs.symlink(elsewhere, `${root}/linked`)
      yield* AnnotatedFolder.open({ root: `${root}/linked` })
    })
  )

  it.effect("the refusal of a name that almost matches a file says which, and how they differ", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder(some("a.jpg", "b.JPG", "ca\u0301fe.jpg"))
      const cases = [
        ["images/a.jpg", /there is a\.jpg: names are relative to images\//],
        ["images\\a.jpg", /there is a\.jpg: folders are separated by \//],
        ["b.jpg", /there is b\.JPG: upper and lower case differ/],
        ["c\u00e1fe.jpg", /the same letters in another Unicode form/],
        ["a.png", /there is a\.jpg: the extension differs/]
      ] as const
      for (const [name, expected] of cases) {
        yield* fs.writeFileString(`${root}/annotations.json`, JSON.stringify({ images: some(name) }))
        assert.match((yield* failed({ root })).problem, expected)
      }
    })
  )

  it.effect("coordinates of larger copies, or from 0 to 1, are one mistake and have one cure", () =>
    Effect.gen(function* () {
      const scaled = (factor: number) =>
        entry({ "0001": { points: BOX.map(([x = 0, y = 0]) => [(x + 140) * factor, (y + 70) * factor]) } })
      const larger = yield* failed({ root: yield* folder({ "a.jpg": scaled(3), "b.jpg": scaled(3) }) })
      assert.match(larger.cure, /reach 2\.9 times as far as the pictures.*larger copies/)
      const parts = yield* failed({
        root: yield* folder({ "a.jpg": scaled(1 / 200), "b.jpg": scaled(1 / 200) })
      })
      assert.match(parts.cure, /fractions of the pictures' sides, from 0 to 1/)
      const twice = { img_w: 400, img_h: 200 }
      const copies = yield* failed({
        root: yield* folder({ "a.jpg": entry({ "0001": { points: BOX } }, twice) })
      })
      assert.match(copies.problem, /another size of it; multiply the coordinates by 0\.5/)
    })
  )

  it.effect("text that is not UTF-8 is named as what it is", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder(some("a.jpg", "b.jpg"))
      const text = yield* fs.readFileString(`${root}/annotations.json`)
      const problemWith = (bytes: Uint8Array) =>
        Effect.andThen(
          fs.writeFile(`${root}/annotations.json`, bytes),
          Effect.flip(AnnotatedFolder.open({ root }))
        ).pipe(Effect.map(({ problem }) => problem))
      assert.strictEqual(yield* problemWith(Buffer.from(`\ufeff${text}`, "utf16le")), "its text is UTF-16")
      assert.strictEqual(yield* problemWith(Buffer.from(text, "utf16le")), "its text is UTF-16")
      assert.strictEqual(yield* problemWith(Buffer.from('{"\u00e4": 1}', "latin1")), "its text is not UTF-8")
      // A byte order mark alone is no mistake.
      yield* fs.writeFileString(`${root}/annotations.json`, `\ufeff${text}`)
      assert.strictEqual((yield* AnnotatedFolder.open({ root })).train.length, 1)
    })
  )

  it.effect("another tool's file that is not read is named, in place of ours or beside the pictures", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const layouts = [
        ['{"a.jpg1": {"filename": "a.jpg", "regions": []}}', /VGG/, "via.json"],
        ["<annotation><object/></annotation>", /XML/, "a.xml"],
        [JSON.stringify(some("a.jpg")), /not within "images"/, "labels.json"]
      ] as const
      for (const [text, expected, name] of layouts) {
        const root = yield* folder(some("a.jpg"))
        yield* fs.writeFileString(`${root}/annotations.json`, text)
        assert.match((yield* failed({ root })).problem, expected)
        yield* fs.rename(`${root}/annotations.json`, `${root}/images/${name}`)
        const error = yield* failed({ root })
        assert.strictEqual(error.where, `${root}/images/${name}`)
        assert.match(error.problem, expected)
      }
      const root = yield* folder(some("a.jpg"))
      yield* fs.rename(`${root}/annotations.json`, `${root}/Annotations.JSON`)
      assert.match((yield* failed({ root })).message, /Annotations\.JSON: .*Rename it to annotations\.json/)
    })
  )

  it.effect("polygons and pictures of endless detail are refused", () =>
    Effect.gen(function* () {
      const corners = Array.from({ length: 20_000 }, (_, i) => [
        100 + 40 * Math.cos((i * Math.PI) / 10_000),
        50 + 40 * Math.sin((i * Math.PI) / 10_000)
      ])
      const error = yield* failed({
        root: yield* folder({ "a.jpg": entry({ "0001": { points: corners } }) })
      })
      assert.match(error.problem, /has 20000 corners, and at most 1000 are allowed/)
      const words = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`w${i}`, { points: BOX }]))
      const crowd = yield* failed({ root: yield* folder({ "a.jpg": entry(words) }) })
      assert.match(crowd.problem, /it has 10001 words, and at most 10000 are allowed/)
    })
  )

  const split = (fields: typeof SplitFields.Encoded) => Schema.decodeSync(SplitFields)(fields)
  const alphabet = "abcdefghijklmnop".split("").map((letter) => `${letter}.jpg`)

  it.effect(
    "keeps groups together, by folder, pattern or a file of keys, and refuses what groups nothing",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const root = yield* folder(some(...alphabet))
        const shop = Object.fromEntries(
          alphabet.map((name, i) => [name, { shop: ["  One", "two", "ONE"][i % 3] }])
        )
        yield* fs.writeFileString(`${root}/keys.json`, JSON.stringify(shop))
        const opened = yield* AnnotatedFolder.open({
          root,
          split: split({ by: "seed", group: "keys.json:shop", leaks: "fail" })
        })
        const two = alphabet.filter((_, i) => i % 3 === 1).join(" ")
        assert.strictEqual(names(opened.val), two)
        const bad = yield* failed({ root, split: split({ group: "keys.json:merchant" }) })
        assert.match(
          bad.message,
          /^data\.split\.group=keys\.json:merchant: none of the 16 samples has a group/
        )
        const odd = yield* failed({ root, split: split({ group: "/(/" }) })
        assert.match(odd.problem, /no regular expression/)
        const pattern = yield* AnnotatedFolder.open({
          root,
          split: split({ group: "/^[a-m]|./" }),
          valFraction: 0.1
        })
        assert.strictEqual(names(pattern.val), "o.jpg p.jpg")
      })
  )

  it.effect("divided by digest stays as it is when a picture is added", () =>
    Effect.gen(function* () {
      const options = { split: split({ by: "digest" }), valFraction: 0.4 }
      const before = yield* AnnotatedFolder.open({ ...options, root: yield* folder(some(...alphabet)) })
      const more = yield* AnnotatedFolder.open({
        ...options,
        root: yield* folder(some("0.jpg", ...alphabet, "z.jpg"))
      })
      const old = (entries: AnnotatedFolder.Opened["val"]) =>
        entries.filter(({ name }) => !/^[0z]/.test(name))
      assert.strictEqual(names(old(more.val)), names(before.val))
      assert.strictEqual(names(old(more.train)), names(before.train))
      assert.isAbove(before.val.length, 0)
    })
  )

  it.effect("is divided by lists, whose mistakes have a line", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder(some("a.jpg", "b.jpg", "c.jpg", "d.jpg"))
      yield* fs.makeDirectory(`${root}/splits`)
      const write = (part: string, text: string) => fs.writeFileString(`${root}/splits/${part}.txt`, text)
      yield* write("train", "\uFEFFd.jpg\r\n\n# the others\r\na.jpg\n")
      yield* write("val", "b.jpg\n")
      const opened = yield* AnnotatedFolder.open({ root, split: split({ by: "files" }) })
      assert.deepStrictEqual([names(opened.train), names(opened.val)], ["a.jpg d.jpg", "b.jpg"])
      assert.match(
        opened.warnings.join(),
        /^1 samples are in no list of .*splits and are not used, as c\.jpg$/
      )
      yield* write("val", "b.jpg\nd.jpg\n")
      const twice = yield* failed({ root, split: split({ by: "files" }) })
      assert.match(twice.message, /val\.txt:2: d\.jpg is listed before, at .*train\.txt:1/)
      yield* write("val", "x.jpg\n")
      const absent = yield* failed({ root, split: split({ by: "files" }) })
      assert.match(absent.message, /val\.txt:1: there is no sample x\.jpg/)
    })
  )

  it.effect("refuses one file or one group in two parts, and warns of it as it is divided by default", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder(some("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"))
      yield* fs.copyFile(`${root}/images/a.jpg`, `${root}/images/e.jpg`)
      const opened = yield* AnnotatedFolder.open({ root })
      assert.match(opened.warnings.join(), /a\.jpg \(train\) and e\.jpg \(val\) are the same file/)
      const refused = yield* failed({ root, split: split({ leaks: "fail" }) })
      assert.match(refused.problem, /a\.jpg \(train\) and e\.jpg \(val\) are the same file/)
      yield* fill(`${root}/val`, some("shop1_9.jpg"))
      yield* fill(root, some("shop1_1.jpg", "shop2_1.jpg"))
      const apart = yield* failed({ root, split: split({ group: "/^[^_]+/" }) })
      assert.match(apart.problem, /shop1_1\.jpg \(train\) and shop1_9\.jpg \(val\) are of the group "shop1"/)
    })
  )

  const sroie = new URL("../../../../../shared/data/sroie-mini", import.meta.url).pathname
  it.effect.skipIf(!existsSync(sroie))("of 100 receipts opens whole (skipped without ../shared)", () =>
    Effect.gen(function* () {
      const { train, val, warnings } = yield* AnnotatedFolder.open({ root: sroie })
      assert.deepStrictEqual([train.length, val.length], [80, 20])
      assert.isTrue([...train].every((one) => one.name < (val[0]?.name ?? "")))
      assert.deepStrictEqual(warnings, [])
    })
  )
})
