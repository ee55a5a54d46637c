import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { decode, regions } from "../../../../src/tasks/textDetection/data/Annotations.ts"
import { csv, encode } from "../../../../src/tasks/textDetection/data/AnnotationText.ts"

const FILE = "receipts/annotations.json"

const failed = (text: string) => Effect.flip(decode(FILE, text))

const image = (words: unknown) =>
  JSON.stringify({ images: { "a.jpg": { img_w: 200, img_h: 100, words } } }, null, 1)

const BOX = [
  [10, 10],
  [50, 10],
  [50, 20],
  [10, 20]
]

describe("the annotation file", () => {
  it.effect("names the line and column where it is not JSON", () =>
    Effect.gen(function* () {
      const error = yield* failed('{"images": {\n  "a.jpg": {"words": {,}}}}')
      assert.strictEqual(error.where, `${FILE}:2:23`)
      assert.match(error.problem, /not JSON: "," stands where a key/)
    })
  )

  it.effect("names every misshapen value at once, each by image, word, line and column", () =>
    Effect.gen(function* () {
      const text = `{"images": {
  "a.jpg": {"img_w": 0, "words": {
    "0001": {"points": [[1, "2"]]},
    "0002": {"transcription": "X"},
    "0003": {"points": [[1, 2, 3]], "illegibility": "yes"}}},
  "b.jpg": []
}}`
      const error = yield* failed(text)
      assert.strictEqual(error.where, FILE)
      for (const line of [
        /^6 problems$/m,
        /annotations\.json:2:22: image a\.jpg, img_w: /m,
        /annotations\.json:3:29: image a\.jpg, word 0001, points\.0\.1: expected number/m,
        /annotations\.json:4:13: image a\.jpg, word 0002, points: missing key/m,
        /annotations\.json:5:32: image a\.jpg, word 0003, points\.0\.2/m,
        /annotations\.json:5:53: image a\.jpg, word 0003, illegibility: expected boolean/m,
        /annotations\.json:6:12: image b\.jpg: expected object/m
      ]) {
        assert.match(error.problem, line)
      }
      assert.match(error.cure, /The layout is/)
    })
  )

  it.effect("lists twenty problems and counts the rest", () =>
    Effect.gen(function* () {
      const words = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`w${i}`, { points: 1 }]))
      const error = yield* failed(image(words))
      assert.match(error.problem, /^33 problems/)
      assert.match(error.problem, /and 13 more/)
      assert.strictEqual(error.problem.split("\n").length, 1 + 20 + 1 + 1)
    })
  )

  it.effect("refuses a name or a word that appears twice, of which JSON would keep the last", () =>
    Effect.gen(function* () {
      const error = yield* failed('{"images": {"a.jpg": {"words": {}},\n"a.jpg": {"words": {}}}}')
      assert.strictEqual(error.where, `${FILE}:2:1`)
      assert.match(error.problem, /"a\.jpg" appears twice/)
    })
  )

  it.effect("leaves keys of other tools alone, and takes words without sizes", () =>
    Effect.gen(function* () {
      const { images } = yield* decode(
        FILE,
        JSON.stringify({
          images: { "a.jpg": { words: { "1": { points: BOX, language: ["en"] } } } },
          version: 3
        })
      )
      assert.strictEqual(images["a.jpg"]?.img_w, undefined)
      assert.deepStrictEqual(images["a.jpg"]?.words?.["1"]?.points, [
        [10, 10],
        [50, 10],
        [50, 20],
        [10, 20]
      ])
    })
  )

  it.effect("ignores what nobody can read, clips what is slightly outside, refuses the rest by name", () =>
    Effect.gen(function* () {
      const text = image({
        "0001": { points: BOX, transcription: "TOTAL" },
        "0002": { points: BOX, transcription: "###" },
        "0003": { points: BOX, illegibility: true, transcription: null },
        "0004": {
          points: [
            [190, 10],
            [201, 10],
            [201, 20],
            [190, 20]
          ]
        },
        "0005": { points: BOX.map(([x]) => [x, 500]) },
        "0006": { points: BOX.map(([x, y]) => [(x ?? 0) + 1000, y]) }
      })
      const { images } = yield* decode(FILE, text)
      const seen = regions("a.jpg", images["a.jpg"] ?? {}, { width: 200, height: 100 })
      assert.deepStrictEqual(
        seen.regions.map((region) => [region.id, region.ignore, region.transcription]),
        [
          ["0001", false, "TOTAL"],
          ["0002", true, "###"],
          ["0003", true, undefined],
          ["0004", false, undefined]
        ]
      )
      assert.deepStrictEqual(
        seen.clipped.map((one) => one.path),
        [["images", "a.jpg", "words", "0004"]]
      )
      assert.deepStrictEqual(
        seen.refused.map((one) => one.text),
        [
          "image a.jpg, word 0005: the polygon has fewer than 3 distinct corners",
          "image a.jpg, word 0006: the polygon is completely outside the picture (200 x 100)"
        ]
      )
    })
  )

  it.effect("comes back as it was written, minified or a word a line", () =>
    Effect.gen(function* () {
      const annotations = yield* decode(
        FILE,
        image({
          "0001": { points: BOX, transcription: 'A "B"', confidence: 0.98765 },
          "0002": { points: BOX }
        })
      )
      for (const options of [{}, { minified: true }]) {
        const back = yield* decode(FILE, encode(annotations, { ...options, includeConfidence: true }))
        assert.strictEqual(back.images["a.jpg"]?.words?.["0001"]?.confidence, 0.9877)
        assert.deepStrictEqual(
          { ...back.images["a.jpg"], words: Object.keys(back.images["a.jpg"]?.words ?? {}) },
          { img_w: 200, img_h: 100, words: ["0001", "0002"] }
        )
      }
      assert.strictEqual(
        encode(annotations, { minified: true }),
        '{"images":{"a.jpg":{"img_w":200,"img_h":100,"words":{"0001":{"points":[[10,10],[50,10],[50,20],[10,20]],' +
          '"transcription":"A \\"B\\""},"0002":{"points":[[10,10],[50,10],[50,20],[10,20]]}}}}}\n'
      )
      assert.strictEqual(encode(annotations).split("\n").length, 7)
      assert.strictEqual(encode({ images: {} }), '{"images": {}}\n')
      assert.strictEqual(encode({ images: { a: {} } }, { minified: true }), '{"images":{"a":{"words":{}}}}\n')
    })
  )

  it("becomes the competition's table: whole pixels, spaces within and bars between polygons", () => {
    const points = [
      [1.4, 2.5],
      [30.6, -0.2],
      [5, 6]
    ].map(([x, y]) => [x ?? 0, y ?? 0] as const)
    const table = csv({
      images: { "a.jpg": { words: { "1": { points }, "2": { points } } }, "b, c.jpg": {} }
    })
    assert.strictEqual(table, 'filename,polygons\na.jpg,1 3 31 0 5 6|1 3 31 0 5 6\n"b, c.jpg",\n')
  })

  it("a name that a spreadsheet would compute gets an apostrophe; others stay as they are", () => {
    const names = ["=cmd()|'x'!A1.jpg", "+1.jpg", "-1.jpg", "@a.jpg", "\ta.jpg", "a=b-1.jpg"]
    const rows = csv({ images: Object.fromEntries(names.map((name) => [name, {}])) })
      .split("\n")
      .slice(1, -1)
    assert.deepStrictEqual(rows, [
      "'=cmd()|'x'!A1.jpg,",
      "'+1.jpg,",
      "'-1.jpg,",
      "'@a.jpg,",
      "'\ta.jpg,",
      "a=b-1.jpg,"
    ])
  })
})

describe("the sets beside the project", () => {
  for (const set of ["sroie-mini", "sroie-bench", "ic15-toy"]) {
    const path = new URL(`../../../../../shared/data/${set}/annotations.json`, import.meta.url)
    it.effect.skipIf(!existsSync(path))(
      `${set} is usable from the first region to the last (skipped without ../shared)`,
      () =>
        Effect.gen(function* () {
          const { images } = yield* decode(path.pathname, readFileSync(path, "utf8"))
          const refused = Object.entries(images).flatMap(
            ([name, one]) => regions(name, one, { width: one.img_w ?? 0, height: one.img_h ?? 0 }).refused
          )
          assert.deepStrictEqual(refused, [])
        })
    )
  }
})
