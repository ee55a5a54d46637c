import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import sharp from "sharp"
import * as Codec from "../../../../src/layers/image/ImageCodec.ts"
import type { Annotations } from "../../../../src/tasks/textDetection/data/Annotations.ts"
import * as All from "../../../../src/tasks/textDetection/format/All.ts"
import * as AnnotatedFolder from "../../../../src/tasks/textDetection/format/AnnotatedFolder.ts"
import * as Convert from "../../../../src/tasks/textDetection/format/Convert.ts"
import * as Format from "../../../../src/tasks/textDetection/format/Format.ts"
import * as Listing from "../../../../src/tasks/textDetection/format/Listing.ts"
import * as Fuzz from "./Fuzz.ts"
import { type Expected, type Sample, samples } from "./Samples.ts"

const shared = (set: string) => fileURLToPath(new URL(`../../../../../shared/data/${set}`, import.meta.url))

const kinds: { readonly [extension: string]: "png" | "tiff" } = { png: "png", tif: "tiff" }

const picture = (name: string) =>
  Effect.promise(() =>
    sharp({ create: { width: 200, height: 100, channels: 3, background: "#777777" } })
      .toFormat(kinds[name.slice(-3)] ?? "jpeg")
      .toBuffer()
  )

/** A folder with such files and pictures, gone with the test's scope. */
const folder = Effect.fnUntraced(function* (
  files: { readonly [name: string]: string },
  pictures: ReadonlyArray<string>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fs.makeTempDirectoryScoped()
  const write = (name: string, bytes: Uint8Array) =>
    Effect.andThen(
      fs.makeDirectory(path.dirname(path.join(root, name)), { recursive: true }),
      fs.writeFile(path.join(root, name), bytes)
    )
  for (const [name, text] of Object.entries(files)) yield* write(name, Buffer.from(text))
  for (const name of pictures) yield* write(name, yield* picture(name))
  return root
})

const ofSample = ({ files, pictures }: Pick<Sample, "files" | "pictures">) => folder(files, pictures)

/** What a set says, as samples say it. */
const said = (set: AnnotatedFolder.Set) =>
  Object.fromEntries(
    Object.entries(set.listed.images).map(([name, { words }]) => [
      name,
      Object.values(words ?? {}).map(({ points, transcription, illegibility }) => [
        points,
        transcription ?? undefined,
        illegibility === true
      ])
    ])
  )

const normal = (pictures: { readonly [name: string]: ReadonlyArray<Expected> }) =>
  Object.fromEntries(
    Object.entries(pictures).map(([name, marks]) => [
      name,
      marks.map(([points, text, illegible]) => [points, text, illegible === true])
    ])
  )

/** Pictures without what is lost. */
const expectedOf = (lost: ReadonlyArray<Format.Loss>, images: Annotations["images"]) =>
  Object.entries(images)
    .toSorted()
    .map(([name, { img_w, img_h, words }]) => [
      name,
      lost.includes("size") ? [] : [img_w, img_h],
      Object.entries(words ?? {}).map(([id, { points, transcription }]) => [
        id,
        lost.includes("coordinates") ? points.map((point) => point.map(Math.round)) : points,
        lost.includes("transcription") ? "" : transcription
      ])
    ])

layer(Layer.merge(Codec.layer, NodeServices.layer))("formats", (it) => {
  for (const sample of samples) {
    it.effect(`${sample.format} is found and read: ${sample.about}`, () =>
      Effect.gen(function* () {
        const root = yield* ofSample(sample)
        const options = { root, ...(sample.named === true ? { format: sample.format } : {}) }
        const { format, train, val, test } = yield* AnnotatedFolder.sets(options)
        assert.strictEqual(format.name, sample.format)
        for (const [split, set] of Object.entries({ train, val, test })) {
          const expected = sample.expected[split]
          if (expected === undefined) assert.isUndefined(set)
          else if (set === undefined) assert.fail(`${split} is missing`)
          else assert.deepStrictEqual(said(set), normal(expected))
        }
        // Every picture is found and every polygon can be used.
        const { train: entries } = yield* AnnotatedFolder.open({ ...options, valFraction: 0 })
        assert.deepStrictEqual(
          entries.map(({ name }) => name),
          Object.keys(sample.expected["train"] ?? {}).toSorted()
        )
      })
    )
  }

  for (const as of All.all) {
    it.effect(`${as.name}: what it cannot say of hard annotations is what it declares`, () =>
      Effect.gen(function* () {
        const words = {
          a: {
            points: [
              [10.25, 10],
              [50, 12.5],
              [50, 20],
              [10, 20]
            ],
            transcription: "a, \"b\" <c> & 'd'"
          },
          b: {
            points: [
              [60, 10],
              [90, 10],
              [95, 15],
              [90, 20],
              [60, 20]
            ],
            transcription: "=1+1"
          },
          c: {
            points: [
              [10, 30],
              [50, 30],
              [50, 40],
              [10, 40]
            ],
            illegibility: true
          },
          d: {
            points: [
              [60, 30],
              [90, 30],
              [90, 40],
              [60, 40]
            ],
            transcription: "seen",
            illegibility: true
          },
          e: {
            points: [
              [10, 50],
              [50, 50],
              [50, 60],
              [10, 60]
            ],
            transcription: ""
          },
          f: {
            points: [
              [60, 50],
              [90, 50],
              [90, 60],
              [60, 60]
            ]
          },
          g: {
            points: [
              [10, 70],
              [50, 70],
              [50, 80],
              [10, 80]
            ],
            transcription: "two\nlines"
          },
          h: {
            points: [
              [60, 70],
              [90, 70],
              [90, 80],
              [60, 80]
            ],
            transcription: "1,234,567"
          },
          i: {
            points: [
              [100, 70],
              [130, 70],
              [130, 80],
              [100, 80]
            ],
            transcription: " 円 𝒳\t"
          }
        }
        const text = JSON.stringify({
          images: { "a b.jpg": { words }, "b.png": {}, "sub/c.jpg": { words: { "0001": words.a } } }
        })
        const from = yield* folder(
          {
            "annotations.json": text,
            "val/annotations.json": JSON.stringify({ images: { "v.jpg": { words } } })
          },
          ["images/a b.jpg", "images/b.png", "images/sub/c.jpg", "val/images/v.jpg"]
        )
        const fs = yield* FileSystem.FileSystem
        const to = `${yield* fs.makeTempDirectoryScoped()}/new`
        const { lost, pictures, regions } = yield* Convert.convert({ from, to, as })
        assert.deepStrictEqual([pictures, regions], [4, 19])
        assert.deepStrictEqual(
          [...lost.keys()].filter((loss) => !as.loses.includes(loss)),
          []
        )
        // A folder that is there is left alone.
        const again = yield* Effect.flip(Convert.convert({ from, to, as }))
        assert.match(again.problem, /not empty/)
        // The new folder is found and read, with what was not lost.
        const { train, val } = yield* AnnotatedFolder.sets({ root: to })
        assert.deepStrictEqual(Object.keys(train.listed.images).toSorted(), ["a b.jpg", "b.png", "sub/c.jpg"])
        assert.deepStrictEqual(Object.keys(val?.listed.images ?? {}), ["v.jpg"])
        yield* AnnotatedFolder.open({ root: to, format: as })
      })
    )

    it.effect(`${as.name}: hundreds of mutated files are read or refused at their place`, () =>
      Effect.gen(function* () {
        for (const one of Fuzz.cases(as, 300, 7)) yield* Fuzz.outcome(one)
      })
    )
  }

  /** What is lost of receipts with names and sizes; everything else returns as it was. */
  const documented: { readonly [format: string]: ReadonlyArray<Format.Loss> } = {
    doctr: ["transcription"],
    paddleocr: ["size"],
    page: ["coordinates"],
    page_lines: ["coordinates"],
    icdar: ["size"],
    sroie: ["size"]
  }
  const mini = shared("sroie-mini")
  const count = 25

  /** The first receipts of it, since each layout copies them all. */
  const receipts = Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const all: Annotations = JSON.parse(yield* fs.readFileString(`${mini}/annotations.json`))
    const images = Object.entries(all.images).toSorted().slice(0, count)
    const root = yield* folder(
      { "annotations.json": JSON.stringify({ images: Object.fromEntries(images) }) },
      []
    )
    yield* fs.makeDirectory(`${root}/images`)
    for (const [name] of images) yield* fs.copyFile(`${mini}/images/${name}`, `${root}/images/${name}`)
    return { root, regions: images.reduce((sum, [, { words }]) => sum + Object.keys(words ?? {}).length, 0) }
  })

  for (const as of All.all) {
    const lost = documented[as.name] ?? []
    const what = lost.length === 0 ? "nothing" : lost.join()
    it.effect.skipIf(!existsSync(mini))(
      `${as.name} loses ${what} of ${count} receipts (skipped without ../shared)`,
      () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const to = `${yield* fs.makeTempDirectoryScoped()}/there`
          const { root, regions } = yield* receipts
          const converted = yield* Convert.convert({ from: root, to, as })
          assert.deepStrictEqual([converted.pictures, converted.regions], [count, regions])
          assert.isAbove(regions, 40 * count)
          assert.deepStrictEqual([...converted.lost.keys()], lost)
          const before = (yield* AnnotatedFolder.sets({ root })).train.listed.images
          const { train } = yield* AnnotatedFolder.sets({ root: to, format: as })
          assert.deepStrictEqual(expectedOf(lost, train.listed.images), expectedOf(lost, before))
        })
    )
  }

  const toy = shared("ic15-toy")
  it.effect.skipIf(!existsSync(toy))("skewed and illegible regions return (skipped without ../shared)", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const made = yield* fs.makeTempDirectoryScoped()
      for (const as of All.all) {
        const { lost } = yield* Convert.convert({ from: toy, to: `${made}/${as.name}`, as })
        const left = [...lost.keys()].filter((loss) => loss !== "size" && loss !== "empty text")
        assert.deepStrictEqual(left, as.name === "doctr" ? ["illegible"] : [], as.name)
      }
    })
  )

  it.effect("a folder with two layouts is read as the first, and says so", () =>
    Effect.gen(function* () {
      const root = yield* folder(
        {
          "Label.txt": 'a.jpg\t[{"transcription": "A", "points": [[1,1],[9,1],[9,9],[1,9]]}]\n',
          "labels.csv": "filename,xmin,ymin,xmax,ymax\na.jpg,1,1,9,9\n"
        },
        ["a.jpg", "b.jpg"]
      )
      const { format, warnings } = yield* AnnotatedFolder.sets({ root })
      assert.strictEqual(format.name, "paddleocr")
      assert.match(warnings.join(), /has also a CSV table: data\.format=csv/)
      const named = yield* AnnotatedFolder.sets({ root, format: "csv" })
      assert.strictEqual(named.format.name, "csv")
      const absent = yield* Effect.flip(AnnotatedFolder.sets({ root, format: "alto" }))
      assert.match(absent.problem, /no file that could be ALTO XML/)
    })
  )

  it.effect("what is wrong with a picture or a polygon is named at its place in its own file", () =>
    Effect.gen(function* () {
      const root = yield* folder(
        {
          "gt_a.txt": "1,1,9,1,9,9,1,9,A\n1,1,9,9,9,1,1,9,crossed\n",
          "gt_b.txt": "1,1,9,1,9,9,1,9,B\n",
          "gt_c.txt": "300,1,309,1,309,9,300,9,C\n"
        },
        ["a.jpg", "c.jpg"]
      )
      const { problem } = yield* Effect.flip(AnnotatedFolder.open({ root }))
      assert.match(problem, /gt_a\.txt:2:1: image a\.jpg, word 0002: the polygon crosses itself/)
      assert.match(problem, /gt_b\.txt:1:1: image b: /)
      assert.match(problem, /gt_c\.txt:1:1: image c\.jpg, word 0001: the polygon is completely outside/)
      const { skipped } = yield* AnnotatedFolder.open({ root, onBadSample: "skip" })
      const places = skipped.map(({ where }) => where.slice(root.length + 1))
      assert.deepStrictEqual(places, ["gt_a.txt:2:1", "gt_b.txt:1:1", "gt_c.txt:1:1"])
    })
  )

  it.effect("names lead to pictures of the folder and to no others", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const outside = `${yield* fs.makeTempDirectoryScoped()}/secret.jpg`
      yield* fs.writeFile(outside, yield* picture("a.jpg"))
      for (const name of [outside, "../secret.jpg", "images/../../secret.jpg", "C:\\secret.jpg"]) {
        const root = yield* folder(
          {
            "coco.json": JSON.stringify({
              images: [
                { id: 1, file_name: name },
                { id: 2, file_name: "a.jpg" }
              ],
              annotations: []
            })
          },
          ["images/a.jpg"]
        )
        const { problem, where } = yield* Effect.flip(AnnotatedFolder.open({ root }))
        assert.match(where, /coco\.json:1:\d+$/)
        assert.match(problem, /leads outside of the data folder/)
        yield* fs.symlink(outside, `${root}/images/secret.jpg`)
        const linked = yield* Effect.flip(AnnotatedFolder.open({ root }))
        assert.match(linked.problem, /leads outside of the data folder/)
      }
    })
  )

  it.effect("two annotations of one picture, and two pictures that would share a file, are refused", () =>
    Effect.gen(function* () {
      const table = {
        "a.csv": "filename,xmin,ymin,xmax,ymax\na.jpg,1,1,9,9\n",
        "b.csv": "filename,xmin,ymin,xmax,ymax\na.jpg,1,1,9,9\n"
      }
      const twice = yield* Effect.flip(AnnotatedFolder.sets({ root: yield* folder(table, ["a.jpg"]) }))
      assert.match(twice.where, /b\.csv:2:1$/)
      assert.match(twice.problem, /listed twice/)
      const words = {
        "0001": {
          points: [
            [1, 1],
            [9, 1],
            [9, 9]
          ]
        }
      }
      const from = yield* folder(
        { "annotations.json": JSON.stringify({ images: { "a.jpg": { words }, "a.png": { words } } }) },
        ["images/a.jpg", "images/a.png"]
      )
      const fs = yield* FileSystem.FileSystem
      const to = `${yield* fs.makeTempDirectoryScoped()}/new`
      const shares = yield* Effect.flip(Convert.convert({ from, to, as: All.byName.icdar }))
      assert.match(shares.problem, /two pictures would share this file/)
      assert.isFalse(yield* fs.exists(to))
    })
  )

  it.effect("a format of one's own is read and written like the others", () =>
    Effect.gen(function* () {
      const own: Format.Format = {
        name: "points",
        title: "a list of points",
        files: /\.points$/,
        recognises: ({ text }) => text.startsWith("points\n"),
        loses: ["size", "transcription", "illegible", "id", "shape"],
        read: (source) =>
          Format.collected(
            source,
            Format.lines(source.text)
              .slice(1)
              .map(({ text, at }) => {
                const [picture = "", ...numbers] = text.split(" ")
                if (numbers.length < 6) return Format.wrong(at, "a region needs three points")
                return { picture, marks: [{ points: Format.pairs(numbers.map(Number)), at }], at }
              }),
            "Each line is a name and x y x y x y."
          ),
        write: (pictures) => [
          {
            name: "all.points",
            text: `points\n${pictures.flatMap(({ picture, marks }) => marks.map((one) => `${picture} ${one.points.flat().join(" ")}\n`)).join("")}`
          }
        ]
      }
      const root = yield* folder({ "all.points": "points\na.jpg 1 1 9 1 9 9\n" }, ["a.jpg"])
      const { train } = yield* AnnotatedFolder.open({ root, format: own, valFraction: 0 })
      assert.deepStrictEqual(train[0]?.regions[0]?.polygon, [
        [1, 1],
        [9, 1],
        [9, 9]
      ])
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(`${root}/all.points`, "points\na.jpg 1 1 9 1\n")
      const error = yield* Effect.flip(AnnotatedFolder.open({ root, format: own }))
      assert.match(error.where, /all\.points:2:1$/)
    })
  )
})

layer(NodeServices.layer)("splits", (it) => {
  it.effect("are named by whole words of a path", () =>
    Effect.sync(() => {
      const splits = {
        "instances_val2017.json": "val",
        "ch4_training_images/img_1.jpg": "train",
        "validation/a.xml": "val",
        "Challenge4_Test_Task1_GT/gt_img_1.txt": "test",
        "contest/a.xml": undefined,
        "trainer.json": undefined,
        "latest/gt/a.txt": undefined
      }
      for (const [name, split] of Object.entries(splits))
        assert.strictEqual(Listing.splitOf(name), split, name)
    })
  )
})
